#include "api/selection.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "api/container_judge.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

/// What one read may take of the owner thread to judge containers that change: a host's whole list of 10,000 at a
/// microsecond each at once, and then a two-hundredth of the time. With the most reads that there may be at once, all
/// of them dear, that is one thread's time; a simple expression needs a thousandth of it.
constexpr Duration most_saved = 25ms;
constexpr double earned_per_second = 0.005;

}  // namespace

struct Selection::Budget {
  Duration left = most_saved;
  SteadyTime counted;  // up to here `left` has grown
  bool spent = false;

  /// @return false when nothing is left
  bool earn(SteadyTime now) {
    const auto earned = std::chrono::duration<double, std::nano>(now - counted) * earned_per_second;
    left = std::min<Duration>(most_saved, left + std::chrono::duration_cast<Duration>(earned));
    counted = now;
    spent = spent || left <= 0ns;
    return !spent;
  }
};

Selection::Selection(Services& services, const Caller& caller, std::optional<ContainerFilter> filter)
    : services_(&services), caller_(&caller), filter_(std::move(filter)), budget_(std::make_shared<Budget>()) {}

Answer<Selection> Selection::read(Services& services, const Exchange& exchange, std::string_view parameter) {
  const auto source = exchange.target.parameter(parameter);
  if (!source) return Selection(services, exchange.caller, std::nullopt);
  auto filter = ContainerFilter::compile(parameter, *source);
  if (!filter) return forward(filter);
  return Selection(services, exchange.caller, std::move(*filter));
}

Task<Answer<std::vector<std::uint32_t>>> Selection::among(
    std::shared_ptr<const Registry::Containers> containers) const {
  if (is_all()) {
    std::vector<std::uint32_t> all(containers->size());
    std::iota(all.begin(), all.end(), 0U);
    co_return all;
  }
  co_return co_await services_->judge.select(*caller_, filter_, std::move(containers),
                                             services_->registry().host_names());
}

Task<Answer<std::vector<ContainerPtr>>> Selection::containers() const {
  co_return co_await chosen_of(services_->registry().snapshot());
}

Task<Answer<std::vector<ContainerPtr>>> Selection::containers_with_removed() const {
  co_return co_await chosen_of(services_->registry().with_removed());
}

Task<Answer<std::vector<ContainerPtr>>> Selection::chosen_of(std::shared_ptr<const Registry::Containers> all) const {
  if (is_all()) co_return *all;
  auto chosen = co_await among(all);
  if (!chosen) co_return forward(chosen);
  std::vector<ContainerPtr> containers;
  containers.reserve(chosen->size());
  for (const std::uint32_t index : *chosen) containers.push_back((*all)[index]);
  co_return containers;
}

std::function<bool(const Container&)> Selection::joins() const {
  budget_->counted = services_->pipeline.clock().steady_now();
  return [selection = *this](const Container& container) {
    if (!selection.caller_->sees(container)) return false;
    if (!selection.filter_) return true;
    const Clock& clock = selection.services_->pipeline.clock();
    Budget& budget = *selection.budget_;
    const SteadyTime begun = clock.steady_now();
    if (!budget.earn(begun)) return false;
    const Host* host = selection.services_->registry().find_host(container.host);
    const auto verdict = selection.filter_->judge(container, host ? std::string_view(host->name) : std::string_view());
    budget.left -= clock.steady_now() - begun;
    budget.spent = budget.spent || verdict == expr::Verdict::spent;
    return verdict == expr::Verdict::yes;
  };
}

bool Selection::overspent() const { return budget_->spent; }

std::unexpected<Problem> Selection::refuse_overspent() const {
  return refuse(422, filter_->name() + ": the expression takes too long for a read that follows; make it simpler");
}

}  // namespace taffrail::api
