#include "source/files/file_reader.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <functional>
#include <random>
#include <unistd.h>

#include "base/signal_flag.hpp"
#include "base/task_group.hpp"
#include "base/timeout.hpp"
#include "source/files/test_folder.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The machine's clock, moved: a file written just now counts as left alone for long.
class LaterClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now() + 1h; }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

class FileReaderTest : public testing::Test {
 protected:
  FileReaderTest() { log_.path = folder_ / "app.log"; }

  /// Everything that a query which does not follow gives.
  std::vector<Seen> read(LogQuery query) { return read(std::move(query), clock_); }
  std::vector<Seen> read(LogQuery query, const Clock& clock) {
    std::vector<Seen> lines;
    run(context_, [](const Clock& time, LogFile& log, LogQuery asked, std::vector<Seen>& all) -> Task<> {
      auto reader = co_await FileReader::open(time, nullptr, log, ContainerId("x"), std::move(asked));
      if (!reader) throw std::runtime_error(reader.error().detail);
      for (;;) {
        auto chunk = co_await (*reader)->next();
        if (!chunk) throw std::runtime_error(chunk.error().detail);
        if (!*chunk) break;
        take((*chunk)->batch, all);
      }
    }(clock, log_, std::move(query), lines));
    return lines;
  }
  static LogQuery tail(std::uint64_t count) {
    LogQuery query;
    query.tail = count;
    return query;
  }
  static Cursor at(const Seen& line) { return {line.seq, line.time, {}}; }

  static std::string stamp(int second) {
    return to_rfc3339(Time(std::chrono::seconds(1'795'252'205 + second))).substr(0, 19) + "Z";
  }

  /// Runs `body` with an Inotify that works.
  void with_inotify(std::function<Task<>(Inotify&, TaskGroup&)> body) {
    auto inotify = Inotify::open(context_.get_executor());
    ASSERT_TRUE(inotify.has_value());
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("inotify", (*inotify)->run());
    const auto whole = [&]() -> Task<> {
      co_await body(**inotify, group);
      group.cancel();
      co_await group.join();
    };
    run(context_, whole());
  }

  TestFolder folder_;
  LogFile log_;
  SystemClock clock_;
  asio::io_context context_;
};

TEST_F(FileReaderTest, ReadsTheSameLinesForwardsBackwardsAndFromAnyCursor) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i)
    folder_.append("app.log",
                   stamp(i / 2) + " line " + std::to_string(i) + ' ' + std::string(random() % 200, 'x') + '\n');
  const auto all = read({});
  ASSERT_EQ(all.size(), 3000U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].seq, all[i].seq);
  EXPECT_LT(all.back().seq, Seq{1} << 53);
  EXPECT_EQ(to_rfc3339(all[7].time), "2026-11-21T09:10:08.000000000Z");

  EXPECT_EQ(read(tail(5)), std::vector<Seen>(all.end() - 5, all.end()));
  EXPECT_EQ(read(tail(1'000'000)), all);
  EXPECT_TRUE(read(tail(0)).empty());
  std::vector<Seen> backwards;
  LogQuery page = tail(271);
  for (auto part = read(page); !part.empty(); part = read(page)) {
    backwards.insert(backwards.begin(), part.begin(), part.end());
    page.before = at(part.front());
  }
  EXPECT_EQ(backwards, all);

  for (const std::size_t i : {0U, 1U, 1500U, 2999U}) {
    LogQuery after;
    after.after = at(all[i]);
    EXPECT_EQ(read(after), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    after.tail = 3;
    EXPECT_EQ(read(after).size(), std::min<std::size_t>(3, all.size() - i - 1));
    LogQuery before;
    before.before = at(all[i]);
    EXPECT_EQ(read(before), std::vector<Seen>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i)));
  }
}

