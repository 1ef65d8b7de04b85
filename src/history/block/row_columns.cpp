#include "history/block/row_columns.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"

namespace taffrail::history {
namespace {

/// A seq is a time in ticks of 125 ns since 2020, raised where lines share a tick (docs/adr/0006-order-of-lines.md).
/// The format keeps that rule, whatever sources do one day: where a seq is another, it is stored.
std::uint64_t tick(std::int64_t nanoseconds) {
  constexpr std::int64_t year_2020 = 1'577'836'800'000'000'000;
  return nanoseconds <= year_2020
             ? 1
             : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(nanoseconds - year_2020) / 125);
}

std::int64_t count(Time time) { return time.time_since_epoch().count(); }
std::uint64_t bits(Time time) { return static_cast<std::uint64_t>(count(time)); }
Time from_bits(std::uint64_t value) { return Time{Duration{static_cast<std::int64_t>(value)}}; }

/// Numbers that mostly are what was predicted: only where not, how many were before, and the difference.
class ExceptionWriter {
 public:
  void next(std::uint64_t difference) {
    if (difference == 0) {
      ++gap_;
      return;
    }
    append_varint(out_, gap_);
    append_varint(out_, zigzag(difference));
    gap_ = 0;
  }
  [[nodiscard]] const std::string& bytes() const { return out_; }

 private:
  std::string out_;
  std::uint64_t gap_ = 0;
};

class ExceptionReader {
 public:
  explicit ExceptionReader(std::string_view bytes) : reader_(bytes) { read_gap(); }
  std::uint64_t next() {
    if (gap_ != 0) {
      --gap_;
      return 0;
    }
    return read_difference();
  }
  [[nodiscard]] bool done() const { return reader_.done(); }

 private:
  // By itself, so that what mostly happens is inlined.
  [[gnu::noinline]] std::uint64_t read_difference() {
    const std::uint64_t difference = unzigzag(reader_.varint());
    read_gap();
    return difference;
  }
  void read_gap() { gap_ = reader_.empty() ? std::numeric_limits<std::uint64_t>::max() : reader_.varint(); }
  ByteReader reader_;
  std::uint64_t gap_ = 0;
};

/// Differences of numbers to the ones before them, less the least one: what a clock that was set back costs is one
/// wide plane of one value, not wide numbers everywhere.
struct Steps {
  std::uint64_t least = 0;
  std::vector<std::uint64_t> above;  // of the second number on
};
template <class Value>
Steps steps_of(std::span<const Record> records, Value value) {
  Steps steps;
  if (records.size() < 2) return steps;
  steps.above.resize(records.size() - 1);
  auto least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 1; i < records.size(); ++i) {
    const std::uint64_t step = value(records[i]) - value(records[i - 1]);
    least = std::min(least, static_cast<std::int64_t>(step));
    steps.above[i - 1] = step;
  }
  steps.least = static_cast<std::uint64_t>(least);
  for (std::uint64_t& step : steps.above) step -= steps.least;
  return steps;
}

std::string seq_exceptions(std::span<const Record> records) {
  ExceptionWriter exceptions;
  for (std::size_t i = 1; i < records.size(); ++i)
    exceptions.next(records[i].seq - std::max(records[i - 1].seq + 1, tick(count(records[i].place_time))));
  return exceptions.bytes();
}

/// What a line's head_level mostly is: that of the last head on its stream, or its own.
class HeadLevels {
 public:
  text::Level next(const Record& record) {
    if (record.continues) return last_[record.stream == text::StdStream::err];
    return last_[record.stream == text::StdStream::err] = record.level;
  }

 private:
  std::array<text::Level, 2> last_{};
};

bool read_flags(std::uint8_t flags, Record& record) {
  const unsigned level = flags & 7U;
  const unsigned kind = (flags >> 4) & 3U;
  if (level >= text::level_count || kind > static_cast<unsigned>(text::Kind::logfmt)) return false;
  record.level = static_cast<text::Level>(level);
  record.stream = (flags & 8U) != 0 ? text::StdStream::err : text::StdStream::out;
  record.kind = static_cast<text::Kind>(kind);
  record.continues = (flags & 0x40U) != 0;
  record.truncated = (flags & 0x80U) != 0;
  return true;
}

}  // namespace

std::uint8_t pack_flags(const Record& record) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(record.level) | static_cast<unsigned>(record.stream) << 3 |
                                   static_cast<unsigned>(record.kind) << 4 | unsigned{record.continues} << 6 |
                                   unsigned{record.truncated} << 7);
}

std::uint32_t add_planes(PartWriter& part, std::uint32_t id, std::span<const std::uint64_t> values) {
  std::uint64_t all = 0;
  for (const std::uint64_t value : values) all |= value;
  std::uint32_t planes = 0;
  std::string plane(values.size(), '\0');
  for (; all != 0; all >>= 8, ++planes) {
    for (std::size_t i = 0; i < values.size(); ++i) plane[i] = static_cast<char>(values[i] >> (8 * planes));
    part.add(id + planes, plane);
  }
  return planes;
}

Result<> read_planes(const Part& part, std::uint32_t id, std::uint64_t planes, std::span<std::uint64_t> values) {
  if (planes > 8) return damaged("a number has more than eight bytes");
  std::ranges::fill(values, 0);
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    auto bytes = part.section(id + plane);
    if (!bytes) return forward(bytes);
    if (bytes->size != values.size()) return damaged("a plane of numbers does not have one for each line");
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes->data[i])) << (8 * plane);
  }
  return {};
}

