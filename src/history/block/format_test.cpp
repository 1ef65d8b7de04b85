// docs/formats/block.md: its example is what is written, and what is read.

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "history/block/block.hpp"
#include "history/block/block_filter.hpp"
#include "history/block/block_fixture.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/plain_block.hpp"

namespace taffrail::history {
namespace {

Batch example(const std::vector<std::string>& lines) {
  Batch batch = batch_of(lines);
  for (Record& record : batch.records) record.level = record.head_level = text::Level::info;
  return batch;
}
Batch example() {
  return example({"10:00:01 job 17 by deadbeef01 \"lease 5 renewed\"", "at 0x1F2E aZ19bQ28c", std::string("\0raw", 4)});
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    char text[4];
    std::snprintf(text, sizeof text, "%02x ", static_cast<unsigned char>(c));
    out += text;
  }
  if (!out.empty()) out.pop_back();
  return out;
}
std::string bytes_of(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at + 2 <= text.size(); at += 3)
    out += static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16));
  return out;
}

/// The rows of the table behind "## Example": part and section, and bytes in hexadecimal.
std::map<std::string, std::string> documented() {
  std::ifstream file(TAFFRAIL_DOCS "/formats/block.md");
  std::map<std::string, std::string> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    inside = inside || line == "## Example";
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    if (inside && cells.size() == 4 && cells[3].starts_with(" `"))
      rows[cells[1].substr(1, 1) + cells[2].substr(1, cells[2].size() - 2)] = cells[3].substr(2, cells[3].size() - 4);
  }
  return rows;
}

void add_sections(std::map<std::string, std::string>& rows, std::string_view bytes, PartKind kind) {
  const auto part = Part::open(bytes, kind);
  ASSERT_TRUE(part);
  for (const Part::Section& section : part->sections())
    rows[std::string(1, static_cast<char>(kind)) + std::to_string(section.id)] = hex(part->section(section.id)->view());
}

TEST(BlockFormat, WritesTheSectionsOfItsDescription) {
  const auto encoded = BlockWriter().encode(example());
  ASSERT_TRUE(encoded);
  std::map<std::string, std::string> rows;
  add_sections(rows, encoded->rows, PartKind::rows);
  add_sections(rows, encoded->text, PartKind::text);
  add_sections(rows, encoded->digits, PartKind::digits);
  rows["L"] = hex(*encode_plain(example({"a 1"})));
  FilterKeys keys;
  keys.add_text("id 91237");
  rows["F"] = hex(BlockFilter::build(keys, 0).encode());
  EXPECT_EQ(rows, documented());
}

TEST(BlockFormat, ReadsTheSectionsOfItsDescription) {
  PartWriter rows(PartKind::rows);
  PartWriter text(PartKind::text);
  PartWriter digits(PartKind::digits);
  std::string plain;
  for (const auto& [name, value] : documented()) {
    const std::string bytes = bytes_of(value);
    if (name[0] == 'F') {
      const auto filter = BlockFilter::decode(bytes);
      ASSERT_TRUE(filter) << filter.error().detail;
      EXPECT_TRUE(filter->may_hold({.text = "91237", .whole = true}));
      EXPECT_FALSE(filter->may_hold({.text = "91238", .whole = true}));
    } else if (name[0] == 'L') {
      plain = bytes;
    } else {
      (name[0] == 'A'   ? rows
       : name[0] == 'B' ? text
                        : digits)
          .add(static_cast<std::uint32_t>(std::stoul(name.substr(1))), bytes);
    }
  }
  const std::string a = rows.finish();
  const std::string b = text.finish();
  const std::string c = digits.finish();
  const Batch wanted = example();
  Block block(a, b, c);
  const auto lines = block.lines();
  ASSERT_TRUE(lines) << lines.error().detail;
  ASSERT_EQ(lines->records.size(), wanted.records.size());
  for (std::size_t i = 0; i < wanted.records.size(); ++i) {
    EXPECT_EQ(lines->text(lines->records[i]), wanted.text(wanted.records[i]));
    EXPECT_EQ(lines->records[i].seq, wanted.records[i].seq);
    EXPECT_EQ(lines->records[i].time, wanted.records[i].time);
    EXPECT_EQ(lines->records[i].level, text::Level::info);
  }
  const auto line = decode_plain(plain);
  ASSERT_TRUE(line) << line.error().detail;
  EXPECT_EQ(line->bytes, "a 1");
}

}  // namespace
}  // namespace taffrail::history
