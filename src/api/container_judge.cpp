#include "api/container_judge.hpp"

#include <ctime>
#include <utility>

#include "base/turn.hpp"

namespace taffrail::api {
namespace {

/// CPU time of this thread: a machine that is busy with other things makes no expression dear.
std::chrono::nanoseconds cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// One list on its way through its stretches.
struct Judging {
  const Caller& caller;
  const std::optional<ContainerFilter>& filter;
  const Registry::Containers& containers;
  const Registry::HostNames& host_names;
  std::chrono::nanoseconds budget;
  std::size_t next = 0;
  std::vector<std::uint32_t> selected = {};
  std::chrono::nanoseconds used{0};
  bool spent = false;  // by one evaluation

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

}  // namespace

Task<Answer<std::vector<std::uint32_t>>> ContainerJudge::select(const Caller& caller,
                                                                const std::optional<ContainerFilter>& filter,
                                                                std::shared_ptr<const Registry::Containers> containers,
                                                                std::shared_ptr<const Registry::HostNames> host_names) {
  if (waiting_ >= max_waiting) co_return refuse(503, "too many lists are being filtered at once; try again");
  struct Waiting {
    std::size_t& waiting;
    explicit Waiting(std::size_t& count) : waiting(count) { ++waiting; }
    ~Waiting() { --waiting; }
  };
  struct Busy {
    ContainerJudge& judge;
    explicit Busy(ContainerJudge& of) : judge(of) { judge.busy_ = true; }
    ~Busy() {
      judge.busy_ = false;
      judge.free_.notify();
    }
  };
  const Waiting waiting(waiting_);
  Judging judging{caller, filter, *containers, *host_names, budget_};
  Turn turn;
  while (!judging.done()) {
    while (busy_) co_await free_.wait();
    {
      const Busy busy(*this);
      co_await workers_.run([&judging] { judging.go_on(); });
    }
    co_await next_turn(turn);  // so that those who wait come first
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
