#include "source/docker/docker_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "source/docker/api_log_reader.hpp"
#include "source/docker/docker_fixture.hpp"
#include "source/logfile/json_log_writer.hpp"

namespace taffrail::docker {
namespace {

using namespace std::chrono_literals;

TEST_F(DockerSources, ListAndTellWhatHappensFromThenOn) {
  start_engine();
  engine_.add(id_of(1), "web", "running");
  engine_.add(id_of(2), "old", "exited");
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected() && sink_.containers[id_of(1)].log_driver == "json-file"; });
    EXPECT_EQ(sink_.hosts.back().id.str(), "ENGINE");
    EXPECT_EQ(sink_.hosts.back().name, "box");
    EXPECT_EQ(sink_.hosts.back().api_version, "1.41");
    EXPECT_TRUE(source.owns(HostId("ENGINE")));
    EXPECT_EQ(sink_.containers.size(), 2U);
    // A stopped container is known from the list alone.
    EXPECT_EQ(engine_.inspections[id_of(2).str()], 0);

    engine_.add(id_of(3), "new", "created");
    engine_.event("create", id_of(3), epoch + 1s, R"("name":"new","image":"bb","com.docker.compose.service":"api")");
    co_await until([&] { return sink_.containers.contains(id_of(3)); });
    EXPECT_EQ(sink_.containers[id_of(3)].service, "api");
    engine_.set_state(id_of(3), "running");
    engine_.event("start", id_of(3), epoch + 2s, R"("name":"new")");
    co_await until([&] { return sink_.containers[id_of(3)].state == ContainerState::running; });
    engine_.event("health_status: unhealthy", id_of(3), epoch + 3s, R"("name":"new")");
    engine_.event("rename", id_of(1), epoch + 4s, R"("name":"web2","oldName":"/web")");
    engine_.set_name(id_of(1), "web2");
    co_await until([&] { return sink_.containers[id_of(1)].name == "web2"; });
    engine_.set_state(id_of(3), "exited");
    engine_.event("die", id_of(3), epoch + 5s, R"("name":"new","exitCode":"7")");
    co_await until([&] { return sink_.containers[id_of(3)].state == ContainerState::exited; });
    EXPECT_EQ(sink_.containers[id_of(3)].exit_code, 7);
    engine_.event("destroy", id_of(3), epoch + 6s, R"("name":"new")");
    co_await until([&] { return !sink_.removed.empty(); });
    EXPECT_EQ(sink_.removed, std::vector<ContainerId>{id_of(3)});
    std::vector<std::string> actions;
    actions.reserve(sink_.events.size());
    for (const ContainerEvent& event : sink_.events) actions.push_back(event.action);
    EXPECT_EQ(actions, (std::vector<std::string>{"create", "start", "health_status", "rename", "die", "destroy"}));
    // Labels are told with the container, not with each event.
    EXPECT_FALSE(sink_.events[0].attributes.contains("com.docker.compose.service"));
  });
}

TEST_F(DockerSources, ComeBackAfterABreakWithoutTellingAnEventTwice) {
  start_engine();
  engine_.add(id_of(1), "web", "running");
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    engine_.event("pause", id_of(1), epoch + 1s, R"("name":"web")");
    engine_.event("unpause", id_of(1), epoch + 2s, R"("name":"web")");
    co_await until([&] { return sink_.events.size() == 2; });
    co_await until([&] { return sink_.containers[id_of(1)].log_driver == "json-file"; });
    const int inspections = engine_.inspections[id_of(1).str()];
    engine_.end_streams();
    co_await until([&] { return sink_.hosts.back().state == HostState::unreachable; });
    // What happens meanwhile is asked for with `since`, the last event seen included.
    engine_.event("pause", id_of(1), epoch + 3s, R"("name":"web")");
    engine_.add(id_of(2), "second", "exited");
    co_await until([&] { return sink_.events.size() == 3 && sink_.connected(); });
    EXPECT_EQ(engine_.last_events_since, "1795252207.000000000");
    EXPECT_EQ(sink_.lists.size(), 2U);
    EXPECT_TRUE(sink_.containers.contains(id_of(2)));
    co_await sleep_for(20ms);
    EXPECT_EQ(sink_.events.size(), 3U);
    // It may have been started anew meanwhile.
    co_await until([&] { return engine_.inspections[id_of(1).str()] > inspections; });
  });
}

