#include "api/container_routes.hpp"

#include <optional>
#include <string>
#include <utility>

#include "api/container_list.hpp"
#include "api/selection.hpp"
#include "model/json.hpp"
#include "pipeline/inspections.hpp"

namespace taffrail::api {
namespace {

Task<Answer<>> list_containers(Services& services, Exchange& exchange) {
  auto selection = Selection::read(services, exchange, "filter");
  if (!selection) co_return forward(selection);
  const std::shared_ptr<ContainerList> list = services.lists.now();
  if (selection->is_all() && takes_gzip(exchange)) {
    const std::string* body = co_await list->gzipped();
    co_return co_await send_ready_json(exchange, *body, true);
  }
  auto chosen = co_await selection->among(list->containers());
  if (!chosen) co_return forward(chosen);
  const ContainerList::Rendered* rendered = co_await list->rendered();
  std::string body = co_await exchange.workers.run([&] { return cut_list(*rendered, *chosen); });
  co_return co_await send_json(exchange, std::move(body));
}

Task<Answer<>> show_container(Services& services, Exchange& exchange) {
  auto found = exchange.caller.resolve(services.registry(), exchange.captures.front());
  if (!found) co_return forward(found);
  // What stays in the registry may change while the engine is asked.
  const ContainerId id = (*found)->id;
  ContainerPtr container = services.registry().find_shared(id);
  if (container) {
    auto inspected = co_await services.inspections.inspect(id);
    // An engine that does not answer now has told the list's part before.
    if (inspected) container = std::move(*inspected);
  } else {
    container = services.registry().find_removed(id);
  }
  const auto newest = services.pipeline.sampler().latest(container->id);
  std::string body;
  append_json(body, *container, newest ? &*newest : nullptr);
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