TEST_F(FileReaderTest, FindsTimesByBisectionAsAReadingOfEverythingDoes) {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    // A third of the lines states no time: it has that of the line before.
    folder_.append("app.log", (random() % 3 ? stamp(i) + " " : std::string("  at frame ")) +
                                  std::string(random() % 60, 'y') + '\n');
  }
  const auto all = read({});
  ASSERT_EQ(all.size(), 20'000U);
  for (const int second : {-1, 0, 1, 77, 9999, 19'998, 19'999, 30'000}) {
    const Time time = *parse_rfc3339(stamp(second));
    std::vector<Seen> since;
    std::vector<Seen> until;
    for (const Seen& line : all) (line.time >= time ? since : until).push_back(line);
    LogQuery query;
    query.since = time;
    EXPECT_EQ(read(query), since) << second;
    query = {};
    query.until = time;
    EXPECT_EQ(read(query), until) << second;
    query.tail = 10;
    EXPECT_EQ(read(query),
              std::vector<Seen>(until.end() - std::min<std::ptrdiff_t>(10, std::ssize(until)), until.end()));
  }
}

TEST_F(FileReaderTest, ReadsBackIntoRotatedFiles) {
  folder_.append("app.log", "one\ntwo\n");
  fs::rename(log_.path, folder_ / "app.log.2");
  folder_.append("app.log", "three\nfour, unfinished");
  fs::rename(log_.path, folder_ / "app.log.1");
  folder_.append("app.log", "five\nsix\n");
  folder_.append("app.log.conf", "no log\n");
  folder_.append("app.log.3.gz", "compressed\n");
  const auto status = status_of(log_.path);
  if (!status->has_birth()) GTEST_SKIP() << "the file system keeps no birth times";
  const auto all = read({});
  EXPECT_EQ(texts(all), (std::vector<std::string>{"one", "two", "three", "four, unfinished", "five", "six"}));
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].seq, all[i].seq);
  EXPECT_EQ(read(tail(3)), std::vector<Seen>(all.end() - 3, all.end()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    LogQuery query;
    query.after = at(all[i]);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
    query = tail(2);
    query.before = at(all[i]);
    const auto some = static_cast<std::ptrdiff_t>(i);
    EXPECT_EQ(read(query), std::vector<Seen>(all.begin() + std::max<std::ptrdiff_t>(some - 2, 0), all.begin() + some));
  }
}

TEST_F(FileReaderTest, AnUnfinishedLineIsDeliveredOnlyWhenItWasLeftAlone) {
  folder_.append("app.log", "whole\nunfini");
  EXPECT_EQ(texts(read({})), std::vector<std::string>{"whole"});
  EXPECT_EQ(texts(read(tail(1))), std::vector<std::string>{"whole"});
  const LaterClock later;
  EXPECT_EQ(texts(read({}, later)), (std::vector<std::string>{"whole", "unfini"}));
  EXPECT_EQ(texts(read(tail(1), later)), std::vector<std::string>{"unfini"});
}

TEST_F(FileReaderTest, SurvivesHostileBytes) {
  folder_.append("app.log", std::string(100, '\0') + "after a hole\n");
  folder_.append("app.log", "\xff\xfe invalid \xc3\n\n\r\n" + std::string("nul \0 inside\n", 13));
  folder_.append("app.log", std::string(20 << 20, 'z') + "\nlast\n");
  const auto all = read({});
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0].text, "after a hole");
  EXPECT_EQ(all[1].text, "\xff\xfe invalid \xc3");
  EXPECT_EQ(all[2].text, "");
  EXPECT_EQ(all[3].text, "");
  EXPECT_EQ(all[4].text, std::string("nul \0 inside", 12));
  EXPECT_EQ(all[5].text.size(), text::max_line_bytes);
  EXPECT_EQ(all[6].text, "last");
  EXPECT_EQ(read(tail(2)), std::vector<Seen>(all.end() - 2, all.end()));
}

TEST_F(FileReaderTest, FindsTimesBehindALongHole) {
  folder_.append("app.log",
                 std::string(3 << 20, '\0') + stamp(0) + " one\n" + stamp(1) + " two\n" + stamp(2) + " three\n");
  LogQuery query;
  query.until = parse_rfc3339(stamp(1));
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(0) + " one"});
  query = {};
  query.since = parse_rfc3339(stamp(2));
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(2) + " three"});
}

