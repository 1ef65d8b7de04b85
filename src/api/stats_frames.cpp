#include "api/stats_frames.hpp"

#include <algorithm>
#include <utility>

#include "model/json.hpp"

namespace taffrail::api {
namespace {

/// A round has one sample of a container; a source that tells them unasked may have more. Beyond this they are passed
/// over, as those are for a page that does not keep up.
constexpr std::size_t most_per_container = 4;

}  // namespace

Task<const StatsFrame::Rendered*> StatsFrame::rendered(WorkerPool& workers) {
  co_return co_await rendered_.get([this, &workers] { return render(workers); });
}

Task<StatsFrame::Rendered> StatsFrame::render(WorkerPool& workers) {
  co_return co_await workers.run([this] {
    Rendered frame;
    frame.ends.reserve(entries_.size());
    for (const Entry& entry : entries_) {
      const ContainerId& id = entry.sampled.container->id;
      text::JsonWriter json(frame.objects);
      json.begin_object().member("container", id.str());
      if (entry.needs_host) json.member("host", id.host().str());
      append_members(json, entry.sampled.sample.unpack(), entry.sampled.mounts);
      json.end_object();
      frame.objects += ',';
      frame.of.emplace(id, frame.ends.size());
      frame.ends.push_back(frame.objects.size());
    }
    return frame;
  });
}

Subscription StatsFrames::listen(OnFrame heard) {
  if (listeners_++ == 0) begin();
  auto hears = std::make_shared<Subscription>(on_frame_.add(std::move(heard)));
  return Subscription([this, hears] {
    hears->reset();
    if (--listeners_ > 0) return;
    samples_.reset();
    rounds_.reset();
    gathered_ = {};
  });
}

void StatsFrames::begin() {
  Sampler& sampler = pipeline_.sampler();
  samples_ = sampler.on_sample([this](const Sampler::Sampled& sampled) {
    const std::size_t most = most_per_container * std::max<std::size_t>(1, pipeline_.registry().containers().size());
    if (gathered_.size() >= most) return;
    gathered_.push_back({sampled, pipeline_.registry().ambiguous(sampled.container->id)});
  });
  rounds_ = sampler.on_round([this] { end_round(); });
}

void StatsFrames::end_round() {
  if (gathered_.empty()) return;
  const auto frame = std::make_shared<StatsFrame>(pipeline_.executor(), std::exchange(gathered_, {}));
  on_frame_.each([&frame](const OnFrame& heard) { heard(frame); });
}

}  // namespace taffrail::api
