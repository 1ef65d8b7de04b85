#include "history/block/block.hpp"

#include <numeric>

#include "history/block/block_fixture.hpp"
#include "history/block/block_limits.hpp"
#include "history/block/block_writer.hpp"
#include "history/block/plain_block.hpp"

namespace taffrail::history {
namespace {

bool same(const Record& a, const Record& b) {
  return a.seq == b.seq && a.time == b.time && a.place_time == b.place_time && a.level == b.level &&
         a.head_level == b.head_level && a.stream == b.stream && a.kind == b.kind && a.continues == b.continues &&
         a.truncated == b.truncated;
}

void expect_same(const Batch& got, const Batch& wanted) {
  ASSERT_EQ(got.records.size(), wanted.records.size());
  for (std::size_t i = 0; i < wanted.records.size(); ++i) {
    ASSERT_TRUE(same(got.records[i], wanted.records[i])) << "line " << i;
    ASSERT_EQ(got.text(got.records[i]), wanted.text(wanted.records[i])) << "line " << i;
  }
}

/// Writes the lines both ways, and reads them.
void expect_round_trip(const Batch& lines, BlockWriter& writer) {
  const auto plain = encode_plain(lines);
  ASSERT_TRUE(plain) << plain.error().detail;
  const auto from_plain = decode_plain(*plain);
  ASSERT_TRUE(from_plain) << from_plain.error().detail;
  expect_same(*from_plain, lines);

  const auto encoded = writer.encode(lines);
  ASSERT_TRUE(encoded) << encoded.error().detail;
  Block block(encoded->rows, encoded->text, encoded->digits);
  const auto read = block.lines();
  ASSERT_TRUE(read) << read.error().detail;
  expect_same(*read, lines);
}

void expect_round_trip(const Batch& lines) {
  BlockWriter writer;
  expect_round_trip(lines, writer);
}

TEST(Block, KeepsEveryByteOfEveryLine) {
  expect_round_trip(batch_of({""}));
  expect_round_trip(batch_of({"", "", "7"}));
  expect_round_trip(batch_of({
      "",
      std::string("\0\1\xFF\r\x1B[31m", 9),
      std::string(16'385, 'x'),
      std::string(16'384, '7'),
      std::string(16'384, '"'),
      "123456789012345678901234",
      "a \"b",
      R"("say \"12\" to" "me")",
      R"({"msg": "conn 17 from \\", "n": 5, "e": ""})",
      "0x68207B7 0x68207b7 0x6b7B7 0xdead 0x12",
      "deadbeef1 DEADBEEF1 DeadBeef1 a1b2 a1b2c3 user1234",
      "9 99 999 9999 99999 1234567890123456789 12345678901234567890",
      std::string(64, 'f') + "1",
      std::string(63, 'f') + "1",
      "x" + std::string(20, '5'),
      std::string("\xC3\xA9") + "12\xC3\xA9",
  }));
}

TEST(Block, KeepsTimesSeqsAndFlagsWhateverTheClockDid) {
  Batch batch = batch_of({"a", "b", "c", "d", "e", "f", "g", "h"});
  std::vector<Record>& records = batch.records;
  records[1].time = records[0].time;  // equal
  records[2].time = records[1].time - std::chrono::days(1);
  records[3].time = records[1].time + std::chrono::seconds(5);
  records[4].time = Time::max();  // does not count as a place
  records[5].time = Time::min();
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].place_time = Time{Duration{first_time + static_cast<std::int64_t>(i)}};
    records[i].seq = i == 3 ? 1'000 : 1 + i;
  }
  records[7].seq = ~Seq{0};
  records[0].level = records[0].head_level = text::Level::error;
  records[1].continues = true;
  records[1].head_level = text::Level::error;
  records[2].continues = true;
  records[2].stream = text::StdStream::err;
  records[2].head_level = text::Level::fatal;  // its head was in the block before
  records[3].truncated = true;
  records[4].kind = text::Kind::logfmt;
  records[5].kind = text::Kind::json;
  records[6].level = text::Level::fatal;  // and no head_level: nobody promised one
  expect_round_trip(batch);
}

TEST(Block, KeepsRandomLinesOfServicesAndOfNobody) {
  BlockWriter writer;  // one for all: nothing of a block may stay for the next
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    LineMaker make(seed);
    Batch batch;
    Time time{Duration{first_time}};
    Seq seq = 0;
    for (std::uint64_t left = 1 + make.below(1500); left > 0; --left) {
      time += Duration{static_cast<std::int64_t>(make.below(5'000'000'000) >> make.below(33))};
      if (make.below(100) == 0) time -= std::chrono::hours(make.below(30));
      batch.append(time, make.below(4) == 0 ? text::StdStream::err : text::StdStream::out,
                   seed % 3 == 0 || (seed % 3 == 1 && make.below(10) != 0) ? make.service_line() : make.hostile_line(),
                   make.below(50) == 0);
      Record& record = batch.records.back();
      record.level = static_cast<text::Level>(make.below(text::level_count));
      record.head_level = make.below(3) == 0 ? record.level : text::Level::error;
      record.kind = static_cast<text::Kind>(make.below(3));
      record.continues = make.below(5) == 0;
      seq = seed % 2 == 0 ? std::max(seq + 1, tick_of(time)) : seq + record.size + 1;
      record.seq = seq;
    }
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(batch, writer)) << "seed " << seed;
  }
}

TEST(Block, GivesChosenLinesAlone) {
  LineMaker make(7);
  std::vector<std::string> lines;
  lines.reserve(2000);
  for (int i = 0; i < 2000; ++i) lines.push_back(make.below(4) == 0 ? make.hostile_line() : make.service_line());
  const Batch batch = batch_of(lines);
  const auto encoded = BlockWriter().encode(batch);
  ASSERT_TRUE(encoded);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint32_t> chosen;
    const std::uint64_t one_of = 1 + make.below(round % 2 == 0 ? 5 : 700);
    for (std::uint32_t i = 0; i < lines.size(); ++i) {
      if (make.below(one_of) == 0) chosen.push_back(i);
    }
    Block block(encoded->rows, encoded->text, encoded->digits);
    const auto got = block.texts(chosen);
    ASSERT_TRUE(got) << got.error().detail;
    ASSERT_EQ(got->records.size(), chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) ASSERT_EQ(got->text(got->records[i]), lines[chosen[i]]);
  }
  Block block(encoded->rows, encoded->text, encoded->digits);
  EXPECT_EQ(block.texts(std::vector<std::uint32_t>{3, 2}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(block.texts(std::vector<std::uint32_t>{2000}).error().code, ErrorCode::invalid_argument);
}

TEST(Block, RefusesMoreThanABlockHas) {
  EXPECT_EQ(encode_plain(Batch{}).error().code, ErrorCode::invalid_argument);
  Batch many;
  for (std::size_t i = 0; i <= max_block_lines; ++i) many.append(Time{}, text::StdStream::out, "", false);
  EXPECT_EQ(BlockWriter().encode(many).error().code, ErrorCode::too_large);
  Batch large;
  for (int i = 0; i < 33; ++i) large.append(Time{}, text::StdStream::out, std::string(262'144, 'x'), false);
  EXPECT_EQ(encode_plain(large).error().code, ErrorCode::too_large);
}

TEST(Block, HoldsMoreTemplatesAndColumnsThanThereAre) {
  LineMaker make(3);
  std::vector<std::string> lines;
  lines.reserve(70'000);
  for (int i = 0; i < 70'000; ++i)
    lines.push_back(make.some("abcdefghijklmnopqrstuvwxyz", 8) + " " + make.number(1000));
  expect_round_trip(batch_of(lines));  // 65,000 templates, and 512 columns for 17,576 contexts
}

TEST(Block, HasNoSeqsToStoreThatAnEngineMade) {
  std::vector<std::string> lines(1000, "x");
  const auto encoded = BlockWriter().encode(batch_of(lines));
  ASSERT_TRUE(encoded);
  const auto part = Part::open(encoded->rows, PartKind::rows);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->raw_size(row_section::seqs), 0U);
  EXPECT_EQ(part->raw_size(row_section::seq_planes), 0U);
}

/// Flips each bit of a sample of places, and cuts at each.
void expect_damage_is_seen(const std::string& bytes, const std::function<bool(std::string_view)>& reads) {
  ASSERT_TRUE(reads(bytes));
  for (std::size_t at = 0; at < bytes.size(); at += 1 + at / 64) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ (1 << at % 8));
    EXPECT_FALSE(reads(broken)) << "flipped at " << at;
    EXPECT_FALSE(reads(std::string_view(bytes).substr(0, at))) << "cut at " << at;
  }
  EXPECT_FALSE(reads(bytes + '\0'));
}

TEST(Block, SeesEveryFlippedBitAndEveryCut) {
  LineMaker make(11);
  std::vector<std::string> lines;
  lines.reserve(300);
  for (int i = 0; i < 300; ++i) lines.push_back(make.below(9) == 0 ? make.hostile_line() : make.service_line());
  const auto encoded = BlockWriter().encode(batch_of(lines));
  ASSERT_TRUE(encoded);
  const auto reads = [](std::string_view rows, std::string_view text, std::string_view digits) {
    return Block(rows, text, digits).lines().has_value();
  };
  expect_damage_is_seen(encoded->rows, [&](auto broken) { return reads(broken, encoded->text, encoded->digits); });
  expect_damage_is_seen(encoded->text, [&](auto broken) { return reads(encoded->rows, broken, encoded->digits); });
  expect_damage_is_seen(encoded->digits, [&](auto broken) { return reads(encoded->rows, encoded->text, broken); });
  const auto plain = encode_plain(batch_of(lines));
  ASSERT_TRUE(plain);
  expect_damage_is_seen(*plain, [](auto broken) { return decode_plain(broken).has_value(); });
  // Parts of two blocks do not make one.
  lines.pop_back();
  const auto other = BlockWriter().encode(batch_of(lines));
  ASSERT_TRUE(other);
  EXPECT_FALSE(reads(other->rows, encoded->text, encoded->digits));
  EXPECT_FALSE(reads(encoded->rows, encoded->text, other->digits));
}

TEST(Block, SaysThatALaterVersionIsNotDamage) {
  auto plain = encode_plain(batch_of({"x"}));
  ASSERT_TRUE(plain);
  (*plain)[3] = 2;
  const auto read = decode_plain(*plain);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
  EXPECT_EQ(read.error().detail,
            "a stored block has version 2 of the format, and this program knows version 1: use a later release");
}

}  // namespace
}  // namespace taffrail::history
