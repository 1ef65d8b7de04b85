#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/host_rule.hpp"
#include "api/problem.hpp"
#include "net/http_request.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// Who asks, and which containers exist for them. Made by `Access::authorize` alone.
class Caller {
 public:
  /// @param scope says whether a container exists for this caller, to any number of threads at once; empty: all do
  using Scope = std::function<bool(const Container&)>;
  /// @param origin tells one user of the network from another: HttpServer::origin_of
  explicit Caller(Scope scope = {}, std::string origin = {}) : scope_(std::move(scope)), origin_(std::move(origin)) {}

  [[nodiscard]] bool sees(const Container& container) const { return !scope_ || scope_(container); }
  /// Whether all containers exist for this caller.
  [[nodiscard]] bool sees_all() const { return !scope_; }
  /// From where they ask: what is scarce is shared among origins, so that a crowd of one is no harm to the others.
  [[nodiscard]] const std::string& origin() const { return origin_; }

  /// The container of this id, or nullptr when there is none or it is not to be seen.
  [[nodiscard]] const Container* find(const Registry& registry, const ContainerId& id) const;
  /// As Registry::resolve among the containers that this caller sees. What they do not see does not exist: the answer
  /// is the same not_found.
  [[nodiscard]] Answer<const Container*> resolve(const Registry& registry, std::string_view name) const;

 private:
  Scope scope_;
  std::string origin_;
};

/// From where this server may be asked.
struct AccessRules {
  /// Origins ("https://ops.example.com") whose pages may open a WebSocket besides those that this server itself serves.
  std::vector<std::string> origins = {};
  /// Under which names a request may ask; nothing: under any.
  std::optional<HostRule> hosts = std::nullopt;
};

/// The one door: every route and every WebSocket passes here before anything else looks at it.
class Access {
 public:
  explicit Access(AccessRules rules) : rules_(std::move(rules)) {}
  /// From the next request on.
  void set_rules(AccessRules rules) { rules_ = std::move(rules); }

  /// The caller that the request comes from, or the refusal: 421 for a request under another server's name. There are
  /// no accounts: whoever reaches the server sees what it sees.
  [[nodiscard]] Answer<Caller> authorize(const net::HttpRequest& request) const;

  /// Whether a page of the request's Origin may open a WebSocket: no Origin (no browser), the same host and port as
  /// the request's Host, or one of the configured. Browsers do not apply the same-origin policy to WebSockets, so
  /// without this any page on the web could read the logs of a server that its visitor reaches.
  [[nodiscard]] Answer<> check_origin(const net::HttpRequest& request) const;

 private:
  AccessRules rules_;
};

}  // namespace taffrail::api
