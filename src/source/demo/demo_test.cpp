#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <latch>
#include <malloc.h>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/manual_clock.hpp"
#include "base/task_group.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "model/stats.hpp"
#include "source/demo/demo_source.hpp"
#include "source/demo/dice.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

const Time noon = *parse_rfc3339("2026-11-21T12:00:00Z");

/// Goes faster than the machine's clock, so that following shows minutes in a moment.
class FastClock final : public Clock {
 public:
  FastClock(Time start, int factor) : start_(start), factor_(factor), begin_(std::chrono::steady_clock::now()) {}
  [[nodiscard]] Time now() const override { return start_ + (std::chrono::steady_clock::now() - begin_) * factor_; }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }

 private:
  Time start_;
  int factor_;
  std::chrono::steady_clock::time_point begin_;
};

struct Seen {
  Seq seq;
  Time time;
  text::StdStream stream;
  std::string text;
  friend bool operator==(const Seen&, const Seen&) = default;
};

void PrintTo(const Seen& line, std::ostream* out) {
  *out << line.seq << ' ' << to_rfc3339(line.time) << ' ' << line.text;
}

void take(const Batch& batch, std::vector<Seen>& lines) {
  for (const Record& record : batch.records)
    lines.push_back({record.seq, record.time, record.stream, std::string(batch.text(record))});
}

/// Notes what a source tells.
class Notes final : public SourceSink {
 public:
  void host_changed(Host host) override { hosts.push_back(std::move(host)); }
  Task<> containers_listed(HostId, std::vector<Container> listed) override {
    for (Container& container : listed) container_changed(std::move(container));
    co_return;
  }
  void container_changed(Container container) override { containers[container.id] = std::move(container); }
  void container_removed(const ContainerId& id) override { containers.erase(id); }
  void container_event(ContainerEvent event) override { events.push_back(std::move(event)); }

  std::vector<Host> hosts;
  std::map<ContainerId, Container> containers;
  std::vector<ContainerEvent> events;
};

class Demo : public testing::Test {
 protected:
  void run(Task<> task) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) { failure = error; });
    context_.run();
    context_.restart();
    if (failure) std::rethrow_exception(failure);
  }

  /// Everything that a query which does not follow gives.
  static Task<std::vector<Seen>> read(DemoSource& source, ContainerId id, LogQuery query) {
    auto reader = co_await source.open_log(id, std::move(query));
    std::vector<Seen> lines;
    bool at_end = false;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      EXPECT_TRUE(chunk.has_value());
      if (!*chunk) break;
      EXPECT_FALSE(at_end) << "a chunk after the last";
      EXPECT_EQ((*chunk)->batch.container, id);
      at_end = (*chunk)->at_end;
      take((*chunk)->batch, lines);
    }
    co_return lines;
  }

  /// The containers by name.
  std::map<std::string, Container> list(DemoSource& source) {
    Notes notes;
    TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("demo", source.run(notes));
    run([](TaskGroup& tasks) -> Task<> {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      tasks.cancel();
      co_await tasks.join();
    }(group));
    std::map<std::string, Container> by_name;
    for (auto& [id, container] : notes.containers) by_name[container.name] = container;
    return by_name;
  }

  asio::io_context context_;
  WorkerPool workers_{2};
};

TEST_F(Demo, MakesItsLinesOnWorkersSoThatManyReadersDoNotHoldUpTheOwner) {
  const FastClock clock(noon, 1);
  WorkerPool only(1);
  DemoSource source(clock, only, {});
  const ContainerId id = list(source).begin()->second.id;
  run([](DemoSource& demo, WorkerPool& workers, ContainerId which) -> Task<> {
    std::latch held(1);
    bool read_on = false;
    TaskGroup group(co_await asio::this_coro::executor, [](std::string_view text) { ADD_FAILURE() << text; });
    group.spawn("the only worker", [](WorkerPool& pool, std::latch& until) -> Task<> {
      co_await pool.run([&] { until.wait(); });
    }(workers, held));
    group.spawn("reader", [](DemoSource& from, ContainerId container, bool& done) -> Task<> {
      LogQuery query;
      query.tail = 10;
      const std::vector<Seen> lines = co_await read(from, std::move(container), std::move(query));
      EXPECT_EQ(lines.size(), 10U);
      done = true;
    }(demo, std::move(which), read_on));
    while (!read_on && workers.depth() < 2)
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    EXPECT_FALSE(read_on) << "the worker is held";
    held.count_down();
    co_await group.join();
    EXPECT_TRUE(read_on);
  }(source, only, id));
}

