#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>
#include <zlib.h>

#include "base/temporary_folder.hpp"
#include "base/time_format.hpp"
#include "source/logfile/log_reading.hpp"

namespace taffrail::logfile {

using namespace std::chrono_literals;

/// A line as it was delivered, or must be.
struct Told {
  Seq seq = 0;
  Time place;
  Time time;
  std::string text;
  friend bool operator==(const Told&, const Told&) = default;
};

inline void PrintTo(const Told& line, std::ostream* out) {
  *out << line.seq << " @" << to_rfc3339(line.place) << ' ' << to_rfc3339(line.time) << ' ' << line.text.substr(0, 60);
}

/// Where two lists of lines part; empty when they are equal.
inline std::string difference(const std::vector<Told>& is, const std::vector<Told>& should) {
  for (std::size_t i = 0; i < std::max(is.size(), should.size()); ++i) {
    if (i < is.size() && i < should.size() && is[i] == should[i]) continue;
    const auto text = [&](const std::vector<Told>& lines) {
      return i < lines.size() ? testing::PrintToString(lines[i]) : std::string("the end");
    };
    return "line " + std::to_string(i) + " of " + std::to_string(is.size()) + ", not " + std::to_string(should.size()) +
           ": " + text(is) + ", not " + text(should);
  }
  return "";
}

/// What a reading has given so far.
struct Given {
  std::vector<Told> lines;
  std::vector<Told> context;
  std::vector<Gap> gaps;
  bool more = true;

  /// Reads until nothing more is there.
  void read(LogReading& reading, const LogReading::Moment& moment) {
    for (bool at_end = false; more && !at_end;) {
      auto step = reading.read(moment);
      ASSERT_TRUE(step.has_value()) << step.error().detail;
      const Batch& batch = step->chunk.batch;
      for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const Record& record = batch.records[i];
        (i < step->chunk.context ? context : lines)
            .push_back({record.seq, record.place_time, record.time, std::string(batch.text(record))});
      }
      if (step->chunk.gap) gaps.push_back(*step->chunk.gap);
      at_end = step->chunk.at_end;
      more = step->more;
    }
  }
};

/// What a query selects of all lines, by the words of LogQuery.
inline std::vector<Told> select(const std::vector<Told>& all, const LogQuery& query) {
  std::vector<Told> out;
  for (const Told& line : all) {
    if (query.after && line.seq <= query.after->seq) continue;
    if (query.before && line.seq >= query.before->seq) continue;
    if (query.from && line.place < *query.from) continue;
    if (query.to && line.place > *query.to) continue;
    if (query.since && line.time < *query.since) continue;
    if (query.until && line.time >= *query.until) continue;
    out.push_back(line);
  }
  if (query.tail && out.size() > *query.tail)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(*query.tail));
  if (query.tail && query.tail_bytes) {
    std::size_t first = out.size();
    std::uint64_t bytes = 0;
    while (first > 0 && (first == out.size() || bytes + out[first - 1].text.size() <= *query.tail_bytes))
      bytes += out[--first].text.size();
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return out;
}

/// A log that is written, rotated, compressed, copied and truncated at random, by the definition of its lines' places:
/// the running maximum of the times stated, but for one that is a year ahead alone; names by the tick of that, raised
/// by one, or (in plain files) by place in the file.
class LogModel {
 public:
  LogModel(LogFormat format, std::uint32_t seed) : random_(seed) {
    options_.format = format;
    options_.path = (folder_.path() / "app.log").string();
    options_.max_files = 6;
    options_.index = {.block = 400, .exact = 1 << 20, .sample = 400, .run_up = 400};
    generations_.emplace_back();
    std::ofstream(options_.path).flush();
    restart();
  }

  int draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  [[nodiscard]] bool plain() const { return options_.plain(); }
  [[nodiscard]] LogOptions& options() { return options_; }
  [[nodiscard]] const std::shared_ptr<Log>& log() const { return log_; }
  [[nodiscard]] LogReading::Moment moment() const { return {.now = now_, .steady = steady_}; }

  /// The program starts anew: what it knows it has from the files.
  void restart() {
    log_ = std::make_shared<Log>(options_);
    running_ = Time::min();
    far_ = false;
    last_seq_ = 0;
    for (Lines& lines : generations_)
      for (Line& line : lines) {
        line.told.seq = 0;
        place(line);
      }
  }

  /// Appends some lines.
  void write(int count) {
    std::ofstream out(options_.path, std::ios::app | std::ios::binary);
    for (int i = 0; i < count; ++i) out << (plain() ? plain_line() : json_row());
  }

  void rotate() {
    namespace fs = std::filesystem;
    // One that is read would be compressed by now.
    const auto name = [&](std::size_t number, const char* ending) {
      return options_.path + "." + std::to_string(number) + ending;
    };
    for (std::size_t i = options_.max_files - 1; i > 0; --i)
      for (const char* ending : {"", ".gz"}) {
        if (!fs::exists(name(i, ending))) continue;
        if (i + 1 == options_.max_files)
          fs::remove(name(i, ending));
        else
          fs::rename(name(i, ending), name(i + 1, ending));
      }
    fs::rename(options_.path, name(1, ""));
    std::ofstream(options_.path).flush();
    generations_.emplace_back();
    if (generations_.size() > options_.max_files) generations_.erase(generations_.begin());
  }

