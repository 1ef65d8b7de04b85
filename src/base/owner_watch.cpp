#include "base/owner_watch.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <execinfo.h>
#include <span>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/second.hpp"
#include "base/stack_names.hpp"

namespace taffrail {
namespace {

/// The part of the time between two beats that the thread may use and still count as idle: between the closest the beat
/// itself is a tenth of it.
constexpr int idle_part = 100;
/// Beats that are so far apart come when others wake the process anyway.
constexpr Duration together = std::chrono::seconds(1);
/// Functions named in a report: enough to see who asked for what.
constexpr std::size_t most_named = 12;
/// A name of a template can be of any length.
constexpr std::size_t most_name_bytes = 120;

/// Not one of the real-time signals that glibc keeps for itself, nor the first, which others like to take.
int overdue_signal() { return SIGRTMIN + 2; }

extern "C" void note_stack(int, siginfo_t* info, void*) {
  const int saved = errno;
  auto* capture = static_cast<OwnerWatch::Capture*>(info->si_value.sival_ptr);
  // backtrace is safe here once it has been called before, which loads what it needs (see StackAlarm).
  const int depth = ::backtrace(capture->frames.data(), static_cast<int>(capture->frames.size()));
  capture->depth.store(depth, std::memory_order_release);
  errno = saved;
}

timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

/// A timer of the kernel that interrupts the thread that made it, unless it is put off in time.
class StackAlarm {
 public:
  explicit StackAlarm(OwnerWatch::Capture& capture) {
    void* loaded = nullptr;
    (void)::backtrace(&loaded, 1);
    struct sigaction action{};
    action.sa_sigaction = note_stack;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = overdue_signal();
    event.sigev_value.sival_ptr = &capture;
    event._sigev_un._tid = ::gettid();
    set_ =
        ::sigaction(overdue_signal(), &action, nullptr) == 0 && ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  }
  // Whatever the timer has sent has come when this returns: it goes to this thread.
  ~StackAlarm() {
    if (set_) ::timer_delete(timer_);
  }
  StackAlarm(const StackAlarm&) = delete;
  StackAlarm& operator=(const StackAlarm&) = delete;

  void put_off(Duration by) {
    if (!set_) return;  // without it lags are still measured; only what ran is not known
    const itimerspec at{.it_interval = {}, .it_value = to_timespec(by)};
    (void)::timer_settime(timer_, 0, &at, nullptr);
  }

 private:
  timer_t timer_{};
  bool set_ = false;
};

Duration thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// A function of the machinery that runs every task, and so says nothing about one.
bool is_machinery(std::string_view name) {
  // Arguments and parameters do not count: "(anonymous namespace)" is a part of the name.
  std::size_t end = 0;
  while (end < name.size() && name[end] != '<' && (name[end] != '(' || name.substr(end).starts_with("(anonymous")))
    ++end;
  name = name.substr(0, end);
  return name.contains("boost::asio::") || name.contains("boost_asio") || name.contains("coroutine_handle");
}

/// Those functions that say something: neither the signal's own frames nor the machinery.
std::string describe(std::span<void* const> frames) {
  std::string text;
  std::size_t named = 0;
  int own = 1;  // the handler's frames come first, and then the one that the kernel returns from it through
  for (std::string& name : names_of(frames)) {
    if (own > 0) {
      if (own == 2 || name.contains("note_stack")) own = own == 2 ? 0 : 2;
      continue;
    }
    if (is_machinery(name)) continue;
    if (++named > most_named) break;
    if (name.size() > most_name_bytes) name.replace(most_name_bytes, std::string::npos, "…");
    text += (text.empty() ? "" : " < ") + name;
  }
  return text.empty() ? "what ran is not known" : text;
}

}  // namespace

void LagHistogram::add(Duration lag, std::uint64_t times) {
  const double seconds = std::chrono::duration<double>(lag).count();
  const auto bucket = std::ranges::lower_bound(bounds, seconds) - bounds.begin();
  counts_.at(static_cast<std::size_t>(bucket)) += times;
  sum_seconds_ += seconds * static_cast<double>(times);
  longest_ = std::max(longest_, lag);
}

OwnerWatch::OwnerWatch(WorkerPool& workers, Report report, Options options)
    : workers_(workers), report_(std::move(report)), options_(options) {}

Task<> OwnerWatch::run() {
  StackAlarm alarm(capture_);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  Duration interval = options_.busy_beat;
  Duration used = thread_cpu_time();
  for (;;) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const SteadyTime due = interval < together ? now + interval : whole_second(now, interval);
    alarm.put_off(due - now + options_.stall);
    timer.expires_at(std::chrono::time_point_cast<asio::steady_timer::duration>(due));
    co_await timer.async_wait(asio::use_awaitable);
    const Duration lag = std::max<Duration>(std::chrono::steady_clock::now() - due, Duration(0));
    count(lag, interval);
    if (lag >= options_.stall) {
      alarm.put_off(Duration(0));  // disarmed: the names are looked up elsewhere, and this task waits for them
      co_await report(lag);
    }
    const Duration now_used = thread_cpu_time();
    const bool busy = now_used - used > interval / idle_part;  // not the lag: it may be others who keep the processors
    used = now_used;
    interval = busy ? options_.busy_beat : std::min(2 * interval, options_.idle_beat);
  }
}

/// A beat that came late stands for those that it kept from coming, and one of a slow heart for those that were not
/// needed.
void OwnerWatch::count(Duration lag, Duration interval) {
  histogram_.add(lag, static_cast<std::uint64_t>(std::max<Duration::rep>(interval / options_.busy_beat, 1)));
  // Beyond the last bound they are all alike, and a machine may have slept for a week.
  const Duration last_bound = std::chrono::seconds(60);
  for (Duration missed = std::min(lag, last_bound) - options_.busy_beat; missed > Duration(0);
       missed -= options_.busy_beat)
    histogram_.add(missed);
}

Task<> OwnerWatch::report(Duration lag) {
  ++stalls_;
  const std::vector<void*> frames(capture_.frames.begin(),
                                  capture_.frames.begin() + capture_.depth.exchange(0, std::memory_order_acquire));
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < quiet_until_) {
    ++unreported_;
    co_return;
  }
  quiet_until_ = now + options_.between_reports;
  const std::string what = co_await workers_.run([&frames] { return describe(frames); });
  std::string text = "everything waited for " +
                     std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(lag).count()) +
                     " ms while this ran: " + what;
  if (unreported_ > 0) text += " (and " + std::to_string(unreported_) + " times more since the last report)";
  unreported_ = 0;
  report_(text);
}

}  // namespace taffrail