TEST_F(Demo, AReaderThatStandsStillKeepsNoLines) {
  const auto in_use = [] {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  if (in_use() == 0) GTEST_SKIP() << "this allocator does not count";  // a sanitizer's
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {.rate = DemoOptions::max_rate});
  const ContainerId id = list(source).at("shop-gateway-1").id;
  run([](DemoSource& demo, ContainerId container, auto bytes_in_use) -> Task<> {
    constexpr std::size_t many = 50;
    LogQuery query;
    query.since = noon - 1min;
    query.chunk_bytes = 4096;
    std::vector<std::unique_ptr<LogReader>> readers;
    readers.reserve(many);
    std::size_t before = 0;
    // Once to fill what malloc keeps back, once to count.
    for (int times = 0; times < 2; ++times) {
      readers.clear();
      before = bytes_in_use();
      for (std::size_t i = 0; i < many; ++i) {
        auto reader = co_await demo.open_log(container, query);
        auto chunk = co_await (*reader)->next();
        EXPECT_FALSE((*chunk)->at_end);
        readers.push_back(std::move(*reader));
      }
    }
    const std::size_t each = (bytes_in_use() - before) / many;
    EXPECT_LT(each, 2048U) << "a second of this log has a hundred times that";
  }(source, id, in_use));
}

TEST_F(Demo, ListsServicesInEveryStateOfHealth) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  std::set<std::string> projects;
  std::set<ContainerState> states;
  std::set<Health> health;
  const auto containers = list(source);
  for (const auto& [name, container] : containers) {
    projects.insert(container.project);
    states.insert(container.state);
    health.insert(container.health);
    EXPECT_EQ(container.id.str().size(), 64U);
    if (name != "shop-orders-green-1") EXPECT_LT(*container.created, noon - 72h + 1s);
    EXPECT_TRUE(source.owns(container.host));
  }
  EXPECT_GE(containers.size(), 12U);
  EXPECT_EQ(projects, (std::set<std::string>{"", "media", "ops", "shop"}));
  EXPECT_TRUE(states.contains(ContainerState::running));
  EXPECT_EQ(containers.at("ops-mailer-1").state, ContainerState::paused);
  EXPECT_EQ(containers.at("archive-import").state, ContainerState::exited);
  EXPECT_EQ(containers.at("archive-import").exit_code, 137);
  EXPECT_TRUE(containers.at("archive-import").oom_killed);
  EXPECT_GT(containers.at("shop-payments-1").restarts, 2800U);
  clock.advance(5min);
  EXPECT_EQ(list(source).at("media-recommender-1").health, Health::unhealthy);
}

TEST_F(Demo, TheSameSeedTellsTheSameStoryWhenStartedLater) {
  ManualClock clock(noon);
  ManualClock later(noon + 7h);
  DemoSource first(clock, workers_, {});
  DemoSource second(later, workers_, {});
  DemoSource other(clock, workers_, {.seed = 2});
  auto containers = list(first);
  containers.erase("shop-orders-green-1");  // seven hours later it is another
  EXPECT_EQ(containers.at("shop-api-1").id, list(second).at("shop-api-1").id);
  EXPECT_NE(containers.at("shop-api-1").id, list(other).at("shop-api-1").id);
  for (const auto& [name, container] : containers) {
    run([](DemoSource& a, DemoSource& b, ContainerId id) -> Task<> {
      LogQuery query;
      query.since = noon - 20min;
      query.until = noon;
      auto from_a = co_await read(a, id, query);
      auto from_b = co_await read(b, id, query);
      EXPECT_EQ(from_a, from_b);
    }(first, second, container.id));
  }
}

