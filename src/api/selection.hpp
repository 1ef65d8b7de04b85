#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/container_filter.hpp"
#include "api/exchange.hpp"
#include "api/problem.hpp"
#include "api/services.hpp"
#include "pipeline/registry.hpp"

namespace taffrail::api {

/// The containers that a request is about: those that its caller sees and that the expression in a parameter selects;
/// without the parameter all that they see. Copies share the expression; none may outlive the exchange.
class Selection {
 public:
  [[nodiscard]] static Answer<Selection> read(Services& services, const Exchange& exchange, std::string_view parameter);

  /// Whether it is all containers there are.
  [[nodiscard]] bool is_all() const { return !filter_ && caller_->sees_all(); }
  /// Those that exist now, in order of host and id, judged on the workers. Refusals: ContainerJudge's.
  [[nodiscard]] Task<Answer<std::vector<ContainerPtr>>> containers() const;
  /// The same with those that are gone and remembered, for what is read of the past.
  [[nodiscard]] Task<Answer<std::vector<ContainerPtr>>> containers_with_removed() const;
  /// The same for containers as they were: their indices.
  [[nodiscard]] Task<Answer<std::vector<std::uint32_t>>> among(
      std::shared_ptr<const Registry::Containers> containers) const;

  /// Whether a container that has come or changed belongs to it, for a read that is joined by such ones: asked on the
  /// owner thread at every change, within a budget that counts over time. Once that is spent nobody joins any more, and
  /// `overspent` says so: the read should end with `refuse_overspent`.
  [[nodiscard]] std::function<bool(const Container&)> joins() const;
  /// Of all joins() of this selection and its copies.
  [[nodiscard]] bool overspent() const;
  [[nodiscard]] std::unexpected<Problem> refuse_overspent() const;

 private:
  struct Budget;
  [[nodiscard]] Task<Answer<std::vector<ContainerPtr>>> chosen_of(
      std::shared_ptr<const Registry::Containers> containers) const;
  Selection(Services& services, const Caller& caller, std::optional<ContainerFilter> filter);

  Services* services_;
  const Caller* caller_;
  std::optional<ContainerFilter> filter_;
  std::shared_ptr<Budget> budget_;
};

}  // namespace taffrail::api
