#include "api/container_filter.hpp"

#include <utility>

#include "expr/value.hpp"
#include "model/variables/container_view.hpp"

namespace taffrail::api {
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
