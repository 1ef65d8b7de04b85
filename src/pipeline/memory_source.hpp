#pragma once

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/signal_flag.hpp"
#include "source/sequencer.hpp"
#include "source/source.hpp"
#include "source/tells_past.hpp"

namespace taffrail {

/// A source for tests: logs are what the test writes, kept in memory; readings can be broken at will. Honours LogQuery
/// as its contract says, so that it is also the plain implementation that others are compared with.
class MemorySource final : public Source, public TellsPast {
 public:
  struct Line {
    Time time;
    Place place;
    std::string text;
  };
  struct Log {
    std::vector<Line> lines;
    std::size_t discarded = 0;  // lines before these
    Seq last_discarded = 0;
    Sequencer sequencer;
    std::unique_ptr<SignalFlag> grown;
  };
  using Logs = std::map<std::string, Log>;

  explicit MemorySource(Executor executor) : executor_(std::move(executor)) {}

  /// The logs go to the source of another server, which nobody has read yet.
  [[nodiscard]] Logs take_logs() { return std::exchange(logs_, {}); }
  void put_logs(Logs logs) { logs_ = std::move(logs); }

  /// The container of this id, of the host "memory".
  static ContainerId id(std::string_view id) { return {HostId("memory"), std::string(id)}; }
  static Container container(const std::string& id, ContainerState state = ContainerState::running) {
    Container made;
    made.id = MemorySource::id(id);
    made.host = made.id.host();
    made.name = id + "-name";
    made.state = state;
    return made;
  }

  void write(const std::string& id, std::string text, Time time) {
    Log& log = log_of(id);
    log.lines.push_back({time, log.sequencer.next(time), std::move(text)});
    log.grown->notify();
  }
  /// The source loses the oldest lines, as an engine that turns its files over; who has not read them yet gets a gap.
  void discard(const std::string& id, std::size_t lines) {
    Log& log = log_of(id);
    log.last_discarded = log.lines[lines - 1].place.seq;
    log.lines.erase(log.lines.begin(), log.lines.begin() + static_cast<std::ptrdiff_t>(lines));
    log.discarded += lines;
  }
  /// Every open reading ends with this error at its next line.
  void break_readings(Error error) {
    ++breaks_;
    break_error_ = std::move(error);
    for (auto& [id, log] : logs_) log.grown->notify();
  }
  /// What it knows of a container's time before it was asked.
  void remember(const std::string& id, ContainerPast past) { pasts_[id] = std::move(past); }
  Task<Result<ContainerPast>> past_of(ContainerId id, Time since, Time until, Duration) override {
    ContainerPast past = pasts_[id.str()];
    std::erase_if(past.events, [&](const ContainerEvent& one) { return one.time < since || one.time >= until; });
    std::erase_if(past.samples, [&](const StatSample& one) { return one.time < since || one.time >= until; });
    co_return past;
  }
  /// Opening a log fails while this is set.
  void refuse(std::optional<Error> error) { refusal_ = std::move(error); }
  /// Opening this log gives no answer from now on, or at last.
  void hang(const std::string& id, bool hangs = true) {
    if (hangs)
      hanging_.insert(id);
    else
      hanging_.erase(id);
    log_of(id).grown->notify();
  }
  void set_lines_per_chunk(std::size_t lines) { lines_per_chunk_ = lines; }
  [[nodiscard]] std::size_t inspections() const { return inspections_; }
  [[nodiscard]] std::size_t opened_following() const { return opened_following_; }
  [[nodiscard]] std::size_t open_following() const { return open_following_; }

  [[nodiscard]] std::string kind() const override { return "memory"; }
  Task<> run(SourceSink& sink) override {
    Host host;
    host.id = HostId("memory");
    host.state = HostState::connected;
    sink.host_changed(host);
    co_return;
  }
  [[nodiscard]] bool owns(const HostId& host) const override { return host.str() == "memory"; }
  Task<Result<Container>> inspect(ContainerId id) override {
    ++inspections_;
    co_return container(id.str());
  }
  Task<Result<std::unique_ptr<LogReader>>> open_log(ContainerId id, LogQuery query) override {
    if (refusal_) co_return std::unexpected(*refusal_);
    while (hanging_.contains(id.str())) co_await log_of(id.str()).grown->wait();
    co_return std::make_unique<Reader>(*this, log_of(id.str()), std::move(id), std::move(query));
  }
  Task<std::vector<std::pair<ContainerId, StatCounters>>> read_stats(std::vector<ContainerId> ids) override {
    std::vector<std::pair<ContainerId, StatCounters>> readings;
    for (ContainerId& id : ids) {
      StatCounters counters;
      counters.time = std::chrono::system_clock::now();
      counters.steady = std::chrono::steady_clock::now();
      counters.cpu_ns = static_cast<std::uint64_t>(counters.steady.time_since_epoch().count());  // one core, always
      readings.emplace_back(std::move(id), counters);
    }
    co_return readings;
  }

