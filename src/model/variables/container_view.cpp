#include "model/variables/container_view.hpp"

#include <utility>

namespace taffrail {

ContainerView::ContainerView(ContainerPtr container, std::string host_name)
    : container_(std::move(container)),
      host_name_(std::move(host_name)),
      labels_(container_->labels),
      fields_(fields_of(*container_, host_name_, labels_)) {}

expr::ContainerFields fields_of(const Container& container, std::string_view host_name, const expr::MapSource& labels) {
  constexpr std::size_t short_id = 12;  // as `docker ps` shows it
  expr::ContainerFields fields;
  fields.id = std::string_view(container.id.str()).substr(0, short_id);
  fields.name = container.name;
  fields.image = container.image;
  fields.state = to_string(container.state);
  fields.health = to_string(container.health);
  fields.host = host_name;
  fields.host_id = container.host.str();
  fields.service = container.service;
  fields.project = container.project;
  fields.group = container.group;
  fields.restarts = container.restarts.value_or(0);
  if (container.exit_code) fields.exit_code = *container.exit_code;
  fields.created = container.created;
  fields.started = container.started;
  fields.finished = container.finished;
  fields.labels = &labels;
  return fields;
}

}  // namespace taffrail