TEST_F(DockerSources, ShowAnEngineThatIsNotThereAndTheOneThatComes) {
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return !sink_.hosts.empty(); });
    EXPECT_EQ(sink_.hosts.back().state, HostState::unreachable);
    EXPECT_NE(sink_.hosts.back().detail.find("engine.sock"), std::string::npos);
    const HostId before = sink_.hosts.back().id;
    start_engine();
    co_await until([&] { return sink_.connected(); });
    EXPECT_EQ(sink_.hosts_removed, std::vector<HostId>{before});
  });
}

class GarbledDockerSources : public DockerSources, public testing::WithParamInterface<const char*> {};

TEST_P(GarbledDockerSources, OutliveAnEngineThatTalksGarbage) {
  start_engine();
  engine_.garbage = GetParam();
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return !sink_.hosts.empty() && sink_.hosts.back().state == HostState::unreachable; });
    EXPECT_NE(sink_.hosts.back().detail.find("is not what the API describes"), std::string::npos)
        << sink_.hosts.back().detail;
    engine_.garbage.clear();
    co_await until([&] { return sink_.connected(); });
    // A broken event is passed over, the next one is told.
    engine_.raw_event("{\"Type\":\"container\",\"Action\":7}\n\n\x01\x02{{{\n");
    engine_.add(id_of(1), "web", "running");
    engine_.event("start", id_of(1), epoch, R"("name":"web")");
    co_await until([&] { return sink_.events.size() == 1; });
  });
}
INSTANTIATE_TEST_SUITE_P(Answers, GarbledDockerSources, testing::Values("/version", "/info", "/containers/json"));

TEST_F(DockerSources, ListThousandsOfStoppedContainersWithoutInspectingOne) {
  start_engine();
  for (int i = 0; i < 2000; ++i) engine_.add(id_of(i), "n" + std::to_string(i), "exited");
  with_source([this](DockerSource&) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    EXPECT_EQ(sink_.containers.size(), 2000U);
    EXPECT_TRUE(engine_.inspections.empty());
  });
}

TEST_F(DockerSources, SayWhyALogCannotBeRead) {
  start_engine();
  engine_.add(id_of(1), "silent", "running").driver = "none";
  engine_.add(id_of(2), "remote", "running").driver = "gelf";
  engine_.refuse_logs = "configured logging driver does not support reading";
  with_source([this](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    auto none = co_await source.open_log(id_of(1), {});
    EXPECT_EQ(none.error().code, ErrorCode::unsupported);
    EXPECT_NE(none.error().detail.find("\"none\""), std::string::npos);
    auto gelf = co_await source.open_log(id_of(2), {});
    EXPECT_EQ(gelf.error().code, ErrorCode::unsupported);
    EXPECT_NE(gelf.error().detail.find("\"gelf\""), std::string::npos);
    auto unknown = co_await source.open_log(id_of(9), {});
    EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
    auto path = co_await source.open_log(ContainerId(HostId("ENGINE"), "../x"), {});
    EXPECT_EQ(path.error().code, ErrorCode::not_found);
  });
}

TEST_F(DockerSources, ReadTheLogFileWhereItIsReadableAndElseTheEngine) {
  start_engine();
  const ContainerId id = id_of(1);
  const std::filesystem::path file = directory_ / id.str() / (id.str() + "-json.log");
  std::filesystem::create_directory(file.parent_path());
  FakeEngine::Entry& entry = engine_.add(id, "web", "running");
  entry.log_path = file.string();
  entry.log.push_back({epoch, text::StdStream::out, "by the engine"});
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    LogQuery query;
    query.follow = true;
    auto by_engine = co_await source.open_log(id, query);
    EXPECT_TRUE(by_engine.has_value());
    auto lines = co_await read(**by_engine);
    EXPECT_EQ(lines.size(), 1U);

    logfile::JsonLogWriter writer(file, 1, false);
    writer.line(epoch, text::StdStream::err, "by the file");
    auto by_file = co_await source.open_log(id, query);
    EXPECT_TRUE(by_file.has_value());
    lines = co_await read(**by_file);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch, text::StdStream::err, "by the file"}}));
    // It follows, and ends when the container does.
    writer.line(epoch + 1us, text::StdStream::out, "more");
    lines = co_await read(**by_file);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch + 1us, text::StdStream::out, "more"}}));
    writer.line(epoch + 2us, text::StdStream::out, "last");
    engine_.set_state(id, "exited");
    engine_.event("die", id, epoch + 1s, R"("name":"web","exitCode":"0")");
    lines = co_await read(**by_file);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch + 2us, text::StdStream::out, "last"}}));
    auto end = co_await (*by_file)->next();
    EXPECT_TRUE(end.has_value() && !end->has_value());
  });
}

