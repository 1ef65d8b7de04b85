#include "history/metric/metric_block.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>

#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"

// A column is made of whole numbers whose order is that of the floats (the bits of a positive float rise with it), less
// the bits that nobody can see; of each the step from the one before, the small ones of either sign as small numbers,
// and of these all lowest bytes together, all next ones, and so on. The least and the greatest stand as distances from
// the mean. What hardly moves is zero nearly everywhere, which zstd makes nothing of; what is noise costs its bits.

namespace taffrail::history {
namespace {

/// The kind of BLOB, beside those of lines.
constexpr auto part_kind = static_cast<PartKind>('M');

// Stored points name metrics by their places in the list: further ones stand at its end.
static_assert(all_metrics.size() == 14 && all_metrics[0].name == "cpu" && all_metrics[3].name == "memory_limit" &&
              all_metrics[6].name == "net_rx" && all_metrics[10].name == "oom_kills" &&
              all_metrics[13].name == "io_pressure");

/// Sections of a block. Planes that are zero everywhere are left out.
enum Section : std::uint32_t { rows = 1, means = 2, spreads = 3 };
constexpr std::size_t planes = 4;
constexpr int zstd_level = 6;

/// What a column has, one byte of `rows` each.
enum Has : std::uint8_t { nothing = 0, all = 1, some = 2, spread = 4 };

constexpr unsigned most_dropped = 20;

unsigned dropped_of(MetricKind kind, Exactness exactness) {
  if (kind == MetricKind::newest) return 0;
  if (exactness == Exactness::rolled) return 10;
  return is_whole(kind) ? 0 : 7;
}

/// The order of the numbers is the order of the floats. @param dropped the lowest bits that are rounded away
std::uint32_t code_of(float value, unsigned dropped) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t ordered = (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
  return dropped == 0 ? ordered : (ordered + (1U << (dropped - 1))) >> dropped;
}
float value_of(std::uint32_t code, unsigned dropped) {
  const std::uint32_t ordered = code << dropped;
  return std::bit_cast<float>((ordered >> 31) != 0 ? ordered & 0x7FFFFFFFU : ~ordered);
}
std::uint32_t zigzag32(std::uint32_t value) { return (value << 1) ^ (0U - (value >> 31)); }
std::uint32_t unzigzag32(std::uint32_t value) { return (value >> 1) ^ (0U - (value & 1)); }

bool has_spread(const MetricExtent& value) { return value.least < value.mean || value.mean < value.greatest; }

/// All lowest bytes, then all next ones, up to the last plane that has anything.
std::string in_planes(const std::vector<std::uint32_t>& numbers) {
  std::uint32_t any = 0;
  for (const std::uint32_t number : numbers) any |= number;
  std::string out;
  for (unsigned plane = 0; plane < planes && any >> (8 * plane) != 0; ++plane)
    for (const std::uint32_t number : numbers) out.push_back(static_cast<char>(number >> (8 * plane)));
  return out;
}

Result<std::vector<std::uint32_t>> from_planes(const Part& part, Section section, std::size_t count) {
  const std::size_t size = part.raw_size(section);
  std::vector<std::uint32_t> numbers(count);
  if (size == 0) return numbers;
  if (size > planes * count || size % count != 0) return damaged("its numbers are more or fewer than its points");
  auto bytes = part.section(section);
  if (!bytes) return forward(bytes);
  const std::string_view all = bytes->view();
  for (std::size_t at = 0; at < all.size(); ++at)
    numbers[at % count] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(all[at])) << (8 * (at / count));
  return numbers;
}

}  // namespace

