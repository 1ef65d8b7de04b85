// Takes the input as the sections of a block, `part (0 to 3), id, size (two bytes), bytes`, and gives them the headers
// and checksums that make a reader believe them; and as each kind of BLOB as it is. Whatever is read once must be read
// again by itself as it was.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "history/block/block.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_limits.hpp"
#include "history/block/block_search.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"
#include "history/block/plain_block.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// A search of what nobody wrote must end, with lines of the block or an error.
void look(std::string_view rows, std::string_view text, std::string_view digits) {
  Block block(rows, text, digits);
  BlockSearch search(block);
  for (const bool folded : {false, true}) {
    for (const char* literal : {"a", "12", "beef", " 0x1", "q1w2e3r4", "e: \"5"}) {
      const auto found = search.find({.text = literal, .folded = folded});
      if (!found) continue;
      const auto head = block.head();
      require(head && (found->empty() || found->back() < head->lines));
    }
  }
}

void read(std::string_view rows, std::string_view text, std::string_view digits) {
  Block block(rows, text, digits);
  const auto lines = block.lines();
  look(rows, text, digits);
  if (!lines) {
    require(!lines.error().detail.empty());
    return;
  }
  require(lines->records.size() <= max_block_lines && lines->bytes.size() <= max_block_bytes);
  std::vector<std::uint32_t> odd;
  for (std::uint32_t i = 1; i < lines->records.size(); i += 2) odd.push_back(i);
  Block again(rows, text, digits);
  const auto some = again.texts(odd);
  require(some.has_value());
  for (std::size_t i = 0; i < odd.size(); ++i)
    require(some->text(some->records[i]) == lines->text(lines->records[odd[i]]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read(input, input, input);
  if (const auto plain = decode_plain(input)) require(!plain->records.empty());
  if (const auto filter = BlockFilter::decode(input)) {
    (void)filter->may_hold({.text = "connection 12345 deadbeef1234"});
    require(filter->encode() == input);
  }

  PartWriter parts[] = {PartWriter(PartKind::rows), PartWriter(PartKind::text), PartWriter(PartKind::digits),
                        PartWriter(PartKind::plain)};
  ByteReader reader(input);
  for (std::size_t sections = 0; !reader.empty() && sections < max_sections; ++sections) {
    const auto part = reader.fixed<std::uint8_t>();
    const auto id = reader.fixed<std::uint8_t>();
    const auto length = reader.fixed<std::uint16_t>();
    parts[part % 4].add(id, reader.bytes(length));
  }
  read(parts[0].finish(), parts[1].finish(), parts[2].finish());
  if (const auto plain = decode_plain(parts[3].finish())) {
    const auto back = encode_plain(*plain);
    require(back.has_value() && decode_plain(*back)->bytes == plain->bytes);
  }
  return 0;
}