TEST_F(Demo, TellsStoriesThatHoldTogether) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const auto containers = list(source);
  run([](DemoSource& from, ContainerId gateway, ContainerId transcoder) -> Task<> {
    LogQuery query;
    query.since = noon - 20min;
    int probes = 0;
    int deletions = 0;
    int empties = 0;
    for (const Seen& line : co_await read(from, gateway, query)) {
      const bool probe = line.text.contains("health-probe");
      EXPECT_EQ(probe, line.text.contains("GET /healthz")) << line.text;
      const bool deletes = line.text.contains("\"DELETE ");
      EXPECT_TRUE(!deletes || line.text.contains("\"DELETE /cart/items/")) << line.text;
      const bool empty = line.text.contains("HTTP/1.1\" 204 ") || line.text.contains("HTTP/1.1\" 304 ");
      EXPECT_EQ(empty, line.text.contains(" 0 \"-\"")) << line.text;
      probes += probe;
      deletions += deletes;
      empties += empty;
    }
    EXPECT_GT(probes, 10);
    EXPECT_GT(deletions, 10);
    EXPECT_GT(empties, 10);
    // A film goes forward in one size until it starts over in the next.
    std::string size;
    int percent = 0;
    int moved = 0;
    for (const Seen& line : co_await read(from, transcoder, query)) {
      if (!line.text.contains(" lighthouse ") || !line.text.ends_with('%')) continue;
      const std::string now_size = line.text.substr(line.text.find("lighthouse ") + 11, 5);
      const int now_percent = std::stoi(line.text.substr(line.text.rfind('m') + 2));
      if (now_size == size) {
        EXPECT_GE(now_percent, percent) << line.text;
        moved += now_percent > percent;
      }
      size = now_size;
      percent = now_percent;
    }
    EXPECT_GT(moved, 50);
  }(source, containers.at("shop-gateway-1").id, containers.at("media-transcoder-1").id));
}

TEST_F(Demo, PagesBackwardsAndForwardsAreTheSameLinesWithTheSameSeq) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  for (const char* name : {"shop-gateway-1", "shop-payments-1", "ops-backup-1", "shop-cache-1"}) {
    const ContainerId id = list(source).at(name).id;
    run([](DemoSource& demo, ContainerId container) -> Task<> {
      LogQuery all;
      all.since = noon - 30min;
      const auto lines = co_await read(demo, container, all);
      EXPECT_GT(lines.size(), 100U);
      for (std::size_t i = 1; i < lines.size(); ++i) {
        EXPECT_LT(lines[i - 1].seq, lines[i].seq);
        EXPECT_LT(lines[i - 1].time, lines[i].time);
      }
      EXPECT_LT(lines.back().seq, Seq{1} << 53);

      std::vector<Seen> backwards;
      std::optional<Cursor> before;
      while (backwards.size() < lines.size()) {
        LogQuery page;
        page.tail = 97;
        page.before = before;
        const auto part = co_await read(demo, container, page);
        EXPECT_EQ(part.size(), 97U);
        if (part.size() != 97U) break;
        backwards.insert(backwards.begin(), part.begin(), part.end());
        before = Cursor{part.front().seq, part.front().time, {}};
      }
      backwards.erase(backwards.begin(), backwards.end() - static_cast<std::ptrdiff_t>(lines.size()));
      EXPECT_EQ(backwards, lines);

      LogQuery rest;
      rest.after = Cursor{lines[40].seq, lines[40].time, {}};
      const auto after = co_await read(demo, container, rest);
      EXPECT_EQ(after, std::vector<Seen>(lines.begin() + 41, lines.end()));

      LogQuery middle;
      middle.since = lines[10].time;
      middle.until = lines[20].time;
      const auto between = co_await read(demo, container, middle);
      EXPECT_EQ(between, std::vector<Seen>(lines.begin() + 10, lines.begin() + 20));
    }(source, id));
  }
}

