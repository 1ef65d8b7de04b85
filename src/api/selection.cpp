#include "api/selection.hpp"

#include <utility>

#include "api/container_filter.hpp"

namespace taffrail::api {

Answer<std::vector<const Container*>> select_containers(const Exchange& exchange, const Registry& registry,
                                                        std::string_view parameter) {
  std::vector<const Container*> containers = exchange.viewer.containers(registry);
  const auto source = exchange.target.parameter(parameter);
  if (!source) return containers;
  auto filter = ContainerFilter::compile(parameter, *source);
  if (!filter) return forward(filter);
  std::erase_if(containers, [&](const Container* container) {
    return !filter->matches(*container, registry.find_host(container->host));
  });
  return containers;
}

}  // namespace taffrail::api
