#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/made_once.hpp"
#include "base/subscription.hpp"
#include "base/task.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::api {

/// The samples of one round, as JSON: rendered once, on a worker, for all pages.
class StatsFrame {
 public:
  struct Entry {
    Sampler::Sampled sampled;
    bool needs_host = false;  ///< another host's container has the same id
  };
  struct Rendered {
    std::string objects;            ///< each followed by a comma
    std::vector<std::size_t> ends;  ///< of the entry at the same index, behind its comma
    /// The entries of each container. A container has one, as a rule.
    std::unordered_multimap<ContainerId, std::size_t> of;

    [[nodiscard]] std::size_t begin(std::size_t entry) const { return entry == 0 ? 0 : ends[entry - 1]; }
    [[nodiscard]] std::string_view object(std::size_t entry) const {
      return std::string_view(objects).substr(begin(entry), ends[entry] - begin(entry) - 1);
    }
  };

  StatsFrame(const Executor& executor, std::vector<Entry> entries)
      : entries_(std::move(entries)), rendered_(executor) {}

  /// At least one, in the order in which they came.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// The frame must be held until this returns.
  [[nodiscard]] Task<const Rendered*> rendered(WorkerPool& workers);

 private:
  Task<Rendered> render(WorkerPool& workers);

  std::vector<Entry> entries_;
  MadeOnce<Rendered> rendered_;
};

using StatsFramePtr = std::shared_ptr<StatsFrame>;

/// Gathers the samples of each round while anybody listens.
class StatsFrames {
 public:
  using OnFrame = std::function<void(const StatsFramePtr&)>;

  explicit StatsFrames(Pipeline& pipeline) : pipeline_(pipeline) {}
  /// Hears of each round that has samples.
  [[nodiscard]] Subscription listen(OnFrame heard);

 private:
  void begin();
  void end_round();

  Pipeline& pipeline_;
  std::vector<StatsFrame::Entry> gathered_;
  std::size_t listeners_ = 0;
  Observers<OnFrame> on_frame_;
  Subscription samples_;  // while somebody listens
  Subscription rounds_;
};

}  // namespace taffrail::api