TEST_F(DockerSources, FollowThroughTheEngineUntilTheContainerStops) {
  start_engine();
  FakeEngine::Entry& entry = engine_.add(id_of(1), "web", "running");
  for (int i = 0; i < 10; ++i) entry.log.push_back({epoch + 1ms * i, text::StdStream::out, std::to_string(i)});
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    LogQuery query;
    query.follow = true;
    query.tail = 3;
    auto reader = co_await source.open_log(id_of(1), query);
    EXPECT_TRUE(reader.has_value());
    auto past = co_await read(**reader);
    EXPECT_EQ(past.size(), 3U);
    EXPECT_EQ(past.front().text, "7");
    for (int i = 10; i < 13; ++i) {
      engine_.log(id_of(1), {epoch + 1ms * i, text::StdStream::err, std::to_string(i)});
      auto line = co_await read(**reader);
      EXPECT_EQ(line, (std::vector<LogLine>{{epoch + 1ms * i, text::StdStream::err, std::to_string(i)}}));
    }
    engine_.log(id_of(1), {epoch + 13ms, text::StdStream::out, "13"});
    engine_.set_state(id_of(1), "exited");
    auto last = co_await read(**reader);
    EXPECT_EQ(last.size(), 1U);
    auto end = co_await (*reader)->next();
    EXPECT_TRUE(end.has_value() && !end->has_value());
  });
}

TEST_F(DockerSources, GiveEveryLineBehindAClockSetBackAfterANewRequest) {
  start_engine();
  FakeEngine::Entry& entry = engine_.add(id_of(1), "web", "running");
  for (int i = 0; i < 20; ++i) entry.log.push_back({epoch + 10min + 1ms * i, text::StdStream::out, std::to_string(i)});
  for (int i = 20; i < 40; ++i)
    entry.log.push_back({epoch + 1s * (i / 4), text::StdStream::out, std::to_string(i % 4 / 2)});
  const auto text_of = [](int i) { return std::to_string(i < 20 ? i : i % 4 / 2); };
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    for (const bool from_end : {false, true}) {
      LogQuery query;
      query.follow = true;
      if (from_end) query.tail = 0;
      auto reader = co_await source.open_log(id_of(1), query);
      EXPECT_TRUE(reader.has_value());
      std::vector<std::string> received;
      std::vector<Seq> names;
      const std::size_t begin = from_end ? entry.log.size() : 0;
      for (int round = 0; round < 4; ++round) {
        while (names.size() + begin < entry.log.size() || round == 0) {
          auto chunk = co_await (*reader)->next();
          EXPECT_TRUE(chunk.has_value() && chunk->has_value());
          if (!chunk || !*chunk) break;
          const Batch& batch = (*chunk)->batch;
          for (std::size_t i = (*chunk)->context; i < batch.records.size(); ++i) {
            received.emplace_back(batch.text(batch.records[i]));
            names.push_back(batch.records[i].seq);
          }
          if ((*chunk)->at_end && round == 0 && names.size() + begin >= entry.log.size()) break;
        }
        // The answer ends in order, within lines of one time that say the same.
        engine_.end_logs();
        for (int i = 0; i < 6; ++i) {
          const auto next = static_cast<int>(entry.log.size());
          engine_.log(id_of(1), {epoch + 1s * (next / 4), text::StdStream::out, std::to_string(next % 4 / 2)});
        }
      }
      std::vector<std::string> expected;
      for (std::size_t i = begin; i < begin + received.size(); ++i) expected.push_back(text_of(static_cast<int>(i)));
      EXPECT_EQ(received, expected);
      EXPECT_GE(received.size(), 18U);
      for (std::size_t i = 1; i < names.size(); ++i) EXPECT_LT(names[i - 1], names[i]);
    }
  });
}

