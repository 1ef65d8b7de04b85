// Takes the input as a block of points; and as the sections of one, `id, size (two bytes), bytes`, and gives them the
// header and checksums that make a reader believe them. What is read once must be read again by itself as it was.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"
#include "history/metric/metric_block.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

constexpr Duration finest = std::chrono::seconds(10);

void require(bool condition) {
  if (!condition) std::abort();
}

void read(std::string_view bytes) {
  const auto points = decode_points(bytes);
  if (!points) {
    require(!points.error().detail.empty());
    return;
  }
  require(!points->empty() && points->size() <= max_block_points);
  MetricSteps steps(finest);
  for (const MetricPoint& point : *points) steps.add(point, finest);
  require(steps.points().size() <= points->size());
  const auto again = decode_points(encode_points(*points, Exactness::sampled));
  require(again.has_value() && again->size() == points->size());
  for (std::size_t i = 0; i < points->size(); ++i) {
    require((*again)[i].step == (*points)[i].step);
    for (std::size_t metric = 0; metric < all_metrics.size(); ++metric)
      require((*again)[i].values[metric].given() == (*points)[i].values[metric].given());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read(input);
  PartWriter part(static_cast<PartKind>('M'));
  ByteReader reader(input);
  for (std::size_t sections = 0; !reader.empty() && sections < 4; ++sections) {
    const auto id = reader.fixed<std::uint8_t>();
    const auto length = reader.fixed<std::uint16_t>();
    part.add(id, reader.bytes(length));
  }
  read(part.finish());
  return 0;
}