std::string encode_points(std::span<const MetricPoint> points, Exactness exactness) {
  assert(!points.empty() && points.size() <= max_block_points);
  std::string head;
  append_varint(head, points.size());
  append_varint(head, all_metrics.size());
  std::uint64_t before = 0;
  for (const MetricPoint& point : points) {
    append_varint(head, zigzag(static_cast<std::uint64_t>(point.step) - before));
    before = static_cast<std::uint64_t>(point.step);
  }
  std::vector<std::uint32_t> mean_steps;
  std::vector<std::uint32_t> distances;
  for (std::size_t metric = 0; metric < all_metrics.size(); ++metric) {
    const unsigned dropped = dropped_of(all_metrics[metric].kind, exactness);
    const auto given = static_cast<std::size_t>(
        std::ranges::count_if(points, [metric](const MetricPoint& point) { return point.values[metric].given(); }));
    const bool spreads =
        std::ranges::any_of(points, [metric](const MetricPoint& point) { return has_spread(point.values[metric]); });
    std::uint8_t has = given == 0 ? Has::nothing : given == points.size() ? Has::all : Has::some;
    if (spreads) has |= Has::spread;
    head.push_back(static_cast<char>(has));
    head.push_back(static_cast<char>(dropped));
    if ((has & Has::some) != 0) {
      for (std::size_t i = 0; i < points.size(); i += 8) {
        std::uint8_t bits = 0;
        for (std::size_t bit = 0; bit < 8 && i + bit < points.size(); ++bit)
          if (points[i + bit].values[metric].given()) bits |= static_cast<std::uint8_t>(1U << bit);
        head.push_back(static_cast<char>(bits));
      }
    }
    std::uint32_t last = code_of(0, dropped);
    for (const MetricPoint& point : points) {
      const MetricExtent& value = point.values[metric];
      if (!value.given()) continue;
      const std::uint32_t code = code_of(value.mean, dropped);
      mean_steps.push_back(zigzag32(code - last));
      last = code;
      if (!spreads) continue;
      distances.push_back(code - code_of(value.least, dropped));
      distances.push_back(code_of(value.greatest, dropped) - code);
    }
  }
  PartWriter part(part_kind);
  part.add(Section::rows, head, {.level = zstd_level});
  part.add(Section::means, in_planes(mean_steps), {.level = zstd_level});
  part.add(Section::spreads, in_planes(distances), {.level = zstd_level});
  return part.finish();
}

Result<std::vector<MetricPoint>> decode_points(std::string_view bytes) {
  auto part = Part::open(bytes, part_kind);
  if (!part) return forward(part);
  auto head_bytes = part->section(Section::rows);
  if (!head_bytes) return forward(head_bytes);
  ByteReader head(head_bytes->view());
  const std::uint64_t count = head.varint();
  const std::uint64_t metrics = head.varint();
  if (count == 0 || count > max_block_points) return damaged("it has no points, or too many");
  // Metrics are added at the end of the list: an earlier program's block lacks the last ones.
  if (metrics > all_metrics.size())
    return fail(ErrorCode::unsupported,
                "a stored block has metrics that this program does not know: use a later release");
  std::vector<MetricPoint> points(count);
  std::uint64_t step = 0;
  for (MetricPoint& point : points) {
    step += unzigzag(head.varint());
    point.step = static_cast<std::int64_t>(step);
    if (&point != points.data() && point.step <= (&point - 1)->step) return damaged("its steps do not rise");
  }
  struct Column {
    std::uint8_t has = 0;
    unsigned dropped = 0;
    std::string_view bits;
    std::size_t given = 0;
    [[nodiscard]] bool is_given(std::size_t at) const {
      return bits.empty() ? has != Has::nothing : (static_cast<std::uint8_t>(bits[at / 8]) >> (at % 8) & 1) != 0;
    }
  };
  std::vector<Column> columns(metrics);
  std::size_t given = 0;
  std::size_t spread_values = 0;
  for (Column& column : columns) {
    column.has = head.fixed<std::uint8_t>();
    column.dropped = head.fixed<std::uint8_t>();
    const auto which = column.has & ~Has::spread;
    if (which > Has::some || column.dropped > most_dropped || (which == Has::nothing && column.has != Has::nothing))
      return damaged("a column has what no column has");
    if (which == Has::some) column.bits = head.bytes((count + 7) / 8);
    if (!head.ok()) return damaged("its columns are cut off");
    for (std::size_t i = 0; i < count; ++i) column.given += column.is_given(i) ? 1 : 0;
    given += column.given;
    if ((column.has & Has::spread) != 0) spread_values += 2 * column.given;
  }
  if (!head.done()) return damaged("its columns are followed by something");
  auto mean_steps = from_planes(*part, Section::means, given);
  if (!mean_steps) return forward(mean_steps);
  auto distances = from_planes(*part, Section::spreads, spread_values);
  if (!distances) return forward(distances);
  std::size_t next = 0;
  std::size_t next_distance = 0;
  for (std::size_t metric = 0; metric < columns.size(); ++metric) {
    const Column& column = columns[metric];
    std::uint32_t code = code_of(0, column.dropped);
    for (std::size_t i = 0; i < count; ++i) {
      if (!column.is_given(i)) continue;
      code += unzigzag32((*mean_steps)[next++]);
      std::uint32_t least = code;
      std::uint32_t greatest = code;
      if ((column.has & Has::spread) != 0) {
        least -= (*distances)[next_distance++];
        greatest += (*distances)[next_distance++];
      }
      MetricExtent& value = points[i].values[metric];
      value = {value_of(least, column.dropped), value_of(code, column.dropped), value_of(greatest, column.dropped)};
      if (!(value.least <= value.mean && value.mean <= value.greatest)) return damaged("a value is no number");
    }
  }
  return points;
}

}  // namespace taffrail::history
