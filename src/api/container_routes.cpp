#include "api/container_routes.hpp"

#include <optional>
#include <string>
#include <utility>

#include "api/selection.hpp"
#include "base/timeout.hpp"
#include "model/json.hpp"

namespace taffrail::api {
namespace {

/// An inspection asks the engine; a list already answers most of it.
constexpr std::chrono::seconds inspect_limit{5};

void append(std::string& out, Services& services, const Container& container) {
  const std::optional<StatSample> stats = services.pipeline.sampler().latest(container.id);
  append_json(out, container, stats ? &*stats : nullptr);
}

Task<Answer<>> list_containers(Services& services, Exchange& exchange) {
  auto selection = Selection::read(exchange, services.registry(), "filter");
  if (!selection) co_return forward(selection);
  std::string body = R"({"containers":[)";
  for (const Container* container : selection->containers()) {
    if (body.back() != '[') body += ',';
    append(body, services, *container);
  }
  body += "]}\n";
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> show_container(Services& services, Exchange& exchange) {
  auto found = exchange.viewer.resolve(services.registry(), exchange.captures.front());
  if (!found) co_return forward(found);
  // What stays in the registry may change while the engine is asked, so we go on with a copy.
  Container container = **found;
  if (Source* source = services.pipeline.sources().of(container)) {
    auto inspected = co_await with_timeout(inspect_limit, "inspect " + container.name, source->inspect(container.id));
    // An engine that does not answer now has told the list's part before.
    if (inspected) container = std::move(*inspected);
  }
  std::string body;
  append(body, services, container);
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> container_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/api/v1/containers", {"filter"}, with(list_containers)},
          {"GET", "/api/v1/containers/{id}", {}, with(show_container)}};
}

}  // namespace taffrail::api
