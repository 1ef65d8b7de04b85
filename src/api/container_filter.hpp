#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "expr/condition.hpp"
#include "expr/container_variables.hpp"
#include "expr/value.hpp"
#include "model/container.hpp"

namespace taffrail::api {

/// What expressions see of one container, with everything that the views in its fields point to. The container and its
/// host's name are copied, so that it may be looked at after they have changed, and from workers.
class ContainerView {
 public:
  /// @param host may be null: unknown
  ContainerView(Container container, const Host* host);
  ContainerView(const ContainerView&) = delete;
  ContainerView& operator=(const ContainerView&) = delete;

  [[nodiscard]] const expr::ContainerFields& fields() const { return fields_; }

 private:
  Container container_;
  std::string host_name_;
  expr::StringMapSource<std::map<std::string, std::string>> labels_;
  expr::ContainerFields fields_;
};

/// An expression that selects containers: `filter=EXPR`, `containers=EXPR`, `--containers EXPR`.
class ContainerFilter {
 public:
  /// Refusals have the place of the fault. @param name of the parameter, for the sentence
  [[nodiscard]] static Answer<ContainerFilter> compile(std::string_view name, std::string_view source);

  /// A container that the expression cannot deal with is not selected.
  [[nodiscard]] bool matches(const Container& container, const Host* host) const;

 private:
  explicit ContainerFilter(expr::Condition condition) : condition_(std::move(condition)) {}
  expr::Condition condition_;
};

/// The refusal of an expression, with its place. @param name of the parameter or key that held it
[[nodiscard]] std::unexpected<Problem> refuse_expression(std::string_view name, const expr::ExprError& error);

}  // namespace taffrail::api