TEST_F(FileReaderTest, ImpossibleCursorsAndTimesGiveNothingOrWhatLiesBeyond) {
  folder_.append("app.log", stamp(0) + " one\n" + stamp(1) + " two\n");
  LogQuery query;
  query.after = Cursor{~Seq{0}, Time::max() - 1s, {}};
  EXPECT_TRUE(read(query).empty());
  query.after = Cursor{0, Time::min(), {}};
  EXPECT_EQ(read(query).size(), 2U);
  query.after = Cursor{~Seq{0}, *parse_rfc3339(stamp(0)), {}};  // from before the numbers began anew
  EXPECT_EQ(texts(read(query)), std::vector<std::string>{stamp(1) + " two"});
  query = {};
  query.before = Cursor{0, {}, {}};
  EXPECT_TRUE(read(query).empty());
  query = {};
  query.since = Time::max();
  EXPECT_TRUE(read(query).empty());
  query = {};
  query.until = Time::min();
  EXPECT_TRUE(read(query).empty());
}

TEST_F(FileReaderTest, AMissingFileOrAFolderIsAnErrorThatSaysSo) {
  EXPECT_THROW(read({}), std::runtime_error);
  fs::create_directory(log_.path);
  try {
    read({});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("is no regular file"), std::string::npos);
  }
}

TEST_F(FileReaderTest, AFollowerOfAQuietFileIsToldOnceThatItHasCaughtUp) {
  folder_.append("app.log", "one\n");
  with_inotify([&](Inotify& inotify, TaskGroup&) -> Task<> {
    LogQuery query = tail(0);
    query.follow = true;
    auto reader = co_await FileReader::open(clock_, &inotify, log_, ContainerId("x"), query);
    auto first = co_await (*reader)->next();
    EXPECT_TRUE((*first)->at_end);
    EXPECT_TRUE((*first)->batch.records.empty());
    folder_.append("app.log", "tw");
    folder_.append("app.log", "o\n");
    auto second = co_await (*reader)->next();
    std::vector<Seen> lines;
    take((*second)->batch, lines);
    EXPECT_EQ(texts(lines), std::vector<std::string>{"two"});
    reader->reset();
  });
}

TEST_F(FileReaderTest, FollowingEndsWhenTheFileStaysAway) {
  folder_.append("app.log", "one\nunfinished");
  with_inotify([&](Inotify& inotify, TaskGroup&) -> Task<> {
    LogQuery query;
    query.follow = true;
    auto reader = co_await FileReader::open(clock_, &inotify, log_, ContainerId("x"), query);
    fs::remove(log_.path);
    std::vector<Seen> lines;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      if (!*chunk) break;
      take((*chunk)->batch, lines);
    }
    EXPECT_EQ(texts(lines), (std::vector<std::string>{"one", "unfinished"}));
    reader->reset();
  });
}

