#include "history/stored_block.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "history/block/block.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/plain_block.hpp"
#include "text/ansi.hpp"

namespace taffrail::history {
namespace {

Time time_of(std::int64_t ns) { return Time(Duration(ns)); }
std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

/// Who looks for something sees lines without their escape sequences: what these part is a key as well.
void add_without_escapes(FilterKeys& keys, const Batch& lines) {
  if (!text::has_ansi(lines.bytes)) return;
  for (const Record& record : lines.records) {
    if (text::has_ansi(lines.text(record))) keys.add_text(text::strip_ansi(lines.text(record)));
  }
}

std::uint64_t size_of(const EncodedRow& row) {
  std::uint64_t size = row.roll_up.size() + row.filter.size();
  for (const std::string& part : row.parts) size += part.size();
  return size;
}

void add_filter(EncodedRow& row, FilterKeys& keys) {
  row.filter = BlockFilter::build(keys, size_of(row)).encode();
  row.info.size = size_of(row);
}

}  // namespace

BlockInfo BlockInfo::read(const store::Statement& row) {
  BlockInfo info;
  info.key = row.integer(0);
  info.log = row.integer(1);
  info.kind = row.integer(2) == 0 ? Kind::plain : Kind::templates;
  info.first = {time_of(row.integer(4)), static_cast<Seq>(row.integer(3))};
  info.last = {time_of(row.integer(6)), static_cast<Seq>(row.integer(5))};
  info.least = time_of(row.integer(7));
  info.greatest = time_of(row.integer(8));
  info.lines = static_cast<std::uint32_t>(row.integer(9));
  info.raw = static_cast<std::uint32_t>(row.integer(10));
  info.size = static_cast<std::uint64_t>(row.integer(11));
  info.levels = static_cast<std::uint8_t>(row.integer(12));
  return info;
}

void describe(EncodedRow& row, const Batch& lines) {
  BlockInfo& info = row.info;
  info.first = lines.records.front().place();
  info.last = lines.records.back().place();
  info.least = info.greatest = lines.records.front().time;
  info.lines = static_cast<std::uint32_t>(lines.records.size());
  info.raw = 0;
  info.levels = 0;
  for (const Record& record : lines.records) {
    info.least = std::min(info.least, record.time);
    info.greatest = std::max(info.greatest, record.time);
    info.raw += record.size;
    info.levels |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(record.head_level));
  }
  row.roll_up = RollUp::of(lines.records).encode();
  info.size = size_of(row);
}

Result<EncodedRow> RowWriter::plain(const Batch& lines) {
  auto part = encode_plain(lines);
  if (!part) return forward(part);
  EncodedRow row;
  describe(row, lines);
  row.info.kind = BlockInfo::Kind::plain;
  row.parts[std::to_underlying(PartOf::plain)] = std::move(*part);
  if (!plain_keys_) plain_keys_.emplace(false);
  plain_keys_->clear();
  for (const Record& record : lines.records) plain_keys_->add_text(lines.text(record));
  add_without_escapes(*plain_keys_, lines);
  add_filter(row, *plain_keys_);
  return row;
}

Result<EncodedRow> RowWriter::templates(const Batch& lines) {
  if (!writer_) writer_.emplace(text_level_);
  if (!keys_) keys_.emplace();
  auto block = writer_->encode(lines, &*keys_);
  if (!block) return forward(block);
  EncodedRow row;
  describe(row, lines);
  row.info.kind = BlockInfo::Kind::templates;
  row.parts[std::to_underlying(PartOf::rows)] = std::move(block->rows);
  row.parts[std::to_underlying(PartOf::text)] = std::move(block->text);
  row.parts[std::to_underlying(PartOf::digits)] = std::move(block->digits);
  add_without_escapes(*keys_, lines);
  add_filter(row, *keys_);
  return row;
}

Result<store::Statement> blocks_of(store::Snapshot& snapshot, LogKey log) {
  static const std::string sql =
      fmt::format("SELECT {} FROM block WHERE log = ?1 ORDER BY last_seq", BlockInfo::columns);
  return snapshot.query(sql, log);
}

