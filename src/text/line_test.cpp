#include "text/line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace taffrail::text {
namespace {

using namespace std::chrono_literals;

constexpr Time start{std::chrono::seconds(1'795'252'205)};

/// A log written in one table: '+' marks the lines that continue, '.' those that are heads.
void expect_continuations(std::string_view log, Duration step = 1ms) {
  LineClassifier classifier;
  Time time = start;
  while (!log.empty()) {
    const auto newline = log.find('\n');
    const std::string_view row = log.substr(0, newline);
    log.remove_prefix(newline == std::string_view::npos ? log.size() : newline + 1);
    const LineInfo info = classifier.classify(row.substr(1), time, StdStream::out);
    EXPECT_EQ(info.continues, row[0] == '+') << row;
    if (info.continues) EXPECT_EQ(info.level, Level::unknown) << row;
    time += step;
  }
}

TEST(LineClassifier, KindsOfLines) {
  LineClassifier classifier;
  const auto kind = [&](std::string_view line) { return classifier.classify(line, start, StdStream::out).kind; };
  EXPECT_EQ(kind("{\"a\":1}"), Kind::json);
  EXPECT_EQ(kind("[1]"), Kind::text);
  EXPECT_EQ(kind("a=1 b=2"), Kind::logfmt);
  EXPECT_EQ(kind("hello"), Kind::text);
  EXPECT_EQ(kind(""), Kind::text);
  EXPECT_EQ(kind("\x1b[36ma\x1b[0m=1 b=2"), Kind::logfmt);
  EXPECT_EQ(kind("\xEF\xBB\xBF{\"a\":1}\r"), Kind::json);
}

TEST(LineClassifier, JavaTracesContinueTheirHead) {
  expect_continuations(
      ".2026-11-21 09:10:05,123 ERROR [main] c.e.Harbour - docking failed\n"
      "+java.lang.IllegalStateException: berth taken\n"
      "+\tat c.e.Harbour.dock(Harbour.java:12)\n"
      "+\tat c.e.Harbour.main(Harbour.java:5) ~[app.jar:1.0]\n"
      "+Caused by: java.io.IOException: no rope\n"
      "+\tat c.e.Rope.tie(Rope.java:3)\n"
      "+\t... 23 more\n"
      "+\tSuppressed: c.e.WindException\n"
      "+... 3 more\n"
      "+at c.e.Rope.tie(Rope.java:3)\n"
      ".2026-11-21 09:10:06,000 INFO [main] c.e.Harbour - next\n"
      ".Exception in thread \"main\" java.lang.RuntimeException: sunk\n"
      "+\tat c.e.Harbour.main(Harbour.java:5)\n");
}

TEST(LineClassifier, AnExceptionBehindAHarmlessHeadIsAHeadItself) {
  expect_continuations(
      ".2026-11-21 09:10:05,123 INFO [main] started\n"
      ".java.lang.IllegalStateException: berth taken\n"
      "+\tat c.e.Harbour.dock(Harbour.java:12)\n"
      ".INFO ready\n"
      ".Traceback (most recent call last):\n"
      "+  File \"/srv/a.py\", line 3, in <module>\n"
      "+    INFO = dock()\n"
      "+NameError: name 'dock' is not defined\n"
      ".done\n");
}

TEST(LineClassifier, AnExceptionContinuesARecordButNotAnyLineThatStoodBeforeIt) {
  expect_continuations(
      ".2026-11-21 09:10:05 docking failed\n"
      "+java.lang.IllegalStateException: berth taken\n"
      ".10.0.0.1 - - [21/Nov/2026:09:10:05 +0000] \"GET / HTTP/1.1\" 200 5\n"
      ".Traceback (most recent call last):\n"
      "+  File \"/srv/a.py\", line 3, in dock\n"
      "+KeyError: 'rope'\n"
      ".listening on 8080\n"
      ".java.lang.IllegalStateException: berth taken\n"
      "+\tat c.e.Harbour.dock(Harbour.java:12)\n");
}

TEST(LineClassifier, PythonTracebacksContinueToTheirExceptionLine) {
  expect_continuations(
      ".ERROR:harbour:docking failed\n"
      "+Traceback (most recent call last):\n"
      "+  File \"/srv/a.py\", line 3, in dock\n"
      "+    raise KeyError('rope')\n"
      "+KeyError: 'rope'\n"
      "+\n"
      "+During handling of the above exception, another exception occurred:\n"
      "+\n"
      "+Traceback (most recent call last):\n"
      "+  File \"/srv/a.py\", line 9, in <module>\n"
      "+    dock()\n"
      "+    ~~~~^^\n"
      "+  [Previous line repeated 995 more times]\n"
      "+harbour.errors.Sunk: gone\n"
      ".INFO:harbour:next\n");
}

TEST(LineClassifier, ALogLineBetweenEndsAPythonTraceback) {
  expect_continuations(
      ".ERROR:harbour:docking failed\n"
      "+Traceback (most recent call last):\n"
      "+  File \"/srv/a.py\", line 3, in dock\n"
      ".INFO:harbour:another thread\n"
      ".KeyError is a word here\n");
}

TEST(LineClassifier, GoPanicsRunToTheirLastFrame) {
  expect_continuations(
      ".panic: runtime error: invalid memory address or nil pointer dereference\n"
      "+[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47]\n"
      "+\n"
      "+goroutine 1 [running]:\n"
      "+main.(*Harbour).Dock(0x0, {0xc000012345, 0x2})\n"
      "+\t/app/main.go:10 +0x1d\n"
      "+main.main()\n"
      "+\t/app/main.go:5 +0x25\n"
      "+\n"
      "+goroutine 18 [chan receive, 5 minutes]:\n"
      "+created by main.start in goroutine 1\n"
      "+\t/app/main.go:7 +0x25\n"
      "+exit status 2\n"
      ".2026/11/21 09:10:06 restarted\n"
      ".panic: oh\n"
      "+\n"
      "+goroutine 1 [running]:\n"
      "+panic({0x1, 0x2})\n"
      "+main.main()\n"
      "+\t/app/main.go:5 +0x25\n"
      ".listening(8080)\n"
      ".panic: oh\n"
      "+exit status 2\n"
      ".main.main()\n");
}

TEST(LineClassifier, RustPanicsTakeTheirMessageAndBacktrace) {
  expect_continuations(
      ".thread 'main' panicked at src/main.rs:2:5:\n"
      "+index out of bounds: the len is 3 but the index is 5\n"
      "+stack backtrace:\n"
      "+   0: rust_begin_unwind\n"
      "+             at /rustc/abc/library/std/src/panicking.rs:1:5\n"
      "+   1: harbour::main\n"
      "+note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n"
      ".restarted\n"
      ".thread 'main' panicked at 'boom', src/main.rs:2:5\n"
      "+note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
      ".next\n");
}

TEST(LineClassifier, JavaScriptAndDotNetStacksAreIndented) {
  expect_continuations(
      ".Error: no rope\n"
      "+    at Harbour.dock (/app/harbour.js:3:9)\n"
      "+    at async main (/app/main.js:7:3) {\n"
      "+  code: 'ENOROPE'\n"
      "+}\n"
      ".fail: Harbour.Crane[0]\n"
      "+      docking failed\n"
      "+      System.InvalidOperationException: berth taken\n"
      "+         at Harbour.Dock() in /src/Harbour.cs:line 3\n"
      "+--- End of stack trace from previous location ---\n"
      "+   at Harbour.Main()\n"
      ".info: Harbour[0]\n");
}

TEST(LineClassifier, IndentedBlocksAndTheirClosingBracketContinue) {
  expect_continuations(
      ".{\n"
      "+  \"ship\": 7,\n"
      "+  \"crew\": [\n"
      "+    \"ann\"\n"
      "+  ]\n"
      "+}\n"
      ".}\n"
      ".2026-11-21 09:10:05.123 UTC [42] LOG:  statement: SELECT id\n"
      "+\tFROM ship\n"
      "+\tWHERE id = 7\n"
      ".answer {\n"
      "+  status: 500,\n"
      "+  error: 'no rope',\n"
      "+  info: { berth: 7 },\n"
      "+  debug: false\n"
      "+}\n"
      ".plan = [\n"
      "+];\n"
      ".next\n");
}

TEST(LineClassifier, AnIndentedLineThatIsALogLineIsAHead) {
  expect_continuations(
      ".first\n"
      ".  INFO second\n"
      ".  2026-11-21T09:10:05Z third\n"
      ".\t[error] fourth\n"
      ".  09:10:05 error: fifth\n"
      ".  ERROR: sixth\n");
}

TEST(LineClassifier, NothingContinuesABlankLineOrTheStartOfALog) {
  expect_continuations(
      ".  indented first line\n"
      "+  second\n"
      ".\n"
      ".  banner\n"
      "+  banner\n");
}

TEST(LineClassifier, LinesFarApartInTimeDoNotBelongTogether) {
  expect_continuations(".head\n.  later\n.Caused by: late\n", 2s);
  expect_continuations(".panic: x\n.main.main()\n", 2s);
}

TEST(LineClassifier, TimesCenturiesApartAreTaken) {
  LineClassifier classifier;
  EXPECT_FALSE(classifier.classify("head", Time::min(), StdStream::out).continues);
  EXPECT_FALSE(classifier.classify("  much later", Time::max(), StdStream::out).continues);
  EXPECT_FALSE(classifier.classify("  much earlier", Time::min(), StdStream::out).continues);
}

TEST(LineClassifier, TheStdStreamsAreKeptApart) {
  LineClassifier classifier;
  EXPECT_FALSE(classifier.classify("ERROR boom", start, StdStream::err).continues);
  EXPECT_FALSE(classifier.classify("\tat out.of(Nowhere)", start, StdStream::out).continues);
  EXPECT_TRUE(classifier.classify("\tat c.e.Harbour.dock(Harbour.java:1)", start, StdStream::err).continues);
}

TEST(LineClassifier, AWarmUpGivesTheAnswersOfAReaderFromTheStart) {
  // A log of every kind of trace, long ones too; every place is entered with a warm-up and compared to the whole.
  std::vector<std::string> log;
  const auto add = [&](std::initializer_list<std::string_view> lines) {
    log.insert(log.end(), lines.begin(), lines.end());
  };
  for (int round = 0; round < 3; ++round) {
    add({"2026-11-21 09:10:05 ERROR failed", "java.lang.IllegalStateException: x"});
    for (int i = 0; i < 100; ++i) log.push_back("\tat c.e.Harbour.dock(Harbour.java:12)");
    add({"Caused by: java.io.IOException", "\t... 9 more", "INFO next", "ERROR:root:x",
         "Traceback (most recent call last):"});
    for (int i = 0; i < 100; ++i) add({"  File \"/srv/a.py\", line 3, in dock", "    dock()"});
    add({"RecursionError: deep", "", "During handling of the above exception, another exception occurred:", "",
         "Traceback (most recent call last):", "  File \"/srv/a.py\", line 3, in dock", "ValueError", "text",
         "panic: x", "", "goroutine 1 [running]:"});
    for (int i = 0; i < 100; ++i) add({"main.dock(0x1)", "\t/app/main.go:10 +0x1d"});
    add({"exit status 2", "{", "  \"a\": 1"});
    for (int i = 0; i < 100; ++i) log.push_back("  \"b\": [1],");
    add({"}", "done"});
  }
  std::vector<LineInfo> whole;
  whole.reserve(log.size());
  LineClassifier from_start;
  for (const std::string& line : log) whole.push_back(from_start.classify(line, start, StdStream::out));
  for (std::size_t place = classifier_warm_up_lines; place < log.size(); ++place) {
    LineClassifier warmed;
    for (std::size_t i = place - classifier_warm_up_lines; i < place; ++i)
      (void)warmed.classify(log[i], start, StdStream::out);
    ASSERT_EQ(warmed.classify(log[place], start, StdStream::out), whole[place]) << place << ": " << log[place];
  }
}

}  // namespace
}  // namespace taffrail::text
