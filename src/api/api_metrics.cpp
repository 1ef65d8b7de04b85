#include "api/api_metrics.hpp"

#include <string>

namespace taffrail::api {
namespace {

prometheus::Gauge& viewers(prometheus::Registry& registry, const std::string& kind) {
  return prometheus::BuildGauge()
      .Name("taffrail_viewers")
      .Help("Clients that look: open live WebSockets and NDJSON log reads under way.")
      .Register(registry)
      .Add({{"kind", kind}});
}

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

ApiMetrics::ApiMetrics(prometheus::Registry& registry)
    : live_viewers(viewers(registry, "live")),
      stream_viewers(viewers(registry, "ndjson")),
      stalled_closed(counter(registry, "taffrail_viewers_stalled_total",
                             "Live connections closed because their client read nothing for too long.")),
      events_dropped(counter(registry, "taffrail_events_dropped_total",
                             "Container events that live connections had no room for while they were stalled.")) {}

}  // namespace taffrail::api