TEST_F(Demo, ScrollsBackToTheCreationOfTheContainerAndNoFurther) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const Container container = list(source).at("shop-cache-1");
  run([](DemoSource& demo, Container cache) -> Task<> {
    LogQuery everything;
    everything.tail = 1'000'000;
    const auto lines = co_await read(demo, cache.id, everything);
    EXPECT_FALSE(lines.empty());
    EXPECT_EQ(lines.front().time - *cache.created < 1s, true);
    EXPECT_EQ(lines.front().text, "                _._");
    LogQuery before_all;
    before_all.tail = 10;
    before_all.before = Cursor{lines.front().seq, lines.front().time, {}};
    const auto none = co_await read(demo, cache.id, before_all);
    EXPECT_TRUE(none.empty());
  }(source, container));
}

TEST_F(Demo, ImpossibleBoundsGiveNothing) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const ContainerId id = list(source).at("shop-api-1").id;
  const Cursor last{~Seq{0}, Time::max(), {}};
  const Cursor first{0, Time::min(), {}};
  std::vector<LogQuery> queries(6);
  queries[0].after = last;
  queries[1].since = Time::max();
  queries[2].before = first;
  queries[3].until = Time::min();
  queries[4].tail = 0;
  queries[5].since = noon;
  queries[5].until = noon - 1h;
  for (const LogQuery& query : queries) {
    run([](DemoSource& demo, ContainerId container, LogQuery asked) -> Task<> {
      const auto lines = co_await read(demo, container, asked);
      EXPECT_TRUE(lines.empty());
    }(source, id, query));
  }
}

TEST_F(Demo, FollowingGivesWhatALaterReadingGives) {
  FastClock clock(noon, 600);
  DemoSource source(clock, workers_, {});
  for (const char* name : {"shop-gateway-1", "shop-db-1"}) {
    const ContainerId id = list(source).at(name).id;
    run([](DemoSource& demo, ContainerId container) -> Task<> {
      LogQuery query;
      query.tail = 5;
      query.follow = true;
      auto reader = co_await demo.open_log(container, query);
      std::vector<Seen> lines;
      bool caught_up = false;
      while (lines.size() < 200) {
        auto chunk = co_await (*reader)->next();
        EXPECT_TRUE(chunk.has_value() && chunk->has_value());
        caught_up = caught_up || (*chunk)->at_end;
        take((*chunk)->batch, lines);
      }
      EXPECT_TRUE(caught_up);
      LogQuery again;
      again.since = lines.front().time;
      again.before = Cursor{lines.back().seq + 1, {}, {}};
      const auto read_again = co_await read(demo, container, again);
      EXPECT_EQ(lines, read_again);
    }(source, id));
  }
}

TEST_F(Demo, AFollowerOfAQuietLogIsToldOnceThatItHasCaughtUp) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const ContainerId id = list(source).at("ops-mailer-1").id;  // paused: no line will come
  run([](DemoSource& demo, ContainerId container) -> Task<> {
    LogQuery query;
    query.tail = 0;
    query.follow = true;
    auto reader = co_await demo.open_log(container, query);
    auto first = co_await (*reader)->next();
    EXPECT_TRUE((*first)->at_end);
    EXPECT_TRUE((*first)->batch.records.empty());
    auto second = co_await with_timeout(60ms, "second chunk", (*reader)->next());
    EXPECT_EQ(second.error().code, ErrorCode::timeout);
  }(source, id));
}

