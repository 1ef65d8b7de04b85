#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "model/record.hpp"

namespace taffrail::history {

/// Batches for tests: lines a millisecond apart, with the seqs that an engine's log gives them.
inline constexpr std::int64_t first_time = 1'764'000'000'000'000'000;
inline Seq tick_of(Time time) {
  return static_cast<Seq>((time.time_since_epoch().count() - 1'577'836'800'000'000'000) / 125);
}

inline Batch batch_of(const std::vector<std::string>& lines) {
  Batch batch;
  Time time{Duration{first_time}};
  for (const std::string& line : lines) {
    batch.append(time, text::StdStream::out, line, false);
    batch.records.back().seq = tick_of(time);
    time += std::chrono::milliseconds(1);
  }
  return batch;
}

/// Lines like those of services, and such as nobody expects; the same for a seed on every machine.
class LineMaker {
 public:
  explicit LineMaker(std::uint64_t seed) : random_(seed) {}

  /// Below `limit`. The standard's distributions are not the same everywhere.
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string digits(std::size_t count) { return some("0123456789", count); }
  std::string lower_hex(std::size_t count) { return some("0123456789abcdef", count); }
  std::string some(std::string_view alphabet, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += alphabet[below(alphabet.size())];
    return text;
  }
  std::string number(std::uint64_t limit) { return std::to_string(below(limit)); }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  std::string service_line() {
    const std::string address = "10." + number(256) + "." + number(256) + "." + number(256);
    const std::string deed = pick({"lease renewed", "job accepted", "connection timed out", "batch flushed"});
    clock_ += below(40);
    const std::string seconds = std::to_string(clock_ / 1000 % 60 + 100).substr(1);
    const std::string stamp = "2026-03-01T10:" + std::to_string(clock_ / 60'000 % 60 + 100).substr(1) + ":" + seconds +
                              "." + std::to_string(clock_ % 1000 + 1000).substr(1) + "Z";
    switch (below(8)) {
      case 0:
        return stamp + " INFO [worker-" + number(16) + "] " + deed + " in " + number(4000) + " ms, request " +
               lower_hex(16) + " from " + address;
      case 1:
        return R"({"time":")" + stamp + R"(","level":"warn","msg":")" + deed + R"(","id":")" + lower_hex(32) +
               R"(","ms":)" + number(1000) + R"(,"peer":")" + address + "\"}";
      case 2:
        return "ts=" + stamp + " level=info caller=mailer.go:" + number(700) + " msg=\"" + deed +
               "\" n=" + number(10'000) + " trace=" + lower_hex(32);
      case 3:
        return address + " - - [" + stamp + "] \"GET /api/items?page=" + number(500) + " HTTP/1.1\" 200 " +
               number(90'000);
      case 4:
        return "sshd[" + number(32'768) + "]: Accepted publickey for deploy from " + address + " port " +
               number(65'536) + " ssh2";
      case 5: return "block blk_" + digits(10) + " of size " + number(67'108'864) + " received from /" + address;
      case 6:
        return "kernel: [" + number(900'000) + "." + digits(6) + "] eth0: link is up at 0x" +
               some("0123456789ABCDEF", 8);
      default:
        return "LOG:  duration: " + number(300) + "." + digits(3) +
               " ms  statement: SELECT o.id FROM orders o WHERE o.id = " + number(9'999'999);
    }
  }

  std::string hostile_line() {
    switch (below(10)) {
      case 0: return "";
      case 1: return some(std::string_view("\0\1\xFF\x1B\r\" a9", 9), below(40));
      case 2: return some("ab12 \"\\:", below(60));
      case 3: return digits(1 + below(80));
      case 4: return some("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", below(200));
      case 5: return "{\"a\":\"" + some("x1\"\\", below(12)) + "\",\"b\":\"" + number(100) + "\"}";
      case 6: return some("abcdefABCDEF0123456789x", below(30));
      case 7: return number(10) + " " + number(1000) + " " + digits(below(25)) + " " + number(1'000'000'000);
      case 8: return below(50) == 0 ? some("q 7", 16'380 + below(10)) : "short";
      default: return some("\xC4\xB0\xE2\x84\xAA kKiI5", below(30));
    }
  }

 private:
  std::mt19937_64 random_;
  std::uint64_t clock_ = 0;
};

}  // namespace taffrail::history
