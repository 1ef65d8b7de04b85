#include "api/stats_subscription.hpp"

#include <algorithm>
#include <utility>

#include "api/live_limits.hpp"
#include "api/stats_series.hpp"
#include "base/turn.hpp"
#include "model/json.hpp"

namespace taffrail::api {
namespace {

/// Samples of history that are copied and written at a time: about 0.6 MB of JSON, in one message for each container.
constexpr std::size_t history_at_once = 2048;

struct OwedSeries {
  ContainerId id;
  bool needs_host = false;
  std::vector<PackedSample> samples;
};

}  // namespace

StatsSubscription::StatsSubscription(Services& services, const Caller& caller, std::uint64_t sub,
                                     std::optional<std::set<ContainerId>> containers, std::size_t history,
                                     SignalFlag& wake)
    : services_(services),
      caller_(caller),
      sub_(sub),
      containers_(containers),
      history_(history),
      watch_(services.pipeline.sampler(), std::move(containers)),
      came_(services.pipeline.executor()),
      stage_(services.pipeline.executor(), wake),
      hears_(services.frames.listen([this](const StatsFramePtr& frame) {
        if (frames_.size() == max_frames) frames_.pop_front();
        frames_.push_back(frame);
        came_.notify();
      })),
      tasks_(services.pipeline.executor(), services.report) {
  tasks_.spawn("stats subscription", run());
}

Task<> StatsSubscription::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

std::string StatsSubscription::head() const { return R"({"type":"stats","sub":)" + std::to_string(sub_); }

Task<> StatsSubscription::run() {
  if (history_ > 0) co_await tell_history();
  for (;;) {
    while (frames_.empty()) co_await came_.wait();
    StatsFramePtr frame = std::move(frames_.front());
    frames_.pop_front();
    co_await tell(std::move(frame));
    // What comes while the page takes nothing is passed over, so the next frame is chosen when it can be taken.
    co_await stage_.clear();
  }
}

Task<> StatsSubscription::tell_history() {
  const auto all = services_.registry().snapshot();
  const Sampler& sampler = services_.pipeline.sampler();
  Turn turn;
  for (std::size_t next = 0; next < all->size();) {
    std::vector<OwedSeries> some;
    std::size_t held = 0;
    for (; next < all->size() && held < history_at_once; ++next) {
      co_await yield_if_due(turn);
      const Container& container = *(*all)[next];
      if (!container.is_running() || !watch_.wants(container.id) || !caller_.sees(container)) continue;
      Sampler::Series series = sampler.series(container.id, history_);
      if (series.samples.empty()) continue;
      held += series.samples.size();
      shown_[container.id] = series.last;
      last_shown_ = std::max(last_shown_, series.last);
      some.push_back({container.id, services_.registry().ambiguous(container.id), std::move(series.samples)});
    }
    std::vector<std::string> messages = co_await services_.pipeline.workers().run([this, &some] {
      std::vector<std::string> made;
      for (const OwedSeries& series : some) {
        std::string& message = made.emplace_back(head());
        message += R"(,"history":true,"container":)";
        text::append_json_string(message, series.id.str());
        if (series.needs_host) {
          message += R"(,"host":)";
          text::append_json_string(message, series.id.host().str());
        }
        append_samples(message, cut_series(series.samples, {}));
        message += '}';
      }
      return made;
    });
    for (std::string& message : messages) co_await stage_.put(std::move(message));
  }
}

Task<> StatsSubscription::tell(StatsFramePtr frame) {
  const StatsFrame::Rendered* rendered = co_await frame->rendered(services_.pipeline.workers());
  const auto chosen = chosen_of(*frame, *rendered);
  const std::size_t count = chosen ? chosen->size() : frame->entries().size();
  const std::string begin = head() + R"(,"samples":[)";
  // In messages of a size that the socket takes at once.
  for (std::size_t i = 0; i < count;) {
    std::string message = begin;
    if (chosen) {
      for (; i < count && message.size() < live_part_bytes; ++i) {
        message += rendered->object((*chosen)[i]);
        message += ',';
      }
    } else {
      const std::size_t from = rendered->begin(i);
      while (i < count && rendered->ends[i] - from < live_part_bytes) ++i;
      if (rendered->begin(i) == from) ++i;  // one that is longer than a part
      message.append(rendered->objects, from, rendered->begin(i) - from);
    }
    message.back() = ']';
    message += '}';
    co_await stage_.put(std::move(message));
  }
}

std::optional<std::vector<std::size_t>> StatsSubscription::chosen_of(const StatsFrame& frame,
                                                                     const StatsFrame::Rendered& rendered) {
  const auto& entries = frame.entries();
  if (!shown_.empty() && entries.front().sampled.number > last_shown_) shown_.clear();
  if (!containers_ && caller_.sees_all() && shown_.empty()) return std::nullopt;
  std::vector<std::size_t> chosen;
  const auto choose = [&](std::size_t entry) {
    const Sampler::Sampled& sampled = entries[entry].sampled;
    const auto shown = shown_.find(sampled.container->id);
    if (shown != shown_.end() && sampled.number <= shown->second) return;
    if (caller_.sees(*sampled.container)) chosen.push_back(entry);
  };
  if (containers_) {
    for (const ContainerId& id : *containers_) {
      const auto [first, last] = rendered.of.equal_range(id);
      for (auto at = first; at != last; ++at) choose(at->second);
    }
  } else {
    for (std::size_t entry = 0; entry < entries.size(); ++entry) choose(entry);
  }
  return chosen;
}

}  // namespace taffrail::api
