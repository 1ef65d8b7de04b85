// Takes the input as lines, the first of them as what is looked for in the others: blocks must give back what they were
// made of, and a search must find what a scan of the lines finds, with every kind of filter.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "history/block/block.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_search.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/plain_block.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_same(const Batch& got, const Batch& wanted) {
  require(got.records.size() == wanted.records.size());
  for (std::size_t i = 0; i < wanted.records.size(); ++i) {
    require(got.text(got.records[i]) == wanted.text(wanted.records[i]));
    require(got.records[i].seq == wanted.records[i].seq && got.records[i].time == wanted.records[i].time);
  }
}

void look_for(const Literal& literal, const Batch& lines, Block& block, const std::vector<BlockFilter>& filters) {
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < lines.records.size(); ++i) {
    if (occurs(literal, lines.text(lines.records[i]))) wanted.push_back(i);
  }
  const auto found = BlockSearch(block).find(literal);
  require(found && *found == wanted);
  if (wanted.empty()) return;
  for (const BlockFilter& filter : filters) require(filter.may_hold(literal));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t first = std::min(input.find('\n'), input.size());
  const std::string_view literal = input.substr(0, first);
  input.remove_prefix(std::min(first + 1, input.size()));
  Batch lines;
  std::uint64_t time = 1'764'000'000'000'000'000;
  for (std::size_t begin = 0; begin <= input.size();) {
    const std::size_t end = std::min(input.find('\n', begin), input.size());
    lines.append(Time{Duration{static_cast<std::int64_t>(time)}}, text::StdStream::out,
                 input.substr(begin, end - begin), false);
    lines.records.back().seq = time / 7;
    time += (end - begin) * (end - begin) * 1000;
    begin = end + 1;
  }
  static BlockWriter writer;
  static FilterKeys keys;
  const auto encoded = writer.encode(lines, &keys);
  require(encoded.has_value());
  Block block(encoded->rows, encoded->text, encoded->digits);
  const auto back = block.lines();
  require(back.has_value());
  require_same(*back, lines);
  const auto plain = decode_plain(*encode_plain(lines));
  require(plain.has_value());
  require_same(*plain, lines);

  if (literal.empty()) return 0;
  FilterKeys tokens(false);
  for (const Record& record : lines.records) tokens.add_text(lines.text(record));
  const std::vector<BlockFilter> filters{BlockFilter::build(keys, 1 << 20), BlockFilter::build(keys, 0),
                                         BlockFilter::build(tokens, 1 << 20)};
  for (const bool whole : {false, true}) {
    look_for({.text = std::string(literal), .whole = whole}, lines, block, filters);
    look_for({.text = ascii::to_lower(literal), .folded = true, .whole = whole}, lines, block, filters);
  }
  return 0;
}
