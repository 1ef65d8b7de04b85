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
#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"
#include "history/block/plain_block.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void read(std::string_view rows, std::string_view text, std::string_view digits) {
  Block block(rows, text, digits);
  const auto lines = block.lines();
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
  (void)decode_plain(input);
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