  /// Compresses a rotated file.
  void compress() {
    const std::string path = options_.path + "." + std::to_string(draw(1, static_cast<int>(options_.max_files) - 1));
    if (!std::filesystem::exists(path)) return;
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    gzFile file = ::gzopen((path + ".gz").c_str(), "wb");
    if (!text.empty()) ::gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(file);
    std::filesystem::remove(path);
  }

  /// All files become copies of themselves, in any order, as after a move to another disk; the program starts anew.
  void copy() {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_.path())) files.push_back(entry.path());
    std::ranges::shuffle(files, random_);
    for (const fs::path& file : files) {
      fs::copy_file(file, file.string() + "~");
      fs::rename(file.string() + "~", file);
    }
    restart();
  }

  /// Truncates a plain file in place, behind a copy of it that is the newest of the rotated ones, as logrotate's
  /// copytruncate does.
  void copy_and_truncate() {
    const std::string path = options_.path;
    rotate();
    std::filesystem::rename(path + ".1", path);
    std::filesystem::copy_file(path, path + ".1");
    std::filesystem::resize_file(path, 0);
    // The copy is another file, whose lines have other names.
    if (generations_.size() > 1)
      for (Line& line : generations_[generations_.size() - 2]) line.told.seq = 0;
  }

  /// Sets the clock by which lines are written.
  void step_clock(Duration by) { clock_ += by; }
  void pass(Duration by) {
    now_ += by;
    steady_ += by;
  }

  /// All lines that are there. Names of a plain file's lines as they were told first.
  [[nodiscard]] std::vector<Told> lines() const {
    std::vector<Told> all;
    for (const Lines& lines : generations_)
      for (const Line& line : lines) all.push_back(line.told);
    return all;
  }
  /// The names of a plain file's lines, as a reading of all gives them; that they are the same as before is checked.
  void learn(const std::vector<Told>& all) {
    std::size_t i = 0;
    for (Lines& lines : generations_)
      for (Line& line : lines) {
        if (i >= all.size()) return;
        if (line.told.seq == 0) line.told.seq = all[i].seq;
        ++i;
      }
  }

  [[nodiscard]] Given read(LogQuery query) const {
    Given given;
    LogReading reading(log_, ContainerId("c"), std::move(query));
    const auto opened = reading.open(moment());
    EXPECT_TRUE(opened.has_value()) << opened.error().detail;
    if (opened) given.read(reading, moment());
    return given;
  }

 private:
  struct Line {
    Told told;
    std::optional<Time> stated;
  };
  using Lines = std::vector<Line>;

  Time next_time() {
    const int kind = draw(0, 99);
    if (kind < 40) clock_ += 1ns * draw(0, 300);  // within a tick or two
    if (kind >= 40) clock_ += 1ns * draw(0, 1'500'000'000);
    if (kind == 98) return clock_ + std::chrono::days(800);
    if (kind > 80) return clock_ - 1ns * draw(0, 900'000'000);
    return clock_;
  }
  void place(Line& line) {
    if (line.stated) {
      const bool far = running_ != Time::min() && *line.stated - running_ > std::chrono::days(365);
      if (!far || far_) running_ = std::max(running_, *line.stated);
      far_ = far && !far_;
    }
    line.told.place = running_;
    if (plain()) return;
    const auto tick =
        static_cast<Seq>((running_ - Time(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1))).count() / 125);
    line.told.seq = last_seq_ = std::max(last_seq_ + 1, tick);
  }
  void add(std::optional<Time> stated, Time shown, std::string text) {
    Line line{{0, {}, shown, std::move(text)}, stated};
    place(line);
    generations_.back().push_back(std::move(line));
  }
  std::string text() {
    return "n=" + std::to_string(count_++) + std::string(static_cast<std::size_t>(draw(0, 60)), '.');
  }

  std::string plain_line() {
    const Lines& lines = generations_.back();
    std::string line;
    if (!lines.empty() && draw(0, 2) == 0) {
      line = "  at " + text();
      add(std::nullopt, last_shown_, line);
    } else {
      const Time time = next_time();
      const std::chrono::hours zone(draw(-11, 11));
      line = to_rfc3339(time + zone);
      line.pop_back();
      line += (zone < 0h ? "-" : "+") + std::string(std::abs(zone.count()) < 10 ? "0" : "") +
              std::to_string(std::abs(zone.count())) + ":00 " + text();
      last_shown_ = time;
      add(time, time, line);
    }
    return line + "\n";
  }
  std::string json_row() {
    const std::size_t stream = draw(0, 3) == 0 ? 1 : 0;
    const Time time = next_time();
    const bool part = draw(0, 12) == 0;
    std::string log = text();
    const std::string row = "{\"log\":\"" + log + (part ? "" : "\\n") + "\",\"stream\":\"" +
                            (stream == 0 ? "stdout" : "stderr") + "\",\"time\":\"" + to_rfc3339(time) + "\"}\n";
    auto& open = open_[stream];
    if (!open) open.emplace(time, "");
    open->second += log;
    if (!part) {
      add(open->first, open->first, open->second);
      open.reset();
    }
    return row;
  }

  TemporaryFolder folder_;
  std::mt19937 random_;
  LogOptions options_;
  std::shared_ptr<Log> log_;
  std::vector<Lines> generations_;  // that are there, oldest first
  std::optional<std::pair<Time, std::string>> open_[2];
  Time clock_{1'795'252'205s};
  Time now_{1'795'652'205s};
  SteadyTime steady_{1h};
  Time last_shown_{};
  Time running_;
  bool far_ = false;
  Seq last_seq_ = 0;
  int count_ = 0;
};

}  // namespace taffrail::logfile