TEST_F(DockerSources, KeepALineWholeWithinWhichTheEngineEndsItsAnswer) {
  start_engine();
  FakeEngine::Entry& entry = engine_.add(id_of(1), "web", "running");
  entry.log = {{epoch, text::StdStream::out, "one"}, {epoch + 1s, text::StdStream::out, "two ", true}};
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    LogQuery query;
    query.follow = true;
    auto reader = co_await source.open_log(id_of(1), query);
    EXPECT_TRUE(reader.has_value());
    auto lines = co_await read(**reader);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch, text::StdStream::out, "one"}}));
    TaskGroup tasks(co_await asio::this_coro::executor, [](std::string_view what) { ADD_FAILURE() << what; });
    tasks.spawn("engine", [](FakeEngine& engine) -> Task<> {
      co_await until([&] { return engine.requests["logs"] == 2; });
      engine.end_logs();
      co_await until([&] { return engine.requests["logs"] == 3; });
      engine.log(id_of(1), {epoch + 1s, text::StdStream::out, "halves"});
      engine.set_state(id_of(1), "exited");
    }(engine_));
    lines = co_await read(**reader);
    EXPECT_EQ(lines, (std::vector<LogLine>{{epoch + 1s, text::StdStream::out, "two halves"}}));
    co_await tasks.join();
  });
}

TEST_F(DockerSources, GoOnBehindTheirCursorAfterTheEngineBrokeOff) {
  start_engine();
  FakeEngine::Entry& entry = engine_.add(id_of(1), "web", "running");
  for (int i = 0; i < 100; ++i) entry.log.push_back({epoch + 1us * i, text::StdStream::out, std::to_string(i)});
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    LogQuery query;
    query.follow = true;
    std::vector<std::string> received;
    for (int round = 0; round < 4; ++round) {
      auto reader = co_await source.open_log(id_of(1), query);
      EXPECT_TRUE(reader.has_value());
      bool broken = false;
      while (!broken) {
        auto chunk = co_await (*reader)->next();
        if (!chunk) break;
        for (std::size_t i = (*chunk)->context; i < (*chunk)->batch.records.size(); ++i) {
          const Record& record = (*chunk)->batch.records[i];
          received.emplace_back((*chunk)->batch.text(record));
          query.after = Cursor{record.seq, record.time, {}};
        }
        EXPECT_FALSE((*chunk)->gap.has_value());
        if ((*chunk)->at_end) {
          // It breaks off in the middle of a frame.
          for (int i = 0; i < 50; ++i)
            engine_.log(id_of(1), {epoch + 1us * static_cast<int>(entry.log.size()), text::StdStream::out,
                                   std::to_string(entry.log.size())});
          engine_.cut_streams();
        }
      }
    }
    std::vector<std::string> expected;
    expected.reserve(received.size());
    for (std::size_t i = 0; i < received.size(); ++i) expected.push_back(std::to_string(i));
    EXPECT_EQ(received, expected);
    EXPECT_GE(received.size(), 200U);
  });
}

