#include "api/selection.hpp"

#include <utility>

namespace taffrail::api {

Answer<Selection> Selection::read(const Exchange& exchange, const Registry& registry, std::string_view parameter) {
  const auto source = exchange.target.parameter(parameter);
  if (!source) return Selection(exchange.viewer, registry, std::nullopt);
  auto filter = ContainerFilter::compile(parameter, *source);
  if (!filter) return forward(filter);
  return Selection(exchange.viewer, registry, std::move(*filter));
}

bool Selection::holds(const Container& container) const {
  return viewer_->sees(container) && (!filter_ || filter_->matches(container, registry_->find_host(container.host)));
}

std::vector<const Container*> Selection::containers() const {
  std::vector<const Container*> held;
  for (const auto& [id, container] : registry_->containers())
    if (holds(container)) held.push_back(&container);
  return held;
}

}  // namespace taffrail::api
