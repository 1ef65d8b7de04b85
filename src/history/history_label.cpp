#include "history/history_label.hpp"

#include "base/byte_size.hpp"
#include "base/time_format.hpp"

namespace taffrail::history {

Result<HistoryLabel> history_label(const Container& container) {
  HistoryLabel label;
  const auto at = container.labels.find("taffrail.history");
  if (at == container.labels.end() || at->second == "on") return label;
  if (at->second == "off") {
    label.off = true;
    return label;
  }
  // "30m" is a length of time for whoever reads it, and a size for nobody.
  if (auto age = parse_duration(at->second); age && *age > Duration::zero()) {
    label.age = *age;
    return label;
  }
  if (auto bytes = parse_byte_size(at->second); bytes && *bytes > 0) {
    label.bytes = *bytes;
    return label;
  }
  return fail(ErrorCode::invalid_argument, "the container '" + container.name + "' has the label taffrail.history=" +
                                               at->second + "; it takes off, on, a size (200MiB) or a time (7d)");
}

}  // namespace taffrail::history
