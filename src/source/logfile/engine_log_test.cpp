#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "source/logfile/json_log_writer.hpp"
#include "source/logfile/log_reading.hpp"

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;
using text::StdStream;

const Time epoch(1'795'252'205s);

struct Got {
  Seq seq;
  Time time;
  std::string text;
  friend bool operator==(const Got&, const Got&) = default;
};

/// What a test has received of a log so far.
struct Received {
  std::vector<Got> lines;
  std::vector<Got> context;
  std::vector<Gap> gaps;
  bool at_end = false;
  bool done = false;

  void add(const LogReading::Step& step) {
    const Batch& batch = step.chunk.batch;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      const Record& record = batch.records[i];
      (i < step.chunk.context ? context : lines).push_back({record.seq, record.time, std::string(batch.text(record))});
    }
    if (step.chunk.gap) gaps.push_back(*step.chunk.gap);
    at_end = step.chunk.at_end;
    done = !step.more;
  }
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    out.reserve(lines.size());
    for (const Got& got : lines) out.push_back(got.text);
    return out;
  }
};

LogReading::Moment moment(bool finished = false) {
  return {.now = epoch + 24h, .steady = SteadyTime(1h), .finished = finished};
}

void read_to_end(LogReading& log, Received& received, bool final_read = false) {
  do {
    auto step = log.read(moment(final_read));
    ASSERT_TRUE(step.has_value()) << step.error().detail;
    received.add(*step);
  } while (!received.at_end && !received.done);
}

Received read_all(const LogOptions& options, const LogQuery& query) {
  LogReading log(std::make_shared<Log>(options), ContainerId("c"), query);
  Received received;
  const auto opened = log.open(moment());
  EXPECT_TRUE(opened.has_value()) << opened.error().detail;
  if (opened) read_to_end(log, received);
  return received;
}

class EngineLogs : public testing::Test {
 protected:
  LogOptions options(std::uint32_t max_files = 1, std::uint64_t max_size = 0) const {
    LogOptions out;
    out.format = LogFormat::json_file;
    out.path = path_.string();
    out.max_files = max_files;
    out.max_size = max_size;
    return out;
  }
  static LogQuery following() {
    LogQuery query;
    query.follow = true;
    return query;
  }
  static std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) out.push_back(std::to_string(i));
    return out;
  }
  void write_numbers(JsonLogWriter& writer, int count) {
    for (int i = 0; i < count; ++i, ++next_) writer.line(epoch + 1us * next_, StdStream::out, std::to_string(next_));
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "c-json.log";
  int next_ = 0;
};

TEST_F(EngineLogs, CoverTurnedOverAndCompressedFilesOldestFirst) {
  JsonLogWriter writer(path_, 5, true);
  for (int i = 0; i < 4; ++i) {
    write_numbers(writer, 100);
    writer.turn_over();
  }
  write_numbers(writer, 50);
  EXPECT_EQ(read_all(options(5), {}).texts(), numbers(0, 450));
  LogQuery last;
  last.tail = 120;
  EXPECT_EQ(read_all(options(5), last).texts(), numbers(330, 450));
  EXPECT_EQ(read_all(options(5), last).context.size(), 64U);
}