TEST_F(Demo, FollowingEndsWithTheRunOfAJobAndGoesOnThroughACrashLoop) {
  FastClock clock(noon, 2000);  // the job has just started
  DemoSource source(clock, workers_, {});
  const auto containers = list(source);
  run([](DemoSource& demo, ContainerId job, ContainerId looping) -> Task<> {
    LogQuery query;
    query.since = noon;
    query.follow = true;
    auto reader = co_await demo.open_log(job, query);
    std::vector<Seen> lines;
    for (;;) {
      auto chunk = co_await (*reader)->next();
      if (!*chunk) break;
      take((*chunk)->batch, lines);
    }
    EXPECT_EQ(lines.back().text, "+ exit 0");

    auto loop = co_await demo.open_log(looping, query);
    int starts = 0;
    int panics = 0;
    while (starts < 8) {
      auto chunk = co_await (*loop)->next();
      EXPECT_TRUE(chunk->has_value());
      std::vector<Seen> part;
      take((*chunk)->batch, part);
      for (const Seen& line : part) {
        if (line.text.find("msg=starting") != std::string::npos) ++starts;
        if (line.text.starts_with("panic: ")) ++panics;
      }
    }
    EXPECT_GE(panics, 1);
  }(source, containers.at("ops-backup-1").id, containers.at("shop-payments-1").id));
}

TEST_F(Demo, TellsStartsDeathsAndHealthAsTheyHappen) {
  FastClock clock(noon, 300);
  DemoSource source(clock, workers_, {});
  Notes notes;
  TaskGroup group(context_.get_executor(), [](std::string_view text) { ADD_FAILURE() << text; });
  group.spawn("demo", source.run(notes));
  run([](TaskGroup& tasks, Notes& seen) -> Task<> {
    const auto has = [&](std::string_view action) {
      return std::ranges::any_of(seen.events, [&](const ContainerEvent& event) { return event.action == action; });
    };
    while (!(has("start") && has("die") && has("oom") && has("health_status"))) co_await sleep_for(5ms);
    tasks.cancel();
    co_await tasks.join();
  }(group, notes));
  Time last = noon;
  std::set<std::string> codes;
  for (const ContainerEvent& event : notes.events) {
    if (event.action == "die") codes.insert(event.attributes.at("exitCode"));
    EXPECT_GT(event.time, noon - 1s);
    last = std::max(last, event.time);
  }
  EXPECT_TRUE(codes.contains("0"));
  EXPECT_TRUE(codes.contains("137"));
  EXPECT_EQ(notes.hosts.size(), 1U);
}

TEST_F(Demo, MetersFollowTheLog) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const auto containers = list(source);
  const std::vector<ContainerId> ids{containers.at("media-transcoder-1").id, containers.at("ops-mailer-1").id,
                                     containers.at("archive-import").id};
  double quietest = 1e9;
  double busiest = 0;
  double cpu_of_quietest = 0;
  double cpu_of_busiest = 0;
  std::map<ContainerId, StatCounters> before;
  int compared = 0;
  for (int second = 0; second < 1200; ++second) {
    run([&]() -> Task<> {
      const auto readings = co_await source.read_stats(ids);
      EXPECT_EQ(readings.size(), 2U) << "a stopped container has no meters";
      for (const auto& [id, counters] : readings) {
        if (before.contains(id)) {
          ++compared;
          EXPECT_GE(*counters.cpu_ns, *before[id].cpu_ns);
          const StatSample sample = difference(before[id], counters);
          EXPECT_LE(*sample.memory, 4ULL << 30);
          if (id == ids[1]) EXPECT_EQ(*sample.cpu, 0) << "a paused container uses nothing";
          if (id == ids[0]) {
            LogQuery query;
            query.since = clock.now() - 1s;
            query.until = clock.now();
            const auto lines = co_await read(source, id, query);
            const double count = static_cast<double>(lines.size());
            if (count < quietest) quietest = count, cpu_of_quietest = *sample.cpu;
            if (count > busiest) busiest = count, cpu_of_busiest = *sample.cpu;
          }
        }
        before[id] = counters;
      }
    }());
    clock.advance(1s);
  }
  EXPECT_EQ(compared, 2 * 1199);
  EXPECT_GT(busiest, 60) << "no burst in 20 minutes";
  EXPECT_GT(cpu_of_busiest, 5 * cpu_of_quietest);
}

