#include "history/block/block_filter.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"

namespace taffrail::history {
namespace {

constexpr unsigned probes = 5;
constexpr std::size_t line_bits = 512;
/// A filter is about a quarter of its block at most, or so many bytes: of a small block that is less than is read at
/// once. Lines with trace ids need that much; at a fifth their filters would deny no part of twelve characters.
constexpr std::size_t largest_share = 4;
constexpr std::size_t least_allowed = 1024;
/// Before keys are left out: one of forty-three answers is wrong then.
constexpr std::size_t least_bits_per_key = 8;
constexpr std::uint8_t words_bit = 1;
constexpr std::uint8_t other_letters_bit = 2;
constexpr std::uint8_t tokens_bit = 4;

/// The nearest of 1, 2, 3, 4, 6, 8, 11, 16, 23 …: filters of one size can lie line by line in rows.
std::size_t on_ladder(std::size_t lines) {
  const double step = std::round(std::log2(static_cast<double>(std::max<std::size_t>(lines, 1))) * 2);
  const auto rounded = static_cast<std::size_t>(std::lround(std::exp2(step / 2)));
  return std::min(rounded, BlockFilter::max_lines);
}

/// The bits of a key in its line: nine bits of the key each, none of those that chose the line.
template <class Use>
void each_bit(std::uint64_t key, Use use) {
  for (unsigned probe = 0; probe < probes; ++probe) use(static_cast<unsigned>(key >> (9 * probe) & (line_bits - 1)));
}

}  // namespace

std::size_t BlockFilter::line_of(std::uint64_t key, std::size_t lines) { return ((key >> 45) * lines) >> 19; }

bool BlockFilter::holds(const Line& line, std::uint64_t key) {
  bool all = true;
  each_bit(key, [&](unsigned bit) { all = all && (line[bit / 64] >> (bit % 64) & 1U) != 0; });
  return all;
}

BlockFilter BlockFilter::build(FilterKeys& keys, std::size_t block_bytes) {
  const std::size_t most_bits = (block_bytes / largest_share + least_allowed) * 8;
  const FilterKeys::Chosen chosen = keys.choose(most_bits / least_bits_per_key);
  BlockFilter filter;
  filter.kinds_ = chosen.kinds;
  const std::size_t bits = std::min(chosen.keys.size() * bits_per_key, most_bits);
  filter.lines_.resize(on_ladder((bits + line_bits / 2) / line_bits));
  for (const std::uint64_t key : chosen.keys) {
    Line& line = filter.lines_[line_of(key, filter.lines_.size())];
    each_bit(key, [&](unsigned bit) { line[bit / 64] |= std::uint64_t{1} << (bit % 64); });
  }
  return filter;
}

std::string BlockFilter::encode() const {
  std::string out = "TBF";
  out.push_back(static_cast<char>(format_version));
  append_fixed(out, static_cast<std::uint16_t>(kinds_.part_length));
  append_fixed(
      out, static_cast<std::uint16_t>((kinds_.words ? words_bit : 0) | (kinds_.other_letters ? other_letters_bit : 0) |
                                      (kinds_.tokens ? tokens_bit : 0)));
  append_fixed(out, static_cast<std::uint32_t>(lines_.size()));
  const std::string_view body(reinterpret_cast<const char*>(lines_.data()), lines_.size() * sizeof(Line));
  const std::uint64_t check = XXH3_64bits_withSeed(body.data(), body.size(), XXH3_64bits(out.data(), out.size()));
  append_fixed(out, check);
  return out.append(body);
}

Result<BlockFilter::Header> BlockFilter::read_header(std::string_view head, std::size_t size) {
  if (head.size() < header_bytes || head.substr(0, 3) != "TBF") return damaged("its filter does not begin as one");
  if (const auto version = static_cast<std::uint8_t>(head[3]); version != format_version)
    return fail(ErrorCode::unsupported, fmt::format("a stored filter has version {} of the format, and this program "
                                                    "knows version {}: use a later release",
                                                    version, format_version));
  ByteReader reader(head.substr(4));
  Header header;
  header.kinds.part_length = reader.fixed<std::uint16_t>();
  const auto kinds = reader.fixed<std::uint16_t>();
  header.kinds.words = (kinds & words_bit) != 0;
  header.kinds.other_letters = (kinds & other_letters_bit) != 0;
  header.kinds.tokens = (kinds & tokens_bit) != 0;
  header.lines = reader.fixed<std::uint32_t>();
  header.check = reader.fixed<std::uint64_t>();
  if (header.lines == 0 || header.lines > max_lines || size != header_bytes + header.lines * sizeof(Line))
    return damaged("its filter is shorter or longer than it says");
  if ((header.kinds.part_length != 0 && header.kinds.part_length < 8) ||
      kinds > (words_bit | other_letters_bit | tokens_bit))
    return damaged("its filter has impossible keys");
  return header;
}

Result<BlockFilter> BlockFilter::decode(std::string_view bytes) {
  auto header = read_header(bytes.substr(0, header_bytes), bytes.size());
  if (!header) return forward(header);
  const std::string_view body = bytes.substr(header_bytes);
  if (XXH3_64bits_withSeed(body.data(), body.size(), XXH3_64bits(bytes.data(), 12)) != header->check)
    return damaged("the checksum of its filter is wrong");
  BlockFilter filter;
  filter.kinds_ = header->kinds;
  filter.lines_.resize(header->lines);
  std::memcpy(filter.lines_.data(), body.data(), body.size());
  return filter;
}

bool BlockFilter::may_hold(std::span<const std::uint64_t> keys) const {
  return std::ranges::all_of(keys,
                             [this](std::uint64_t key) { return holds(lines_[line_of(key, lines_.size())], key); });
}

bool BlockFilter::may_hold(const Literal& literal) const {
  return !cannot_hold(kinds_, literal) && may_hold(keys_of(literal, kinds_));
}

}  // namespace taffrail::history
