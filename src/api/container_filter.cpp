#include "api/container_filter.hpp"

#include <utility>

namespace taffrail::api {

ContainerView::ContainerView(Container container, const Host* host)
    : container_(std::move(container)), host_name_(host ? host->name : ""), labels_(container_.labels) {
  constexpr std::size_t short_id = 12;  // as `docker ps` shows it
  fields_.id = std::string_view(container_.id.str()).substr(0, short_id);
  fields_.name = container_.name;
  fields_.image = container_.image;
  fields_.state = to_string(container_.state);
  fields_.health = to_string(container_.health);
  fields_.host = host_name_;
  fields_.host_id = container_.host.str();
  fields_.service = container_.service;
  fields_.project = container_.project;
  fields_.group = container_.group;
  fields_.restarts = container_.restarts.value_or(0);
  if (container_.exit_code) fields_.exit_code = *container_.exit_code;
  fields_.created = container_.created;
  fields_.started = container_.started;
  fields_.finished = container_.finished;
  fields_.labels = &labels_;
}

Answer<ContainerFilter> ContainerFilter::compile(std::string_view name, std::string_view source) {
  auto condition = expr::Condition::check(source, expr::Environment::container());
  if (!condition) return refuse_expression(name, condition.error());
  return ContainerFilter(std::move(*condition));
}

bool ContainerFilter::matches(const Container& container, const Host* host) const {
  const ContainerView view(container, host);
  bool failed = false;
  return condition_.test(expr::ContainerVariables(view.fields()), failed);
}

std::unexpected<Problem> refuse_expression(std::string_view name, const expr::ExprError& error) {
  return std::unexpected(Problem{
      .status = 400, .detail = std::string(name) + ": " + error.message, .line = error.line, .column = error.column});
}

}  // namespace taffrail::api