TEST_F(DockerSources, GiveForAnyQueryThroughTheEngineWhatItsWholeLogHolds) {
  start_engine();
  std::mt19937 random(11);
  const auto draw = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  FakeEngine::Entry& entry = engine_.add(id_of(1), "web", "exited");
  Time time = epoch;
  for (int i = 0; i < 12'000; ++i) {
    time += draw(0, 20) == 0 ? 1ns * draw(0, 900'000'000) : 1ns * draw(0, 400);
    entry.log.push_back({draw(0, 40) == 0 ? time - 1us * draw(0, 500'000) : time,
                         draw(0, 2) == 0 ? text::StdStream::err : text::StdStream::out, "line " + std::to_string(i)});
  }
  std::vector<Seq> seqs;
  seqs.reserve(entry.log.size());
  Sequencer sequencer;
  for (const LogLine& line : entry.log) seqs.push_back(sequencer.next(line.time).seq);
  with_source([&](DockerSource& source) -> Task<> {
    co_await until([&] { return sink_.connected(); });
    for (int i = 0; i < 60; ++i) {
      LogQuery query;
      const auto cursor = [&] {
        const auto at = static_cast<std::size_t>(draw(0, 11'999));
        return Cursor{seqs[at], entry.log[at].time, {}};
      };
      const int kind = draw(0, 6);
      if (kind == 1 || kind == 5) query.after = cursor();
      if (kind == 2) query.since = cursor().time;
      if (kind == 3 || kind == 5 || kind == 6) query.before = cursor();
      if (kind == 4) query.until = cursor().time;
      if (draw(0, 1) == 0) query.tail = static_cast<std::uint64_t>(draw(0, 1) == 0 ? draw(0, 20) : draw(0, 5000));
      std::vector<LogLine> expected;
      for (std::size_t at = 0; at < entry.log.size(); ++at) {
        const LogLine& line = entry.log[at];
        if ((query.after && seqs[at] <= query.after->seq) || (query.since && line.time < *query.since) ||
            (query.before && seqs[at] >= query.before->seq) || (query.until && line.time >= *query.until))
          continue;
        expected.push_back(line);
      }
      if (query.tail && expected.size() > *query.tail)
        expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(*query.tail));
      auto reader = co_await source.open_log(id_of(1), query);
      EXPECT_TRUE(reader.has_value());
      if (!reader) co_return;
      auto got = co_await read(**reader);
      EXPECT_TRUE(got == expected) << "query " << i << " kind " << kind << ": " << got.size() << " lines, not "
                                   << expected.size();
    }
  });
}

TEST_F(DockerSources, TakeMetricsFromTheEngineOnlyWhileSomebodyAsks) {
  start_engine();
  ManualClock clock(epoch);
  engine_.add(id_of(1), "web", "running");
  run([&, this]() -> Task<> {
    EngineClient client(context_.get_executor(), options_.endpoint, nullptr);
    auto version = co_await client.negotiate();
    EXPECT_TRUE(version.has_value());
    StatsStreams streams(context_.get_executor(), client, clock);
    std::vector<std::pair<ContainerId, StatCounters>> got;
    co_await until([&] {
      got = streams.read({id_of(1)});
      return !got.empty();
    });
    EXPECT_EQ(got[0].second.cpu_ns, 500U);
    EXPECT_EQ(streams.open_streams(), 1U);
    EXPECT_EQ(engine_.open_stats, 1);
    clock.advance(14s);
    co_await sleep_for(30ms);
    EXPECT_EQ(streams.open_streams(), 1U);
    clock.advance(2s);
    co_await until([&] { return streams.open_streams() == 0 && engine_.open_stats == 0; });
    co_await streams.stop();
  }());
}

TEST_F(DockerSources, ReckonByTheEnginesTimesOnlyWhileTheyRunAsOurs) {
  start_engine();
  ManualClock clock(epoch);
  engine_.add(id_of(1), "web", "running");
  struct Step {
    Duration passes;   // here
    const char* read;  // what the engine says
    Duration counts;   // between the two readings
  };
  const Step steps[] = {
      {0s, "2026-11-21T09:10:05Z", 0s},       {1200ms, "2026-11-21T09:10:06Z", 1s},
      {1s, "2026-11-21T07:10:07Z", 1200ms},  // set back two hours: ours count, 0.2 s of which were owed
      {1s, "2026-11-21T07:10:08Z", 1s},       {1s, "2026-11-23T07:10:09Z", 1s},
      {1s, "2026-11-23T07:10:10.1Z", 1100ms},
  };
  run([&, this]() -> Task<> {
    EngineClient client(context_.get_executor(), options_.endpoint, nullptr);
    auto version = co_await client.negotiate();
    EXPECT_TRUE(version.has_value());
    StatsStreams streams(context_.get_executor(), client, clock);
    std::optional<StatCounters> before;
    for (const Step& step : steps) {
      clock.advance(step.passes);
      engine_.stats_read = step.read;
      ++engine_.stats_cpu;
      std::optional<StatCounters> now;
      co_await until([&] {
        for (const auto& [id, counters] : streams.read({id_of(1)}))
          if (counters.cpu_ns == static_cast<std::uint64_t>(engine_.stats_cpu) && !now) now = counters;
        return now.has_value();
      });
      if (!now) break;
      if (before) EXPECT_EQ(now->steady - before->steady, step.counts) << step.read;
      EXPECT_EQ(now->time, clock.now()) << "what is shown is our time";
      before = now;
    }
    co_await streams.stop();
  }());
}

}  // namespace
}  // namespace taffrail::docker
