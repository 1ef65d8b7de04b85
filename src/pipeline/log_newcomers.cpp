#include "pipeline/log_newcomers.hpp"

namespace taffrail {

LogNewcomers::LogNewcomers(Registry& registry, std::function<bool(const Container&)> wanted,
                           std::vector<ContainerId> taken, SignalFlag& wake)
    : registry_(registry),
      wanted_(std::move(wanted)),
      wake_(wake),
      taken_(taken.begin(), taken.end()),
      observing_(registry.observe(*this)) {}

void LogNewcomers::on_container(const ContainerPtr& container, const ContainerPtr& before) {
  // What a host's first list tells has been there before; we only could not know.
  if (!before && registry_.listed(container->host)) new_.insert(container->id);
  if (taken_.contains(container->id) || !wanted_(*container)) return;
  if (waiting_.insert(container->id).second) wake_.notify();
}

void LogNewcomers::on_gone(const Container& container) {
  taken_.erase(container.id);
  new_.erase(container.id);
  waiting_.erase(container.id);
}

std::optional<LogNewcomers::Newcomer> LogNewcomers::next() {
  if (waiting_.empty()) return std::nullopt;
  Newcomer newcomer{*waiting_.begin(), false};
  waiting_.erase(waiting_.begin());
  newcomer.is_new = new_.erase(newcomer.id) > 0;
  taken_.insert(newcomer.id);
  return newcomer;
}

}  // namespace taffrail
