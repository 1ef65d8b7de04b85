#include "history/archive/metric_check.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history/archive/history_backup.hpp"
#include "history/metric/metric_block.hpp"
#include "history/metric/metric_history.hpp"
#include "store/store_fixture.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;

/// Two containers with blocks of all levels, frames and events.
class MetricCheckTest : public store::StoreFixture {
 protected:
  void SetUp() override {
    auto opened = MetricHistory::open_store(io_.get_executor(), folder_.path());
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
    change("INSERT INTO series(id, host, container) VALUES (1, 'h', 'a'), (2, 'h', 'b')");
    MetricMove move;
    std::vector<KeyedSample> samples;
    for (const SeriesKey series : {1, 2}) {
      for (std::size_t level = 0; level < metric_levels.size(); ++level) {
        MetricSteps steps(metric_levels[level].length);
        steps.add(sample(0));
        const std::vector<MetricPoint> points = steps.points();
        move.blocks.push_back({series, level, window_of(points[0].step, metric_levels[level]),
                               encode_points(points, level == 0 ? Exactness::sampled : Exactness::rolled)});
      }
      samples.push_back({series, sample(3600)});
    }
    auto written = run(store_->write([&](store::Transaction& transaction) -> Result<bool> {
      auto done = carry_out(transaction, move);
      for (const MetricFrame& frame : make_frames(samples))
        if (done) done = insert_frame(transaction, frame);
      if (done) done = insert_event(transaction, 2, {{}, {}, begin_, "die", {{"exit", "1"}}});
      if (!done) return forward(done);
      return true;
    }));
    ASSERT_TRUE(written) << written.error().detail;
  }
  void TearDown() override {
    if (store_) run(store_->close());
  }

  [[nodiscard]] PackedSample sample(int seconds) const {
    StatSample sample;
    sample.time = begin_ + std::chrono::seconds(seconds);
    sample.*all_metrics[0].value = 0.25 * seconds;
    return PackedSample(sample);
  }
  void change(const std::string& sql) {
    auto done = run(store_->write([sql](store::Transaction& transaction) { return transaction.run(sql); }));
    ASSERT_TRUE(done) << sql << ": " << done.error().detail;
  }
  [[nodiscard]] fs::path file() const { return folder_.path() / "metrics.db"; }
  static std::vector<std::string> faults(const fs::path& of) {
    std::vector<std::string> told;
    auto report = check_metrics(of, [&](const std::string& fault) { told.push_back(fault); });
    EXPECT_TRUE(report) << report.error().detail;
    EXPECT_EQ(report ? report->faults : 0, told.size());
    return told;
  }

  Time begin_{std::chrono::seconds(1'790'000'000)};
  std::unique_ptr<store::Store> store_;
};

TEST_F(MetricCheckTest, CopiesWhatIsStoredBesideTheServerAndFindsNothingWrongWithIt) {
  const fs::path copy = folder_.path() / "copy.db.metrics";
  auto copied = back_up(file(), ArchiveOf::metrics, copy);
  ASSERT_TRUE(copied) << copied.error().detail;
  for (const fs::path& of : {file(), copy}) {
    auto report = check_metrics(of, [](const std::string& fault) { ADD_FAILURE() << fault; });
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_EQ(report->series, 2U);
    EXPECT_EQ(report->points, 8U);
    EXPECT_EQ(report->events, 1U);
  }
  EXPECT_FALSE(fs::exists(copy.string() + "-wal")) << "it stands alone";
  EXPECT_EQ(check_metrics(folder_.path() / "none.db", [](const std::string&) {}).error().code, ErrorCode::not_found);
}

TEST_F(MetricCheckTest, TellsEachKindOfDamageWithItsPlace) {
  for (const auto& [damage, what, mend] :
       {std::array<std::string, 3>{"UPDATE block SET window = window + 1 WHERE id = 2",
                                   "block 2 of series 1 has points",
                                   "UPDATE block SET window = window - 1 WHERE id = 2"},
        {"UPDATE block SET series = 9 WHERE id = 3", "is of a container that is not there",
         "UPDATE block SET series = 1 WHERE id = 3"},
        {"UPDATE block SET level = 7 WHERE id = 1", "level that there is not",
         "UPDATE block SET level = 0 WHERE id = 1"},
        {"UPDATE frame SET chunk = 5", "frame 1 has samples", "UPDATE frame SET chunk = 0"},
        {"UPDATE event SET attributes = '{'", "no JSON", "UPDATE event SET attributes = '{}'"},
        {"UPDATE event SET series = 3", "event 1 is of", "UPDATE event SET series = 2"},
        {"UPDATE block SET bytes = CAST(substr(bytes, 1, length(bytes) - 4) || x'00ff00ff' AS BLOB) WHERE id = 4",
         "block 4 of series 2: ", "DELETE FROM block WHERE id = 4"}}) {
    ASSERT_NO_FATAL_FAILURE(change(damage));
    const auto told = faults(file());
    ASSERT_EQ(told.size(), 1U) << damage << (told.empty() ? "" : told.back());
    EXPECT_NE(told[0].find(what), std::string::npos) << told[0];
    ASSERT_NO_FATAL_FAILURE(change(mend));
  }
  EXPECT_EQ(faults(file()), std::vector<std::string>());
}

}  // namespace
}  // namespace taffrail::history
