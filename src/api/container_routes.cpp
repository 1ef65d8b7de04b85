#include "api/container_routes.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "api/container_list.hpp"
#include "api/selection.hpp"
#include "base/timeout.hpp"
#include "model/container_setup.hpp"
#include "model/json.hpp"
#include "pipeline/inspections.hpp"
#include "source/tells_setup.hpp"

namespace taffrail::api {
namespace {

/// Values of an environment are often secrets: they are given to who asks for them, not to who looks at a container.
Answer<EnvironmentValues> read_values(const Exchange& exchange) {
  const std::string_view text = exchange.target.parameter("values").value_or("hidden");
  if (text == "shown") return EnvironmentValues::shown;
  if (text == "hidden") return EnvironmentValues::hidden;
  return refuse(400, "values: '" + std::string(text) + "' is neither shown nor hidden");
}

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

/// An engine that does not answer is told of as fast as by an inspection.
constexpr std::chrono::seconds setup_limit = Inspections::limit;

Task<Answer<>> show_setup(Services& services, Exchange& exchange) {
  auto values = read_values(exchange);
  if (!values) co_return forward(values);
  auto found = exchange.caller.resolve(services.registry(), exchange.captures.front());
  if (!found) co_return forward(found);
  const ContainerPtr container = services.registry().find_shared((*found)->id);
  Source* const source = container ? services.pipeline.sources().of(*container) : nullptr;
  if (!source) co_return refuse(409, "this container is gone: nobody knows any more how it was set up");
  auto* const teller = dynamic_cast<TellsSetup*>(source);
  if (!teller) co_return refuse(422, "a source of the kind " + source->kind() + " has no set-up of its containers");
  auto setup = co_await with_timeout(setup_limit, "inspect " + container->name, teller->setup_of(container->id));
  if (!setup) co_return refuse(std::move(setup.error()));
  std::string body;
  append_json(body, *setup, *values);
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> container_routes(Services& services) {
  const auto with = [&services](auto handler) {
    return [&services, handler](Exchange& exchange) { return handler(services, exchange); };
  };
  return {{"GET", "/api/v1/containers", {"filter"}, with(list_containers)},
          {"GET", "/api/v1/containers/{id}", {}, with(show_container)},
          {"GET", "/api/v1/containers/{id}/setup", {"values"}, with(show_setup)}};
}

}  // namespace taffrail::api
