#include "history/block/plain_block.hpp"

#include <fmt/format.h>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"
#include "history/block/part.hpp"
#include "history/block/row_columns.hpp"

namespace taffrail::history {

Result<> check_block_limits(const Batch& lines) {
  if (lines.records.empty()) return fail(ErrorCode::invalid_argument, "a block needs a line");
  std::size_t bytes = 0;
  for (const Record& record : lines.records) bytes += record.size;
  if (lines.records.size() > max_block_lines || bytes > max_block_bytes)
    return fail(ErrorCode::too_large, fmt::format("a block has at most {} lines and {} bytes, these are {} and {}",
                                                  max_block_lines, max_block_bytes, lines.records.size(), bytes));
  return {};
}

Result<std::string> encode_plain(const Batch& lines) {
  if (auto within = check_block_limits(lines); !within) return forward(within);
  std::string lengths;
  std::string bytes;
  bytes.reserve(lines.bytes.size());
  for (const Record& record : lines.records) {
    append_varint(lengths, record.size);
    bytes += lines.text(record);
  }
  PartWriter part(PartKind::plain);
  add_rows(part, lines.records, static_cast<std::uint32_t>(bytes.size()), {});
  part.add(row_section::lengths, lengths);
  part.add(row_section::lines, bytes);
  return part.finish();
}

Result<Batch> decode_plain(std::string_view bytes) {
  auto part = Part::open(bytes, PartKind::plain);
  if (!part) return forward(part);
  auto records = read_rows(*part, {});
  if (!records) return forward(records);
  auto lengths_bytes = part->section(row_section::lengths);
  if (!lengths_bytes) return forward(lengths_bytes);
  auto lines = part->section(row_section::lines);
  if (!lines) return forward(lines);
  Batch batch;
  ByteReader lengths(lengths_bytes->view());
  std::uint64_t offset = 0;
  for (Record& record : *records) {
    const std::uint64_t size = lengths.varint();
    if (size > lines->size - offset) return damaged("its lines are longer than their bytes");
    record.offset = static_cast<std::uint32_t>(offset);
    record.size = static_cast<std::uint32_t>(size);
    offset += size;
  }
  if (!lengths.done() || offset != lines->size) return damaged("its lines are shorter than their bytes");
  batch.bytes.assign(lines->view());
  batch.records = std::move(*records);
  return batch;
}

}  // namespace taffrail::history