 private:
  class Reader final : public LogReader {
   public:
    Reader(MemorySource& source, Log& log, ContainerId id, LogQuery query)
        : source_(source), log_(log), id_(std::move(id)), query_(std::move(query)), breaks_(source.breaks_) {
      if (query_.follow) {
        ++source_.opened_following_;
        ++source_.open_following_;
      }
      std::size_t at = 0;
      while (at < log_.lines.size() && !above_lower(log_.lines[at])) ++at;
      if (query_.tail) {
        std::size_t end = at;
        while (end < log_.lines.size() && below_upper(log_.lines[end])) ++end;
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
        std::size_t first = end;
        for (std::size_t i = end; i > at && lines < *query_.tail; --i) {
          if (!stated(log_.lines[i - 1])) continue;
          bytes += log_.lines[i - 1].text.size();
          if (query_.tail_bytes && bytes > *query_.tail_bytes && lines > 0) break;
          ++lines;
          first = i - 1;
        }
        at = first;
      }
      at_ = at + log_.discarded;
      lost_ = query_.after && log_.discarded > 0 && at == 0 && query_.after->seq < log_.last_discarded;
    }
    ~Reader() override {
      if (query_.follow) --source_.open_following_;
    }
    [[nodiscard]] bool can_wait() const override { return true; }
    Task<Result<std::optional<LogChunk>>> next() override {
      for (;;) {
        if (breaks_ != source_.breaks_) co_return std::unexpected(source_.break_error_);
        LogChunk chunk;
        chunk.batch.container = id_;
        lost_ = lost_ || at_ < log_.discarded;
        at_ = std::max(at_, log_.discarded);
        while (at_ < log_.discarded + log_.lines.size() && below_upper(log_.lines[at_ - log_.discarded]) &&
               chunk.batch.records.size() < source_.lines_per_chunk_ && chunk.batch.bytes.size() < query_.chunk_bytes) {
          const Line& line = log_.lines[at_++ - log_.discarded];
          if (!stated(line)) continue;
          chunk.batch.append(line.time, text::StdStream::out, line.text, false);
          chunk.batch.records.back().seq = line.place.seq;
          chunk.batch.records.back().place_time = line.place.time;
        }
        chunk.at_end = at_ == log_.discarded + log_.lines.size();
        if (!chunk.batch.records.empty() && std::exchange(lost_, false)) {
          const Record& first = chunk.batch.records.front();
          chunk.gap = Gap{id_, query_.after, Cursor{first.seq, first.time, {}}, std::nullopt, "rotated"};
        }
        if (!chunk.batch.records.empty() || (query_.follow && !told_end_)) {
          told_end_ = true;
          co_return chunk;
        }
        if (!query_.follow) co_return std::nullopt;
        co_await log_.grown->wait();
      }
    }

   private:
    [[nodiscard]] bool above_lower(const Line& line) const {
      return (!query_.after || line.place.seq > query_.after->seq) && (!query_.from || line.place.time >= *query_.from);
    }
    [[nodiscard]] bool below_upper(const Line& line) const {
      return (!query_.before || line.place.seq < query_.before->seq) && (!query_.to || line.place.time <= *query_.to);
    }
    /// What a line states may stand anywhere.
    [[nodiscard]] bool stated(const Line& line) const {
      return (!query_.since || line.time >= *query_.since) && (!query_.until || line.time < *query_.until);
    }
    MemorySource& source_;
    Log& log_;
    ContainerId id_;
    LogQuery query_;
    std::size_t breaks_;
    std::size_t at_ = 0;  // counted from the log's first line, discarded or not
    bool lost_ = false;   // lines before the next one
    bool told_end_ = false;
  };

  Log& log_of(const std::string& id) {
    Log& log = logs_[id];
    if (!log.grown) log.grown = std::make_unique<SignalFlag>(executor_);
    return log;
  }

  Executor executor_;
  std::map<std::string, ContainerPast> pasts_;
  Logs logs_;
  std::set<std::string> hanging_;
  std::optional<Error> refusal_;
  Error break_error_;
  std::size_t breaks_ = 0;
  std::size_t lines_per_chunk_ = 100;
  std::size_t inspections_ = 0;
  std::size_t opened_following_ = 0;
  std::size_t open_following_ = 0;
};

}  // namespace taffrail