TEST_F(EngineLogs, AreReadWithNoMoreThanAMebibyteBeforeTheAnswer) {
  JsonLogWriter writer(path_, 1, false);
  const std::string rest(200'000, 'x');
  for (int i = 0; i < 100; ++i) writer.line(epoch + 1us * i, StdStream::out, std::to_string(i) + rest);
  LogQuery last;
  last.tail = 2;
  const Received received = read_all(options(1), last);
  EXPECT_EQ(received.lines.size(), 2U);
  // Five lines of 200 KB are less than 1 MiB, and stand right before.
  ASSERT_EQ(received.context.size(), 5U);
  EXPECT_EQ(received.context.front().text.substr(0, 3), "93x");
}

TEST_F(EngineLogs, FollowThroughTurnoversWithoutAGap) {
  JsonLogWriter writer(path_, 3, true);
  LogReading log(std::make_shared<Log>(options(3)), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  for (int i = 0; i < 20; ++i) {
    write_numbers(writer, 30);
    if (i % 2 == 0) writer.turn_over();
    write_numbers(writer, 5);
    if (i % 3 == 0) writer.compress_pending();
    read_to_end(log, received);
  }
  EXPECT_EQ(received.texts(), numbers(0, 700));
  EXPECT_TRUE(received.gaps.empty());
}

TEST_F(EngineLogs, FindTheirPlaceAmongCompressedFilesAfterSeveralTurnoversAtOnce) {
  JsonLogWriter writer(path_, 5, true);
  LogReading log(std::make_shared<Log>(options(5)), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  write_numbers(writer, 10);
  read_to_end(log, received);
  for (int i = 0; i < 3; ++i) {
    write_numbers(writer, 10);
    writer.turn_over();
  }
  writer.compress_pending();
  read_to_end(log, received);
  EXPECT_EQ(received.texts(), numbers(0, 40));
  EXPECT_TRUE(received.gaps.empty());
}

TEST_F(EngineLogs, TellAGapWhenTheEngineThrewLinesAwayUnread) {
  JsonLogWriter writer(path_, 3, false);
  LogReading log(std::make_shared<Log>(options(3)), ContainerId("c"), following());
  write_numbers(writer, 10);
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  read_to_end(log, received);
  for (int i = 0; i < 5; ++i) {
    write_numbers(writer, 10);
    writer.turn_over();
  }
  write_numbers(writer, 10);
  read_to_end(log, received);
  // The file at hand is read to its end although it is gone; the next one that is there begins at 40.
  std::vector<std::string> expected = numbers(0, 20);
  for (const std::string& number : numbers(40, 70)) expected.push_back(number);
  EXPECT_EQ(received.texts(), expected);
  ASSERT_EQ(received.gaps.size(), 1U);
  EXPECT_EQ(received.gaps[0].reason, "rotated");
  EXPECT_EQ(received.gaps[0].after->seq, received.lines[19].seq);
  EXPECT_EQ(received.gaps[0].before->seq, received.lines[20].seq);
  EXPECT_FALSE(received.gaps[0].lines.has_value());
}

TEST_F(EngineLogs, BeginAnewWhenTheFileIsCutAtItsFullSize) {
  JsonLogWriter writer(path_, 1, false);
  LogReading log(std::make_shared<Log>(options(1, 1000)), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  for (int i = 0; i < 200; ++i) {
    if (writer.size() >= 1000) {
      read_to_end(log, received);
      writer.turn_over();
    }
    write_numbers(writer, 1);
  }
  read_to_end(log, received);
  EXPECT_EQ(received.texts(), numbers(0, 200));
  EXPECT_TRUE(received.gaps.empty());
}

TEST_F(EngineLogs, TellAGapWhenTheFileWasCutBeforeItWasReadToItsEnd) {
  JsonLogWriter writer(path_, 1, false);
  LogReading log(std::make_shared<Log>(options(1, 1000)), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  write_numbers(writer, 5);
  read_to_end(log, received);
  write_numbers(writer, 10);
  writer.turn_over();
  // Grown again beyond the place of the reader, so that its size does not tell.
  write_numbers(writer, 20);
  read_to_end(log, received);
  std::vector<std::string> expected = numbers(0, 5);
  for (const std::string& number : numbers(15, 35)) expected.push_back(number);
  EXPECT_EQ(received.texts(), expected);
  EXPECT_EQ(received.gaps.size(), 1U);
}

TEST_F(EngineLogs, PassOverTheHoleThatACutLeavesUnderAWriterWithoutAppendMode) {
  JsonLogWriter writer(path_, 1, false);
  LogReading log(std::make_shared<Log>(options()), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  write_numbers(writer, 100'000);
  read_to_end(log, received);
  std::filesystem::resize_file(path_, 0);
  read_to_end(log, received);
  {
    std::ofstream sparse(path_, std::ios::binary | std::ios::in | std::ios::out);
    sparse.seekp(5'000'000);
    sparse << JsonLogWriter::row(epoch + 1h, StdStream::out, "behind the hole");
  }
  read_to_end(log, received);
  EXPECT_EQ(received.lines.size(), 100'001U);
  EXPECT_EQ(received.lines.back().text, "behind the hole");
}

TEST_F(EngineLogs, GoOnInAFileThatIsRenamedOverTheOldOneAsPodmanDoes) {
  LogOptions podman = options();
  podman.format = LogFormat::k8s_file;
  const auto row = [](int number) {
    return to_rfc3339(epoch + 1us * number) + " stdout F " + std::to_string(number) + "\n";
  };
  std::ofstream(path_) << row(0) << row(1);
  LogReading log(std::make_shared<Log>(podman), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  read_to_end(log, received);
  std::ofstream(path_, std::ios::app) << row(2);
  std::ofstream(path_.string() + ".tmp") << row(3);
  std::filesystem::rename(path_.string() + ".tmp", path_);
  read_to_end(log, received);
  EXPECT_EQ(received.texts(), numbers(0, 4));
  EXPECT_TRUE(received.gaps.empty());
}

TEST_F(EngineLogs, JoinThePartsOfALineAcrossATurnover) {
  JsonLogWriter writer(path_, 2, false);
  LogReading log(std::make_shared<Log>(options(2)), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  writer.part(epoch, StdStream::out, "one, ");
  writer.line(epoch + 1us, StdStream::err, "between");
  read_to_end(log, received);
  writer.turn_over();
  writer.part(epoch, StdStream::out, "two, ");
  read_to_end(log, received);
  writer.line(epoch, StdStream::out, "three");
  read_to_end(log, received);
  EXPECT_EQ(received.texts(), (std::vector<std::string>{"between", "one, two, three"}));
}

TEST_F(EngineLogs, WaitForTheRestOfARowAndEndAnUnfinishedLineWithTheContainer) {
  JsonLogWriter writer(path_, 1, false);
  LogReading log(std::make_shared<Log>(options()), ContainerId("c"), following());
  ASSERT_TRUE(log.open(moment()).has_value());
  Received received;
  const std::string row = JsonLogWriter::row(epoch, StdStream::out, "torn");
  writer.raw(row.substr(0, 20));
  read_to_end(log, received);
  EXPECT_TRUE(received.lines.empty());
  writer.raw(row.substr(20));
  writer.part(epoch + 1us, StdStream::out, "no newline");
  read_to_end(log, received);
  EXPECT_EQ(received.texts(), std::vector<std::string>{"torn"});
  read_to_end(log, received, true);
  EXPECT_TRUE(received.done);
  EXPECT_EQ(received.texts(), (std::vector<std::string>{"torn", "no newline"}));
}

TEST_F(EngineLogs, SayThatTheyCaughtUpOnAnEmptyLog) {
  JsonLogWriter writer(path_, 1, false);
  const Received received = read_all(options(), following());
  EXPECT_TRUE(received.at_end);
  EXPECT_FALSE(received.done);
  EXPECT_TRUE(received.lines.empty());
}

TEST_F(EngineLogs, NameTheFileThatIsMissing) {
  LogReading log(std::make_shared<Log>(options()), ContainerId("c"), {});
  const auto opened = log.open(moment());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
  EXPECT_NE(opened.error().detail.find("c-json.log"), std::string::npos);
}

TEST_F(EngineLogs, EndACompressedFileThatWasCutOffWithAGap) {
  JsonLogWriter writer(path_, 3, true);
  write_numbers(writer, 1000);
  writer.turn_over();
  writer.compress_pending();
  write_numbers(writer, 10);
  const std::string compressed = path_.string() + ".1.gz";
  std::filesystem::resize_file(compressed, std::filesystem::file_size(compressed) / 2);
  const Received received = read_all(options(3), {});
  ASSERT_GT(received.lines.size(), 10U);
  EXPECT_LT(received.lines.size(), 1010U);
  EXPECT_EQ(received.lines.back().text, "1009");
  EXPECT_EQ(received.gaps.size(), 1U);
}

TEST_F(EngineLogs, TellAGapWhenTheLineToGoOnFromIsGone) {
  JsonLogWriter writer(path_, 2, false);
  write_numbers(writer, 10);
  const Received before = read_all(options(2), {});
  LogQuery query;
  query.after = Cursor{before.lines[5].seq, before.lines[5].time, {}};
  EXPECT_TRUE(read_all(options(2), query).gaps.empty());
  for (int i = 0; i < 2; ++i) {
    writer.turn_over();
    write_numbers(writer, 10);
  }
  const Received after = read_all(options(2), query);
  EXPECT_EQ(after.texts(), numbers(10, 30));
  ASSERT_EQ(after.gaps.size(), 1U);
  EXPECT_EQ(after.gaps[0].after->seq, query.after->seq);
}

/// What a query selects from a whole log, by the words of LogQuery.
std::vector<Got> select(const std::vector<Got>& all, const LogQuery& query) {
  std::vector<Got> out;
  for (const Got& line : all) {
    if (query.after && line.seq <= query.after->seq) continue;
    if (query.since && line.time < *query.since) continue;
    if (query.before && line.seq >= query.before->seq) continue;
    if (query.until && line.time >= *query.until) continue;
    out.push_back(line);
  }
  if (query.tail && out.size() > *query.tail)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(*query.tail));
  return out;
}

TEST_F(EngineLogs, GiveForAnyQueryWhatAFullReadingSelects) {
  std::mt19937 random(7);
  const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  for (int round = 0; round < 6; ++round) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    JsonLogWriter writer(path_, 4, round % 2 == 0);
    Time time = epoch;
    // Bursts within a tick, quiet seconds, lines out of order, long lines in parts, of both streams.
    for (int i = 0; i < 6000; ++i) {
      time += draw(0, 9) == 0 ? 1ns * draw(0, 1'500'000'000) : 1ns * draw(0, 300);
      const StdStream stream = draw(0, 3) == 0 ? StdStream::err : StdStream::out;
      const Time stamp = draw(0, 50) == 0 ? time - 1us * draw(0, 900'000) : time;
      if (draw(0, 200) == 0)
        for (int parts = draw(1, 5); parts > 0; --parts) writer.part(stamp, stream, std::string(16'384, 'x'));
      writer.line(stamp, stream, "line " + std::to_string(i) + std::string(static_cast<std::size_t>(draw(0, 80)), '.'));
      if (draw(0, 2500) == 0) writer.turn_over();
    }
    const std::vector<Got> all = read_all(options(4), {}).lines;
    ASSERT_GT(all.size(), 100U);
    const auto cursor = [&] {
      const Got& line = all[static_cast<std::size_t>(draw(0, static_cast<int>(all.size()) - 1))];
      return Cursor{line.seq, line.time, {}};
    };
    for (int i = 0; i < 40; ++i) {
      LogQuery query;
      const int kind = draw(0, 6);
      if (kind == 1 || kind == 5) query.after = cursor();
      if (kind == 2) query.since = cursor().time;
      if (kind == 3 || kind == 5 || kind == 6) query.before = cursor();
      if (kind == 4) query.until = cursor().time;
      if (draw(0, 1) == 0) query.tail = static_cast<std::uint64_t>(draw(0, 1) == 0 ? draw(0, 20) : draw(0, 3000));
      const Received received = read_all(options(4), query);
      ASSERT_EQ(received.lines, select(all, query)) << "round " << round << " query " << i << " kind " << kind;
      // The context is what stands right before the answer (but for lines out of order beyond `until`).
      if (!received.lines.empty() && !received.context.empty() && !query.until) {
        const auto first = std::ranges::find(all, received.lines.front());
        ASSERT_LE(received.context.size(), static_cast<std::size_t>(first - all.begin()));
        ASSERT_TRUE(std::equal(received.context.begin(), received.context.end(),
                               first - static_cast<std::ptrdiff_t>(received.context.size())));
      }
    }
  }
}

TEST_F(EngineLogs, GiveEveryLineOnceWhateverTheEngineDoesWithTheFiles) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    next_ = 0;
    const auto max_files = static_cast<std::uint32_t>(draw(2, 5));
    JsonLogWriter writer(path_, max_files, draw(0, 1) == 0);
    LogReading log(std::make_shared<Log>(options(max_files)), ContainerId("c"), following());
    Received received;
    ASSERT_TRUE(log.open(moment()).has_value());
    int turned_over = 0;  // since the reader last looked
    for (int i = 0; i < 300; ++i) {
      switch (draw(0, 9)) {
        case 0:
          // One fewer than would throw away what the reader has not taken up yet.
          if (turned_over + 1 < static_cast<int>(max_files)) {
            writer.turn_over();
            ++turned_over;
          }
          break;
        case 1: writer.compress_pending(); break;
        case 2:
        case 3: {
          auto step = log.read(moment());
          ASSERT_TRUE(step.has_value());
          received.add(*step);
          turned_over = 0;
          break;
        }
        default: write_numbers(writer, draw(0, 40)); break;
      }
    }
    read_to_end(log, received);
    ASSERT_EQ(received.texts(), numbers(0, next_)) << "seed " << seed;
    ASSERT_TRUE(received.gaps.empty());
    for (std::size_t i = 1; i < received.lines.size(); ++i) ASSERT_LT(received.lines[i - 1].seq, received.lines[i].seq);
  }
}

}  // namespace
}  // namespace taffrail::logfile
