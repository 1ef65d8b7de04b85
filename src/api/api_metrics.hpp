#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace taffrail::api {

/// The counters of viewers, in the registry that /metrics shows.
struct ApiMetrics {
  explicit ApiMetrics(prometheus::Registry& registry);

  prometheus::Gauge& live_viewers;      ///< open live WebSockets
  prometheus::Gauge& stream_viewers;    ///< NDJSON reads under way
  prometheus::Counter& stalled_closed;  ///< live connections closed because nothing was read for too long
  prometheus::Counter& events_dropped;  ///< events a stalled live connection had no room for
};

/// Counts one viewer while it lives.
class ViewerCount {
 public:
  explicit ViewerCount(prometheus::Gauge& gauge) : gauge_(gauge) { gauge_.Increment(); }
  ~ViewerCount() { gauge_.Decrement(); }
  ViewerCount(const ViewerCount&) = delete;
  ViewerCount& operator=(const ViewerCount&) = delete;

 private:
  prometheus::Gauge& gauge_;
};

}  // namespace taffrail::api
