#pragma once

#include <fmt/format.h>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/signal_flag.hpp"
#include "base/time_format.hpp"
#include "base/timeout.hpp"
#include "net/http_request.hpp"
#include "net/request_target.hpp"
#include "net/response_writer.hpp"
#include "source/docker/engine_json.hpp"
#include "text/std_stream.hpp"

namespace taffrail::docker {

/// One line that a made-up container wrote.
struct LogLine {
  Time time;
  text::StdStream stream = text::StdStream::out;
  std::string text;
  bool open = false;  ///< its rest follows as the next line: it has no newline
  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// Answers as dockerd does, for tests: the shapes are those of the Engine API, 1.41; of a log, `tail` counts from its
/// end before `since` and `until` are looked at, and `until` is inclusive.
class FakeEngine {
 public:
  struct Entry {
    std::string name;
    std::string state;
    std::string driver = "json-file";
    std::string log_path;
    int pid = 0;
    std::string more;  ///< further members of its inspection: `,"…":…`
    std::vector<LogLine> log;
  };

  explicit FakeEngine(const Executor& executor, std::string id = "ENGINE")
      : engine_id(std::move(id)), changed_(executor) {}

  Entry& add(const ContainerId& id, std::string name, std::string state) {
    Entry& entry = containers_[id.str()];
    entry.name = std::move(name);
    entry.state = std::move(state);
    return entry;
  }
  void set_state(const ContainerId& id, std::string state) {
    containers_[id.str()].state = std::move(state);
    changed_.notify();
  }
  void set_name(const ContainerId& id, std::string name) { containers_[id.str()].name = std::move(name); }
  void log(const ContainerId& id, LogLine line) {
    containers_[id.str()].log.push_back(std::move(line));
    changed_.notify();
  }
  void event(const std::string& action, const ContainerId& id, Time time, const std::string& attributes) {
    const auto nanos = time.time_since_epoch().count();
    events_.emplace_back(time,
                         fmt::format(R"({{"Type":"container","Action":"{}","Actor":{{"ID":"{}","Attributes":{{{}}}}},)"
                                     R"("time":{},"timeNano":{}}})"
                                     "\n",
                                     action, id.str(), attributes, nanos / 1'000'000'000, nanos));
    changed_.notify();
  }
  void raw_event(std::string bytes) {
    events_.emplace_back(Time::max(), std::move(bytes));
    changed_.notify();
  }
  /// Ends every answer under way in order, as an engine that goes down.
  void end_streams() {
    ++ended_;
    changed_.notify();
  }
  /// Ends the answers under way that give logs, and no others.
  void end_logs() {
    ++ended_logs_;
    changed_.notify();
  }
  /// Breaks every answer under way off, after half a frame, as an engine that is killed.
  void cut_streams() {
    cut_ = true;
    end_streams();
  }

  Task<> answer(const net::HttpRequest& request, net::ResponseWriter& writer) {
    auto target = net::parse_target(request.target);
    std::vector<std::string> path = target ? target->segments : std::vector<std::string>{};
    if (!path.empty() && path[0].starts_with("v1.")) path.erase(path.begin());
    std::string name;
    for (const std::string& part : path) name += "/" + part;
    ++requests[path.size() == 3 ? path[2] : name];
    while (hangs_) co_await changed_.wait();
    if (name == garbage) co_return co_await send(writer, 200, "{\"half\": [");
    if (name == "/version")
      co_return co_await send(writer, 200, R"({"Version":"24.0","ApiVersion":"1.41","MinAPIVersion":"1.12"})");
    if (name == "/info")
      co_return co_await send(writer, 200,
                              fmt::format(R"({{"ID":"{}","Name":"box","NCPU":2,"MemTotal":1000,)"
                                          R"("DockerRootDir":"{}"}})",
                                          engine_id, data_root));
    if (name == "/_ping") co_return co_await send(writer, 200, "OK");
    if (name == "/events") co_return co_await answer_events(*target, writer);
    if (name == "/containers/json") co_return list ? co_await list(writer) : co_await answer_list(writer);
    const auto found = path.size() == 3 && path[0] == "containers" ? containers_.find(path[1]) : containers_.end();
    if (found == containers_.end()) co_return co_await send(writer, 404, R"({"message":"No such container"})");
    if (path[2] == "json") co_return co_await answer_inspection(found->first, writer);
    if (path[2] == "logs") co_return co_await answer_logs(*target, found->first, writer);
    if (path[2] == "stats") co_return co_await answer_stats(writer);
    co_return co_await send(writer, 404, R"({"message":"page not found"})");
  }

  /// Takes requests and answers none, as a stopped process; streams stand still. What waits is answered afterwards.
  void hang(bool hangs) {
    hangs_ = hangs;
    changed_.notify();
  }
  void remove(const ContainerId& id) { containers_.erase(id.str()); }

  std::string engine_id;
  std::string data_root;                             ///< DockerRootDir
  std::function<Task<>(net::ResponseWriter&)> list;  ///< answers the list in place of the engine
  std::map<std::string, int> requests;               ///< by the last part of a container's path, or the whole
  std::string garbage;                               ///< the path that is answered with broken JSON
  std::string refuse_logs;                           ///< the message with which logs are refused
  std::string last_events_since;
  std::map<std::string, int> inspections;
  int open_stats = 0;
  std::string stats_read = "2026-11-21T09:10:05Z";  ///< when the engine says that it read metrics
  int stats_cpu = 500;                              ///< nanoseconds used by then

 private:
  static Task<> send(net::ResponseWriter& writer, int status, std::string body) {
    auto sent = co_await writer.send(status, {{"Content-Type", "application/json"}}, body);
    (void)sent;  // the client may be gone
  }

  Task<> answer_list(net::ResponseWriter& writer) {
    std::string body = "[";
    for (const auto& [id, entry] : containers_)
      body += fmt::format(R"({}{{"Id":"{}","Names":["/{}"],"Image":"bb","State":"{}","Status":"x"}})",
                          body.size() > 1 ? "," : "", id, entry.name, entry.state);
    co_await send(writer, 200, body + "]");
  }

  Task<> answer_inspection(const std::string& id, net::ResponseWriter& writer) {
    ++inspections[id];
    const Entry& entry = containers_[id];
    const bool running = entry.state == "running";
    co_await send(
        writer, 200,
        fmt::format(R"({{"Id":"{}","Name":"/{}","State":{{"Status":"{}","ExitCode":{},"Pid":{},)"
                    R"("FinishedAt":"2026-11-21T00:00:00Z"}},"LogPath":"{}",)"
                    R"("HostConfig":{{"LogConfig":{{"Type":"{}"}}}},"Config":{{"Image":"bb",)"
                    R"("Labels":{{"com.docker.compose.service":"api"}}}}{}}})",
                    id, entry.name, entry.state, running ? 0 : 7, entry.pid, entry.log_path, entry.driver, entry.more));
  }

  Task<> answer_events(const net::RequestTarget& target, net::ResponseWriter& writer) {
    const auto since = target.parameter("since");
    last_events_since = since.value_or("");
    std::size_t next = since ? 0 : events_.size();
    const std::optional<Time> from = since ? time_of(*since) : std::nullopt;
    const int ended = ended_;
    auto started = co_await writer.start(200, {});
    while (started && ended == ended_) {
      while (hangs_) co_await changed_.wait();
      for (; next < events_.size(); ++next)
        if (!from || events_[next].first >= *from) started = co_await writer.write(events_[next].second);
      if (ended == ended_) co_await changed_.wait();
    }
    auto finished = co_await writer.finish();
    (void)finished;
  }

  Task<> answer_logs(const net::RequestTarget& target, const std::string& id, net::ResponseWriter& writer) {
    if (!refuse_logs.empty()) co_return co_await send(writer, 500, R"({"message":")" + refuse_logs + R"("})");
    const bool follow = target.parameter("follow").has_value();
    const auto since = target.parameter("since");
    const auto until = target.parameter("until");
    const auto tail = target.parameter("tail");
    const std::optional<Time> from = since ? time_of(*since) : std::nullopt;
    const std::optional<Time> to = until ? time_of(*until) : std::nullopt;
    Entry& entry = containers_[id];
    std::size_t next = 0;
    if (tail)
      next = entry.log.size() - std::min(entry.log.size(), static_cast<std::size_t>(std::stoull(std::string(*tail))));
    const int ended = ended_ + ended_logs_;
    auto started = co_await writer.start(200, {});
    for (;;) {
      std::string frames;
      bool past_end = false;
      for (; next < entry.log.size() && !past_end; ++next) {
        const LogLine& line = entry.log[next];
        past_end = to && line.time > *to;
        if (!past_end && (!from || line.time >= *from)) frames += frame(line);
      }
      if (!frames.empty()) started = co_await writer.write(frames);
      if (!follow || past_end || !started || entry.state != "running" || ended != ended_ + ended_logs_) break;
      co_await changed_.wait();
    }
    if (std::exchange(cut_, false)) {
      auto half = co_await writer.write(std::string_view("\x01\0\0\0\0\0\0\x40half", 12));
      (void)half;
      co_return;  // without an end: the client sees the connection break off
    }
    auto finished = co_await writer.finish();
    (void)finished;
  }

  Task<> answer_stats(net::ResponseWriter& writer) {
    struct Open {
      int& count;
      explicit Open(int& counter) : count(counter) { ++count; }
      ~Open() { --count; }
    } open(open_stats);
    auto started = co_await writer.start(200, {});
    while (started) {
      started = co_await writer.write(fmt::format(R"({{"read":"{}","cpu_stats":{{"cpu_usage":{{"total_usage":{}}}}}}})"
                                                  "\n",
                                                  stats_read, stats_cpu));
      co_await sleep_for(std::chrono::milliseconds(5));
    }
  }

  static std::string frame(const LogLine& line) {
    const std::string payload = to_rfc3339(line.time) + " " + line.text + (line.open ? "" : "\n");
    std::string out{line.stream == text::StdStream::err ? '\x02' : '\x01', 0, 0, 0};
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift & 0xff);
    return out + payload;
  }
  /// "1795252207.000000007"
  static std::optional<Time> time_of(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return std::nullopt;
    return Time(std::chrono::seconds(std::stoll(std::string(text.substr(0, point)))) +
                std::chrono::nanoseconds(std::stoll(std::string(text.substr(point + 1)))));
  }

  std::map<std::string, Entry> containers_;
  std::vector<std::pair<Time, std::string>> events_;
  SignalFlag changed_;
  bool hangs_ = false;
  int ended_ = 0;
  int ended_logs_ = 0;
  bool cut_ = false;
};

}  // namespace taffrail::docker
