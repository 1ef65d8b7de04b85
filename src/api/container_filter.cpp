#include "api/container_filter.hpp"

#include <utility>

namespace taffrail::api {
namespace {

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

}  // namespace

ContainerView::ContainerView(ContainerPtr container, std::string host_name)
    : container_(std::move(container)),
      host_name_(std::move(host_name)),
      labels_(container_->labels),
      fields_(fields_of(*container_, host_name_, labels_)) {}

Answer<ContainerFilter> ContainerFilter::compile(std::string_view name, std::string_view source) {
  auto condition = expr::Condition::check(source, expr::Environment::container());
  if (!condition) return refuse_expression(name, condition.error());
  return ContainerFilter(name, std::move(*condition));
}

bool ContainerFilter::matches(const Container& container, const Host* host) const {
  return judge(container, host ? std::string_view(host->name) : std::string_view()) == expr::Verdict::yes;
}

expr::Verdict ContainerFilter::judge(const Container& container, std::string_view host_name) const {
  const expr::StringMapSource labels(container.labels);
  const expr::ContainerFields fields = fields_of(container, host_name, labels);
  return condition_.judge(expr::ContainerVariables(fields));
}

std::unexpected<Problem> refuse_expression(std::string_view name, const expr::ExprError& error) {
  return std::unexpected(Problem{
      .status = 400, .detail = std::string(name) + ": " + error.message, .line = error.line, .column = error.column});
}

}  // namespace taffrail::api
