#include "api/access.hpp"

#include <algorithm>
#include <optional>

#include "net/headers.hpp"
#include "net/http_server.hpp"

namespace taffrail::api {

const Container* Caller::find(const Registry& registry, const ContainerId& id) const {
  const Container* container = registry.find(id);
  return container && sees(*container) ? container : nullptr;
}

Answer<const Container*> Caller::resolve(const Registry& registry, std::string_view name) const {
  auto id = registry.resolve(name, scope_);
  if (!id) return refuse(std::move(id.error()));
  const Container* container = registry.find(*id);
  return container ? container : registry.find_removed(*id).get();
}

Answer<Caller> Access::authorize(const net::HttpRequest& request) const {
  const std::optional<std::string_view> host = request.headers.find("Host");
  if (host && rules_.hosts && !rules_.hosts->admits(*host)) {
    const std::string name(host->substr(0, host->rfind(':')));
    return refuse(421,
                  "this server is not known as " + name + "; if it should be, start it with --allowed-host " + name);
  }
  return Caller({}, net::HttpServer::origin_of(request.peer));
}

Answer<> Access::check_origin(const net::HttpRequest& request) const {
  const std::optional<std::string_view> origin = request.headers.find("Origin");
  if (!origin) return {};
  const std::size_t scheme = origin->find("://");
  const std::optional<std::string_view> host = request.headers.find("Host");
  if (scheme != std::string_view::npos && host && net::equal_ignoring_case(origin->substr(scheme + 3), *host))
    return {};
  const auto same = [&](const std::string& allowed) { return net::equal_ignoring_case(allowed, *origin); };
  if (std::ranges::any_of(rules_.origins, same)) return {};
  return refuse(403, "pages of " + std::string(*origin) +
                         " may not open a WebSocket here; allow them with --allowed-origin if they should");
}

}  // namespace taffrail::api
