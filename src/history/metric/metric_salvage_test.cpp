#include "history/metric/metric_salvage.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "history/metric/metric_block.hpp"
#include "history/metric/metric_history.hpp"
#include "history/metric/stored_event.hpp"
#include "store/salvage_order.hpp"
#include "store/store_fixture.hpp"
#include "store/store_limits.hpp"

namespace taffrail::history {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t containers = 40;

/// What a database has: of each container the means of its steps, and its events.
struct Contents {
  std::map<std::string, std::map<std::int64_t, float>> points;
  std::map<std::string, std::set<std::string>> events;
  friend bool operator==(const Contents&, const Contents&) = default;

  [[nodiscard]] std::size_t size() const {
    std::size_t all = 0;
    for (const auto& [id, of] : points) all += of.size();
    for (const auto& [id, of] : events) all += of.size();
    return all;
  }
  /// Whether all of this is in the other, as it is there.
  [[nodiscard]] bool is_of(const Contents& other) const {
    for (const auto& [id, of] : points)
      for (const auto& [step, mean] : of) {
        const auto at = other.points.find(id);
        if (at == other.points.end() || !at->second.contains(step) || at->second.at(step) != mean) return false;
      }
    for (const auto& [id, of] : events)
      if (!other.events.contains(id) || !std::ranges::includes(other.events.at(id), of)) return false;
    return true;
  }
};

class MetricSalvageTest : public store::StoreFixture {
 protected:
  void SetUp() override {
    const auto store = open(folder_.path() / "whole");
    auto written = run(store->write([&](store::Transaction& transaction) -> Result<> {
      std::mt19937 random(7);
      std::vector<KeyedSample> samples;
      for (std::size_t i = 0; i < containers; ++i) {
        const ContainerId id(HostId("h"), "c" + std::to_string(i));
        auto key = put_series(transaction, id);
        if (!key) return forward(key);
        for (std::size_t level = 0; level < metric_levels.size(); ++level) {
          MetricSteps steps(metric_levels[level].length);
          const Duration begin = metric_levels[level].window * (1000 + static_cast<int>(level) * 7);
          for (int step = 0; step < 50; ++step) steps.add(sample(begin + step * metric_levels[level].length, random()));
          const std::vector<MetricPoint> points = steps.points();
          auto move = plan_points(transaction, *key, level, window_of(points[0].step, metric_levels[level]), points);
          if (!move) return forward(move);
          if (auto done = carry_out(transaction, *move); !done) return done;
        }
        for (int step = 0; step < 20; ++step)
          samples.push_back({*key, sample(std::chrono::hours(500'000) + step * finest_step, random())});
        for (int event = 0; event < 10; ++event) {
          // Some are longer than a page.
          const std::string text(event == 3 ? 9000 : 20, static_cast<char>('a' + event));
          auto done =
              insert_event(transaction, *key, {{}, {}, Time(std::chrono::seconds(event)), "die", {{"a", text}}});
          if (!done) return done;
        }
      }
      for (const MetricFrame& frame : make_frames(samples))
        if (auto done = insert_frame(transaction, frame); !done) return done;
      return {};
    }));
    ASSERT_TRUE(written) << written.error().detail;
    whole_ = contents(*store);
    ASSERT_EQ(whole_.size(), containers * (3 * 50 + 20 + 10));
    run(store->close());
    bytes_ = store::content_of(folder_.path() / "whole" / "metrics.db");
  }

  static PackedSample sample(Duration since_1970, std::uint64_t value) {
    StatSample sample;
    sample.time = Time(since_1970);
    sample.*all_metrics[0].value = static_cast<double>(value % 1000) / 8;
    return PackedSample(sample);
  }
  std::unique_ptr<store::Store> open(const fs::path& folder) {
    fs::create_directories(folder);
    auto opened = MetricHistory::open_store(io_.get_executor(), folder);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(*opened);
  }
  Contents contents(store::Store& store) {
    auto read = run(store.read(workers_, [](store::Snapshot& snapshot) -> Result<Contents> {
      Contents all;
      std::map<SeriesKey, ContainerId> series;
      auto rows = snapshot.query("SELECT id, host, container FROM series");
      if (!rows) return forward(rows);
      while (*rows->step())
        series.emplace(rows->integer(0), ContainerId(HostId(std::string(rows->text(1))), std::string(rows->text(2))));
      for (const auto& [key, id] : series) {
        MetricSteps steps(finest_step);
        std::size_t damaged = 0;
        if (auto done = read_points(snapshot, key, Time::min(), Time::max(), steps, damaged); !done)
          return forward(done);
        EXPECT_EQ(damaged, 0U);
        for (const MetricPoint& point : steps.points()) all.points[id.str()][point.step] = point.values[0].mean;
        auto events = read_events(snapshot, EventQuery{.containers = std::vector{id}}, {{key, id}});
        if (!events) return forward(events);
        for (StoredEvent& one : *events)
          all.events[id.str()].insert(std::to_string(one.place.time.time_since_epoch().count()) + one.event.action +
                                      one.event.attributes["a"]);
      }
      return all;
    }));
    EXPECT_TRUE(read) << read.error().detail;
    return read.value_or(Contents());
  }
  /// Takes a damaged file over, and again.
  Contents salvage(const std::string& bytes) {
    const fs::path folder = folder_.path() / "new";
    fs::remove_all(folder);
    const fs::path damaged = folder_.path() / "damaged.db";
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(damaged.string() + suffix);
    std::ofstream(damaged, std::ios::binary) << bytes;
    const auto store = open(folder);
    Contents found;
    for (int round = 0; round < 2; ++round) {
      auto done = run(MetricSalvage(*store, workers_, damaged).run());
      EXPECT_TRUE(done) << done.error().detail;
      const Contents now = contents(*store);
      if (round == 1) EXPECT_EQ(now, found) << "what was broken off is begun again, and nothing is there twice";
      found = now;
    }
    run(store->close());
    return found;
  }

  std::string bytes_;
  Contents whole_;
};

TEST_F(MetricSalvageTest, TakesEverythingOverOfAFileWhoseTreesAreWrong) {
  std::string spoilt = bytes_;
  spoilt.replace(0, store::limits::page_bytes, store::limits::page_bytes, 'x');
  EXPECT_EQ(salvage(bytes_), whole_);
  EXPECT_EQ(salvage(spoilt), whole_);
}

TEST_F(MetricSalvageTest, TakesOverWhatIsRightWhicheverPagesAreWrong) {
  std::mt19937 random(11);
  const std::size_t pages = bytes_.size() / store::limits::page_bytes;
  std::size_t least = whole_.size();
  for (int round = 0; round < 12; ++round) {
    std::string spoilt = bytes_;
    for (std::size_t i = 0; i < pages / 10; ++i) {
      const std::size_t page = random() % pages;
      if (round % 2 == 0)
        for (std::size_t at = 0; at < store::limits::page_bytes; ++at)
          spoilt[page * store::limits::page_bytes + at] = static_cast<char>(random());
      else
        spoilt[page * store::limits::page_bytes + random() % store::limits::page_bytes] ^=
            static_cast<char>(1U << (random() % 8));
    }
    if (round % 4 == 3) spoilt.resize(spoilt.size() / 2);
    const Contents found = salvage(spoilt);
    if (round % 2 == 0) {
      EXPECT_TRUE(found.is_of(whole_)) << "round " << round;
    }
    if (round % 4 != 3) least = std::min(least, found.size());
  }
  EXPECT_GT(least, whole_.size() / 3);
}

TEST_F(MetricSalvageTest, IsOrderedByWhoFindsTheDamageAndDoneAtTheNextStartAsWell) {
  const fs::path folder = folder_.path() / "data";
  fs::create_directories(folder);
  std::string spoilt = bytes_;
  spoilt.replace(0, store::limits::page_bytes, store::limits::page_bytes, 'x');
  std::ofstream(folder / "metrics.db", std::ios::binary) << spoilt;
  {
    // It is killed before it comes to that.
    const auto store = open(folder);
    EXPECT_TRUE(store->opened().set_aside);
    run(store->close());
  }
  const auto store = open(folder);
  EXPECT_FALSE(store->opened().set_aside);
  run(salvage_metrics_as_ordered(*store, workers_));
  EXPECT_EQ(contents(*store), whole_);
  EXPECT_FALSE(store::ordered_salvage(folder / "metrics.db"));
  run(store->close());
}

}  // namespace
}  // namespace taffrail::history