TEST_F(Demo, ARateMultipliesTheLines) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {.rate = 330});
  const auto containers = list(source);
  std::size_t lines = 0;
  for (const auto& [name, container] : containers) {
    run([&]() -> Task<> {
      LogQuery query;
      query.since = noon - 10s;
      const auto part = co_await read(source, container.id, query);
      for (std::size_t i = 1; i < part.size(); ++i) EXPECT_LT(part[i - 1].seq, part[i].seq);
      lines += part.size();
    }());
  }
  EXPECT_GT(lines, 50'000U);
}

TEST_F(Demo, ATailOfOneIsTheLineBeforeItsEnd) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {.rate = 3000});
  const ContainerId id = list(source).at("shop-gateway-1").id;
  run([](DemoSource& demo, ContainerId container) -> Task<> {
    LogQuery some_seconds;
    some_seconds.since = noon - 2s;
    const auto lines = co_await read(demo, container, some_seconds);
    EXPECT_GT(lines.size(), 20'000U);
    for (std::size_t end = lines.size(); end > lines.size() - 200; --end) {
      LogQuery one;
      one.tail = 1;
      if (end < lines.size()) one.before = Cursor{lines[end].seq, lines[end].time, {}};
      const auto last = co_await read(demo, container, one);
      EXPECT_EQ(last, std::vector<Seen>{lines[end - 1]});
    }
  }(source, id));
}

TEST_F(Demo, ATailIsBoundedInBytesToo) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  const ContainerId id = list(source).at("shop-gateway-1").id;
  run([](DemoSource& demo, ContainerId container) -> Task<> {
    LogQuery page;
    page.tail = 1000;
    const auto lines = co_await read(demo, container, page);
    for (const std::size_t most : {1UZ, 100UZ, 1000UZ, 10'000UZ}) {
      page.tail_bytes = most;
      std::size_t wanted = 1;
      std::size_t bytes = lines.back().text.size();
      while ((bytes += lines[lines.size() - 1 - wanted].text.size()) <= most) ++wanted;
      const auto last = co_await read(demo, container, page);
      EXPECT_EQ(last, std::vector<Seen>(lines.end() - static_cast<std::ptrdiff_t>(wanted), lines.end()));
    }
  }(source, id));
}

TEST_F(Demo, AnUnknownContainerIsNotFound) {
  ManualClock clock(noon);
  DemoSource source(clock, workers_, {});
  run([](DemoSource& demo) -> Task<> {
    auto inspected = co_await demo.inspect(ContainerId("x"));
    EXPECT_EQ(inspected.error().code, ErrorCode::not_found);
    auto opened = co_await demo.open_log(ContainerId("x"), {});
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
  }(source));
}

TEST(DemoOptions, AreReadFromTheCommandLine) {
  EXPECT_EQ(DemoOptions::parse("")->rate, 1);
  EXPECT_EQ(DemoOptions::parse(":rate=2.5")->rate, 2.5);
  EXPECT_EQ(DemoOptions::parse(":seed=9,rate=10")->seed, 9U);
  for (const char* bad : {"x", ":rate", ":rate=", ":rate=0", ":rate=-1", ":rate=nan", ":rate=inf", ":rate=1e9",
                          ":seed=-1", ":seed=1x", ":speed=1", ":,"}) {
    const auto options = DemoOptions::parse(bad);
    ASSERT_FALSE(options.has_value()) << bad;
    EXPECT_EQ(options.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Dice, AreTheSameOnEveryMachine) {
  EXPECT_EQ(demo::Dice(1).next(), 0x910a2dec89025cc1U);  // SplitMix64's first number for the seed 1
  EXPECT_EQ(demo::hash({1, 2}), demo::hash({1, 2}));
  EXPECT_NE(demo::hash({1, 2}), demo::hash({2, 1}));
}

}  // namespace
}  // namespace taffrail