Result<BlockKey> insert_block(store::Transaction& transaction, LogKey log, const EncodedRow& row) {
  const BlockInfo& info = row.info;
  auto done = transaction.run(
      "INSERT INTO block(log, kind, first_seq, first_place, last_seq, last_place, least, greatest, lines, raw, size, "
      "levels, roll_up) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      log, std::to_underlying(info.kind), info.first.seq, ns_of(info.first.time), info.last.seq, ns_of(info.last.time),
      ns_of(info.least), ns_of(info.greatest), info.lines, info.raw, info.size, info.levels,
      std::as_bytes(std::span(row.roll_up)));
  if (!done) return forward(done);
  const BlockKey key = transaction.last_row();
  for (std::size_t part = 0; part < row.parts.size(); ++part) {
    if (row.parts[part].empty()) continue;
    done = transaction.run("INSERT INTO part(id, bytes) VALUES (?1, ?2)", part_key(key, static_cast<PartOf>(part)),
                           std::as_bytes(std::span(row.parts[part])));
    if (!done) return forward(done);
  }
  done = transaction.run("INSERT INTO filter(block, bytes) VALUES (?1, ?2)", key, std::as_bytes(std::span(row.filter)));
  if (!done) return forward(done);
  return key;
}

Result<> delete_block(store::Transaction& transaction, BlockKey block) {
  auto done = transaction.run("DELETE FROM part WHERE id BETWEEN ?1 AND ?2", part_key(block, PartOf::plain),
                              part_key(block, PartOf::digits));
  if (done) done = transaction.run("DELETE FROM filter WHERE block = ?1", block);
  if (done) done = transaction.run("DELETE FROM block WHERE id = ?1", block);
  return done;
}

Result<bool> is_there(store::Snapshot& snapshot, BlockKey block) {
  auto row = snapshot.query("SELECT 1 FROM block WHERE id = ?1", block);
  if (!row) return forward(row);
  return row->step();
}

Result<std::string> read_part(store::Snapshot& snapshot, BlockKey block, PartOf part) {
  auto row = snapshot.query("SELECT bytes FROM part WHERE id = ?1", part_key(block, part));
  if (!row) return forward(row);
  auto there = row->step();
  if (!there) return forward(there);
  if (!*there) {
    auto exists = is_there(snapshot, block);
    if (!exists) return forward(exists);
    if (!*exists) return fail(ErrorCode::not_found, fmt::format("block {} is no more", block));
    return fail(ErrorCode::damaged, fmt::format("part {} of block {} is missing", std::to_underlying(part), block));
  }
  const store::Bytes bytes = row->bytes(0);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<Batch> decode_lines(const EncodedRow& row) {
  const auto part = [&](PartOf of) -> const std::string& { return row.parts[std::to_underlying(of)]; };
  if (row.info.kind == BlockInfo::Kind::plain) return decode_plain(part(PartOf::plain));
  return Block(part(PartOf::rows), part(PartOf::text), part(PartOf::digits)).lines();
}

Result<Batch> read_lines(store::Snapshot& snapshot, const BlockInfo& block) {
  EncodedRow row{.info = block, .parts = {}, .filter = {}, .roll_up = {}};
  for (const PartOf of : parts_of(block.kind)) {
    auto part = read_part(snapshot, block.key, of);
    if (!part) return forward(part);
    row.parts[std::to_underlying(of)] = std::move(*part);
  }
  auto lines = decode_lines(row);
  // The schema's version is known, so a part of an unknown one is no part any more.
  if (!lines) return fail(ErrorCode::damaged, std::move(lines.error().detail));
  // A row has no checksum: what it says is held against its lines.
  const std::vector<Record>& records = lines->records;
  if (records.size() != block.lines || records.empty() || records.front().place() != block.first ||
      records.back().place() != block.last)
    return fail(ErrorCode::damaged, fmt::format("the row of block {} is not that of its lines", block.key));
  return lines;
}

}  // namespace taffrail::history
