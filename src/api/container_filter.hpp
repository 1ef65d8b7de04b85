#pragma once

#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "expr/condition.hpp"
#include "model/container.hpp"

namespace taffrail::api {

/// An expression that selects containers: `filter=EXPR`, `containers=EXPR`, `--containers EXPR`. Any number of threads
/// may ask; for many containers, and for expressions of strangers, ask a ContainerJudge.
class ContainerFilter {
 public:
  /// Refusals have the place of the fault. @param name of the parameter, for the sentence
  [[nodiscard]] static Answer<ContainerFilter> compile(std::string_view name, std::string_view source);

  /// A container that the expression cannot deal with is not selected.
  [[nodiscard]] bool matches(const Container& container, const Host* host) const;
  /// The same; `spent` says that it took more than an evaluation may (expr/limits.hpp).
  [[nodiscard]] expr::Verdict judge(const Container& container, std::string_view host_name) const;

  /// Of the parameter.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  ContainerFilter(std::string_view name, expr::Condition condition) : name_(name), condition_(std::move(condition)) {}
  std::string name_;
  expr::Condition condition_;
};

/// The refusal of an expression, with its place. @param name of the parameter or key that held it
[[nodiscard]] std::unexpected<Problem> refuse_expression(std::string_view name, const expr::ExprError& error);

}  // namespace taffrail::api
