#include "api/container_judge.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/signal_flag.hpp"

namespace taffrail::api {
namespace {

/// CPU time of this thread: a machine that is busy with other things makes no expression dear.
std::chrono::nanoseconds cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

/// One list on its way through its stretches.
struct ContainerJudge::Judging {
  const Caller& caller;
  const std::optional<ContainerFilter>& filter;
  const Registry::Containers& containers;
  const Registry::HostNames& host_names;
  std::chrono::nanoseconds budget;
  SignalFlag turn;  ///< it may be this one's
  std::size_t next = 0;
  std::vector<std::uint32_t> selected = {};
  std::chrono::nanoseconds used{0};
  bool spent = false;  ///< by one evaluation

  [[nodiscard]] bool done() const { return spent || next == containers.size() || used >= budget; }

  void go_on() {
    const auto begun = cpu_time();
    std::chrono::nanoseconds passed{0};
    while (next < containers.size() && passed < ContainerJudge::stretch && !spent) {
      const Container& container = *containers[next++];
      if (holds(container)) selected.push_back(static_cast<std::uint32_t>(next - 1));
      passed = cpu_time() - begun;
    }
    used += passed;
  }

  bool holds(const Container& container) {
    if (!caller.sees(container)) return false;
    if (!filter) return true;
    const auto host = host_names.find(container.host);
    const auto verdict =
        filter->judge(container, host == host_names.end() ? std::string_view() : std::string_view(host->second));
    spent = verdict == expr::Verdict::spent;
    return verdict == expr::Verdict::yes;
  }
};

/// Counts a list while it is under way.
class ContainerJudge::UnderWay {
 public:
  UnderWay(ContainerJudge& judge, Judging& judging)
      : judge_(judge), place_(judge.lists_.insert(judge.lists_.end(), &judging)) {
    ++judge_.of_origin_[judging.caller.origin()];
  }
  ~UnderWay() {
    const auto origin = judge_.of_origin_.find((*place_)->caller.origin());
    if (--origin->second == 0) judge_.of_origin_.erase(origin);
    judge_.lists_.erase(place_);
    if (Judging* next = judge_.next()) next->turn.notify();
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  ContainerJudge& judge_;
  std::list<Judging*>::iterator place_;
};

/// Whose turn it is.
ContainerJudge::Judging* ContainerJudge::next() const {
  if (busy_) return nullptr;
  const auto claim = [this](const Judging* judging) {
    return std::pair(of_origin_.at(judging->caller.origin()), judging->used);
  };
  const auto first = std::ranges::min_element(lists_, {}, claim);
  return first == lists_.end() ? nullptr : *first;
}

bool ContainerJudge::has_room_for(const std::string& origin) const {
  const auto known = of_origin_.find(origin);
  const std::size_t own = known == of_origin_.end() ? 0 : known->second;
  return own < (max_lists - (lists_.size() - own) + 1) / 2;
}

Task<Answer<std::vector<std::uint32_t>>> ContainerJudge::select(const Caller& caller,
                                                                const std::optional<ContainerFilter>& filter,
                                                                std::shared_ptr<const Registry::Containers> containers,
                                                                std::shared_ptr<const Registry::HostNames> host_names) {
  if (!has_room_for(caller.origin())) co_return refuse(503, "too many lists are being filtered at once; try again");
  struct Busy {
    ContainerJudge& judge;
    explicit Busy(ContainerJudge& of) : judge(of) { judge.busy_ = true; }
    ~Busy() { judge.busy_ = false; }
  };
  const Executor executor = co_await asio::this_coro::executor;
  Judging judging{caller, filter, *containers, *host_names, budget_, SignalFlag(executor)};
  {
    const UnderWay counted(*this, judging);
    while (!judging.done()) {
      for (Judging* first = next(); first != &judging; first = next()) {
        if (first) first->turn.notify();  // who came or went may have put another one first
        co_await judging.turn.wait();
      }
      {
        const Busy busy(*this);
        co_await workers_.run([&judging] { judging.go_on(); });
      }
      if (Judging* other = next(); other != &judging) other->turn.notify();
    }
  }
  if (judging.spent)
    co_return refuse(422, filter->name() + ": the expression takes too long for the container '" +
                              (*containers)[judging.next - 1]->name + "'; make it simpler");
  if (judging.next < containers->size())
    co_return refuse(422, filter->name() + ": the expression takes too long: " + std::to_string(judging.next) + " of " +
                              std::to_string(containers->size()) + " containers took over " +
                              std::to_string(budget_.count()) + " ms; make it simpler");
  co_return std::move(judging.selected);
}

}  // namespace taffrail::api
