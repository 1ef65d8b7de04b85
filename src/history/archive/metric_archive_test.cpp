#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "history/archive/line_import.hpp"
#include "history/archive/metric_check.hpp"
#include "history/archive/metric_export.hpp"
#include "history/history.hpp"
#include "history/metric/metric_history.hpp"
#include "history/metric/stored_event.hpp"
#include "history/stored_log.hpp"
#include "store/store_fixture.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Two containers with points of all levels, in blocks and in frames, and events.
class MetricArchiveTest : public store::StoreFixture {
 protected:
  void SetUp() override {
    auto opened = MetricHistory::open_store(io_.get_executor(), folder_.path());
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
    auto written = run(store_->write([&](store::Transaction& transaction) -> Result<> {
      std::vector<KeyedSample> samples;
      for (const char* name : {"a", "b"}) {
        auto key = put_series(transaction, ContainerId(HostId("h"), name));
        if (!key) return forward(key);
        for (std::size_t level = 0; level < metric_levels.size(); ++level) {
          MetricSteps steps(metric_levels[level].length);
          for (int i = 0; i < 5; ++i) steps.add(sample(i * metric_levels[level].length, 0.125 * i));
          const std::vector<MetricPoint> points = steps.points();
          auto move = plan_points(transaction, *key, level, window_of(points[0].step, metric_levels[level]), points);
          if (!move) return forward(move);
          if (auto done = carry_out(transaction, *move); !done) return done;
        }
        // The first of them lies in a window that has a block.
        for (int i : {6, 400, 401}) samples.push_back({*key, sample(i * finest_step, i)});
        for (const char* action : {"start", "die"})
          if (auto done = insert_event(transaction, *key, {{}, {}, begin_, action, {{"a", "\"\xc3\xa9\n"}}}); !done)
            return done;
      }
      for (const MetricFrame& frame : make_frames(samples))
        if (auto done = insert_frame(transaction, frame); !done) return done;
      return {};
    }));
    ASSERT_TRUE(written) << written.error().detail;
  }
  void TearDown() override { run(store_->close()); }

  [[nodiscard]] PackedSample sample(Duration after, double value) const {
    StatSample sample;
    sample.time = begin_ + after;
    sample.*all_metrics[0].value = value;
    return PackedSample(sample);
  }
  [[nodiscard]] fs::path file() const { return folder_.path() / "metrics.db"; }
  [[nodiscard]] fs::path lines() const { return folder_.path() / "history.db"; }
  MetricExportReport told_;
  std::string exported(const fs::path& of, const ExportOptions& options = {}) {
    std::ostringstream out;
    auto report = export_metrics(of, lines(), options, out);
    EXPECT_TRUE(report) << report.error().detail;
    if (report) told_ = *report;
    return out.str();
  }
  Result<ImportReport> import_text(const fs::path& into, const std::string& text) {
    std::istringstream in(text);
    return import_history(folder_.path() / "of-import.db", into, in);
  }

  Time begin_{std::chrono::seconds(1'790'006'400)};  // where windows of all levels begin
  std::unique_ptr<store::Store> store_;
};

TEST_F(MetricArchiveTest, BringsPointsAndEventsOverAsTheyWereAndNothingTwice) {
  const std::string text = exported(file());
  EXPECT_EQ(told_.series, 2U);
  EXPECT_EQ(told_.points, 2U * (3 * 5 + 3));
  EXPECT_EQ(told_.events, 4U);
  EXPECT_EQ(told_.damaged, 0U);
  const fs::path other = folder_.path() / "other.db";
  for (int round = 0; round < 3; ++round) {
    // Broken off in the middle of a line, then as a whole, then once too often.
    const auto report = import_text(other, round == 0 ? text.substr(0, text.size() / 2 - 10) : text);
    ASSERT_EQ(report.has_value(), round > 0);
    if (round == 0) continue;
    EXPECT_EQ(report->metrics.points, told_.points);
    EXPECT_EQ(report->metrics.events, told_.events);
    EXPECT_EQ(report->logs, 0U);
    EXPECT_EQ(exported(other), text);
  }
  auto checked = check_metrics(other, [](const std::string& fault) { ADD_FAILURE() << fault; });
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->events, 4U);
}

TEST_F(MetricArchiveTest, WritesWhatIsAskedForAndLeavesOutWhatIsDamaged) {
  ExportOptions options;
  options.since = begin_ + 10s;
  options.until = begin_ + 70s;
  (void)exported(file(), options);
  EXPECT_EQ(told_.points, 2U * (4 + 1 + 1)) << "of level 0 four and the one of a frame, of level 1 one";
  EXPECT_EQ(told_.events, 0U);
  options = {};
  options.wants = [](const Container& container) { return container.name == "a"; };
  (void)exported(file(), options);
  EXPECT_EQ(told_.series, 1U) << "of one without a log the id is its name";
  {
    // What its log says of it counts.
    auto opened = History::open_store(io_.get_executor(), folder_.path());
    ASSERT_TRUE(opened);
    const LogRow row{ContainerId(HostId("h"), "b"), R"({"name":"web"})", {}, {}};
    ASSERT_TRUE(run((*opened)->write([row](store::Transaction& t) { return put_log(t, row); })));
    run((*opened)->close());
  }
  options.wants = [](const Container& container) { return container.name == "web"; };
  EXPECT_NE(exported(file(), options).find(R"("container":"b")"), std::string::npos);
  EXPECT_EQ(told_.series, 1U);

  auto spoilt = run(store_->write(
      [](store::Transaction& t) { return t.run("UPDATE block SET bytes = x'0102' WHERE level = 1 AND series = 1"); }));
  ASSERT_TRUE(spoilt);
  (void)exported(file());
  EXPECT_EQ(told_.damaged, 1U);
  EXPECT_EQ(told_.points, 2U * (3 * 5 + 3) - 5);
  EXPECT_EQ(export_metrics(folder_.path() / "none.db", lines(), {}, std::cout).error().code, ErrorCode::not_found);
}

TEST_F(MetricArchiveTest, RefusesWhatNoExportHasByTheNumberOfItsLine) {
  const std::string head = R"({"metrics":{"host":"h","container":"c"}})";
  for (const std::string line :
       {R"({"points":{"level":0,"window":1}})", R"({"points":{"level":9,"window":1,"base64":"AAAA"}})",
        R"({"points":{"level":-1,"window":1,"base64":"AAAA"}})", R"({"points":{"level":0,"window":1,"base64":"!"}})",
        R"({"event":{"time":"never","action":"die","attributes":{}}})",
        R"({"event":{"time":"2026-11-27T09:00:00Z","action":"die","attributes":{"a":1}}})",
        R"({"event":{"time":"2026-11-27T09:00:00Z","action":"die"}})", R"({"seq":1})", R"({"metrics":{"host":"h"}})",
        "[]"}) {
    const auto report = import_text(folder_.path() / "other.db", head + "\n" + line + "\n");
    ASSERT_FALSE(report) << line;
    EXPECT_EQ(report.error().code, ErrorCode::invalid_argument) << line;
    EXPECT_TRUE(report.error().detail.starts_with("line 2: ")) << report.error().detail;
  }
  // Points of another window than they say.
  std::string text = exported(file());
  const std::size_t window = text.find("\"window\":") + 9;
  text.insert(window, "1");
  EXPECT_FALSE(import_text(folder_.path() / "other.db", text));
}

}  // namespace
}  // namespace taffrail::history