void add_rows(PartWriter& part, std::span<const Record> records, std::uint32_t bytes,
              std::span<const std::uint8_t> predicted) {
  const Steps times = steps_of(records, [](const Record& record) { return bits(record.time); });
  std::string flags(records.size(), '\0');
  ExceptionWriter places;
  ExceptionWriter head_levels;
  HeadLevels heads;
  Time place = records.front().time;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    flags[i] = static_cast<char>(pack_flags(record) ^ (predicted.empty() ? 0 : predicted[i]));
    head_levels.next(static_cast<std::uint64_t>(record.head_level) - static_cast<std::uint64_t>(heads.next(record)));
    places.next(bits(record.place_time) - bits(std::max(place, record.time)));
    place = record.place_time;
  }
  std::string seqs = seq_exceptions(records);
  Steps seq_steps;
  if (seqs.size() > records.size() / 8) {  // not made of times: lines of a plain file have their offset
    seqs.clear();
    seq_steps = steps_of(records, [](const Record& record) { return record.seq; });
  }

  const auto planes_of = [](const Steps& steps) {
    std::uint64_t all = 0;
    for (const std::uint64_t step : steps.above) all |= step;
    return static_cast<std::uint64_t>((std::bit_width(all) + 7) / 8);
  };
  std::string head;
  append_varint(head, records.size());
  append_varint(head, bytes);
  append_fixed(head, bits(records.front().time));
  append_varint(head, zigzag(times.least));
  append_varint(head, planes_of(times));
  append_varint(head, records.front().seq);
  append_varint(head, seq_steps.above.empty() ? 0 : 1);
  if (!seq_steps.above.empty()) {
    append_varint(head, zigzag(seq_steps.least));
    append_varint(head, planes_of(seq_steps));
  }
  part.add(row_section::head, head);
  part.add(row_section::flags, flags);
  part.add(row_section::seqs, seqs);
  part.add(row_section::places, places.bytes());
  part.add(row_section::head_levels, head_levels.bytes());
  add_planes(part, row_section::time_planes, times.above);
  add_planes(part, row_section::seq_planes, seq_steps.above);
}

Result<RowsHead> read_rows_head(const Part& part) {
  auto bytes = part.section(row_section::head);
  if (!bytes) return forward(bytes);
  ByteReader reader(bytes->view());
  const std::uint64_t lines = reader.varint();
  const std::uint64_t size = reader.varint();
  if (!reader.ok() || lines == 0 || lines > max_block_lines || size > max_block_bytes)
    return damaged("it counts more lines than a block has, or none");
  return RowsHead{static_cast<std::uint32_t>(lines), static_cast<std::uint32_t>(size)};
}

Result<std::vector<Record>> read_rows(const Part& part, std::span<const std::uint8_t> predicted) {
  const auto head = read_rows_head(part);
  if (!head) return std::unexpected(head.error());
  auto head_bytes = part.section(row_section::head);
  if (!head_bytes) return forward(head_bytes);
  ByteReader reader(head_bytes->view());
  (void)reader.varint();
  (void)reader.varint();
  auto time = reader.fixed<std::uint64_t>();
  const std::uint64_t least_step = unzigzag(reader.varint());
  const std::uint64_t time_planes = reader.varint();
  Seq seq = reader.varint();
  const bool explicit_seqs = reader.varint() != 0;
  const std::uint64_t least_seq_step = explicit_seqs ? unzigzag(reader.varint()) : 0;
  const std::uint64_t seq_planes = explicit_seqs ? reader.varint() : 0;
  if (!reader.done()) return damaged("its head is cut off");

  std::vector<std::uint64_t> steps(head->lines - 1);
  if (auto read = read_planes(part, row_section::time_planes, time_planes, steps); !read) return forward(read);
  auto flags = part.section(row_section::flags);
  if (!flags) return forward(flags);
  auto places_bytes = part.section(row_section::places);
  if (!places_bytes) return forward(places_bytes);
  auto levels_bytes = part.section(row_section::head_levels);
  if (!levels_bytes) return forward(levels_bytes);
  auto seqs_bytes = part.section(row_section::seqs);
  if (!seqs_bytes) return forward(seqs_bytes);
  if (flags->size != head->lines || (!predicted.empty() && predicted.size() != head->lines))
    return damaged("its flags are not one for each line");

  std::vector<Record> records(head->lines);
  ExceptionReader places(places_bytes->view());
  ExceptionReader head_levels(levels_bytes->view());
  HeadLevels heads;
  Time place = from_bits(time);
  for (std::size_t i = 0; i < records.size(); ++i) {
    Record& record = records[i];
    if (i > 0) time += least_step + steps[i - 1];
    record.time = from_bits(time);
    place = from_bits(bits(std::max(place, record.time)) + places.next());
    record.place_time = place;
    const std::uint8_t flag =
        static_cast<std::uint8_t>(flags->data[i]) ^ (predicted.empty() ? std::uint8_t{0} : predicted[i]);
    if (!read_flags(flag, record)) return damaged("a line has a level or kind that does not exist");
    const std::uint64_t level = static_cast<std::uint64_t>(heads.next(record)) + head_levels.next();
    if (level >= text::level_count) return damaged("a line has a level that does not exist");
    record.head_level = static_cast<text::Level>(level);
  }

  if (explicit_seqs) {
    if (auto read = read_planes(part, row_section::seq_planes, seq_planes, steps); !read) return forward(read);
  }
  ExceptionReader seqs(seqs_bytes->view());
  records.front().seq = seq;
  for (std::size_t i = 1; i < records.size(); ++i) {
    seq = explicit_seqs ? seq + least_seq_step + steps[i - 1]
                        : std::max(seq + 1, tick(count(records[i].place_time))) + seqs.next();
    records[i].seq = seq;
  }
  if (!places.done() || !head_levels.done() || !seqs.done()) return damaged("it has exceptions for lines it has not");
  return records;
}

}  // namespace taffrail::history