/// A program that writes its log, and the tools that rotate it, doing what they do at random.
class Writer {
 public:
  Writer(const TestFolder& folder, std::uint32_t seed) : folder_(folder), random_(seed) { open(); }
  ~Writer() { ::close(descriptor_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::uint32_t below(std::uint32_t n) { return random_() % n; }

  void lines() {
    for (std::uint32_t i = 0, count = below(20); i <= count; ++i) write(line() + "\n");
  }
  void part() {
    finish();
    rest_ = line();
    const std::size_t cut = below(static_cast<std::uint32_t>(rest_.size()));
    write_raw(rest_.substr(0, cut));
    rest_ = rest_.substr(cut) + "\n";
  }
  void finish() {
    write_raw(rest_);
    rest_.clear();
  }
  /// logrotate's default: rename, then the program opens the path anew, perhaps a little later.
  void rotate(bool late) {
    finish();
    for (int i = 11; i >= 1; --i)
      if (fs::exists(folder_ / ("app.log." + std::to_string(i))))
        fs::rename(folder_ / ("app.log." + std::to_string(i)), folder_ / ("app.log." + std::to_string(i + 1)));
    fs::rename(folder_ / "app.log", folder_ / "app.log.1");
    ++rotations;
    if (late) lines();
    if (below(2)) folder_.append("app.log", "");  // "create": the new file is there before it is used
    if (late) lines();
    ::close(descriptor_);
    open();
  }
  void copytruncate() {
    finish();
    fs::copy_file(folder_ / "app.log", folder_ / "app.log-copy", fs::copy_options::overwrite_existing);
    EXPECT_EQ(::ftruncate(descriptor_, 0), 0);
  }
  void recreate() {
    finish();
    fs::remove(folder_ / "app.log");
    ::close(descriptor_);
    open();
  }

  std::vector<std::string> written;  // whole lines
  int rotations = 0;

 private:
  void open() {
    descriptor_ = ::open((folder_ / "app.log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_GE(descriptor_, 0);
  }
  std::string line() {
    written.push_back("n=" + std::to_string(written.size()) + ' ' +
                      std::string(below(100), 'a' + static_cast<char>(below(26))));
    return written.back();
  }
  void write(const std::string& text) {
    finish();
    write_raw(text);
  }
  void write_raw(const std::string& text) {
    EXPECT_EQ(::write(descriptor_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  const TestFolder& folder_;
  std::mt19937 random_;
  int descriptor_ = -1;
  std::string rest_;
};

TEST_F(FileReaderTest, WhateverTheWriterDoesEveryLineComesExactlyOnceAndInOrder) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    const TestFolder folder;
    LogFile log;
    log.path = folder / "app.log";
    Writer writer(folder, seed);
    writer.lines();
    const bool births = status_of(log.path)->has_birth();
    std::vector<Seen> lines;

    with_inotify([&](Inotify& inotify, TaskGroup& group) -> Task<> {
      SignalFlag arrived(co_await asio::this_coro::executor);
      LogQuery query;
      query.follow = true;
      auto reader = co_await FileReader::open(clock_, &inotify, log, ContainerId("x"), query);
      const auto follow = [](LogReader& from, std::vector<Seen>& into, SignalFlag& flag) -> Task<> {
        for (;;) {
          auto chunk = co_await from.next();
          if (!chunk || !*chunk) {
            ADD_FAILURE() << "the reader ended";
            co_return;
          }
          take((*chunk)->batch, into);
          flag.notify();
        }
      };
      TaskGroup readers(group.executor(), [](std::string_view text) { ADD_FAILURE() << text; });
      readers.spawn("follow", follow(**reader, lines, arrived));
      const auto caught_up = [&]() -> Task<Result<bool>> {
        writer.finish();
        while (lines.size() < writer.written.size()) co_await arrived.wait();
        co_return true;
      };
      for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
        const std::uint32_t dice = writer.below(100);
        if (dice < 45) {
          writer.lines();
        } else if (dice < 65) {
          writer.part();
        } else if (dice < 80 && births) {
          writer.rotate(dice < 70);
        } else {
          // What truncation and removal destroy unread nobody can deliver.
          auto done = co_await with_timeout(20s, "reader", caught_up());
          EXPECT_TRUE(done.has_value()) << "seed " << seed << " step " << step << ": " << lines.size() << " of "
                                        << writer.written.size();
          if (dice < 88) {
            writer.copytruncate();
          } else if (dice < 93) {
            writer.recreate();
          }
          // The next lines make the file longer than it was, sometimes before the reader looks.
          for (std::uint32_t i = writer.below(4); i > 0; --i) writer.lines();
          if (dice < 93) {
            done = co_await with_timeout(20s, "reader", caught_up());
            EXPECT_TRUE(done.has_value()) << "seed " << seed << " step " << step << " after " << dice << ": "
                                          << lines.size() << " of " << writer.written.size();
          }
        }
        // Rotation throws the twelfth file away, read or not.
        if (writer.rotations >= 10) {
          auto done = co_await with_timeout(20s, "reader", caught_up());
          EXPECT_TRUE(done.has_value()) << "seed " << seed << " step " << step;
          writer.rotations = 0;
        }
        if (writer.below(2)) co_await asio::post(group.executor(), asio::use_awaitable);
      }
      auto done = co_await with_timeout(20s, "reader", caught_up());
      EXPECT_TRUE(done.has_value()) << "seed " << seed;
      readers.cancel();
      co_await readers.join();
      reader->reset();
    });
    ASSERT_EQ(texts(lines), writer.written) << "seed " << seed;
    for (std::size_t i = 1; i < lines.size(); ++i) ASSERT_LT(lines[i - 1].seq, lines[i].seq) << "seed " << seed;

    // What is still there reads again as it was followed, by the process that followed it.
    log_.path = log.path;
    log_.numbering = log.numbering;
    for (const Seen& again : read({})) {
      const auto same = std::ranges::find(lines, again.seq, &Seen::seq);
      ASSERT_NE(same, lines.end()) << "seed " << seed << ": " << again.text;
      EXPECT_EQ(same->text, again.text);
    }
    log_ = {};
    log_.path = folder_ / "app.log";
  }
}

}  // namespace
}  // namespace taffrail::files
