#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "model/container.hpp"
#include "source/docker/engine_json.hpp"

namespace taffrail::docker {

/// Reads the answer of `GET /containers/json` as it comes: one entry at a time, so that what is held is the containers
/// and no more than one entry of the text, however long the answer or whatever else it is. An entry that is too large,
/// is not what the API describes or has an id that was there already is left out and counted.
class ListReader {
 public:
  /// 100,000 containers: ten times what a large host runs, and at most as much as `most_kept`.
  static constexpr std::size_t most_containers = 100'000;
  /// What is kept of all entries, about: 10,000 containers with the labels of compose come to 20 MiB. The registry
  /// holds the same once more.
  static constexpr std::size_t most_kept = 64 << 20;
  /// Of one entry: an ordinary one has 1 to 4 KiB.
  static constexpr std::size_t most_entry = 1 << 20;
  /// Of the answer, about twice what is kept of it: it is not held, but it is read.
  static constexpr std::size_t most_bytes = 128 << 20;
  /// An engine's lists are five deep.
  static constexpr int most_depth = 200;

  explicit ListReader(HostId host) : host_(std::move(host)) {}

  /// An entry, and what the list alone says of it as a number: an entry with the same one says nothing new.
  struct Entry {
    Container container;
    std::uint64_t digest = 0;
  };

  /// The next bytes. Errors: protocol for what is no list or nested too deep, too_large with what there is too much of;
  /// no call after one.
  [[nodiscard]] Result<> feed(std::string_view bytes);
  /// All have come. Errors: protocol for a list without its end.
  [[nodiscard]] Result<std::vector<Entry>> finish();
  [[nodiscard]] const Refusals& refusals() const { return refusals_; }

 private:
  enum class At : std::uint8_t { start, between, entry, end };
  Result<> step(char c);
  Result<> end_entry();
  [[nodiscard]] std::unexpected<Error> no_list() const;

  HostId host_;
  At at_ = At::start;
  int depth_ = 0;  // of the entry under way
  bool in_string_ = false;
  bool escaped_ = false;
  bool oversize_ = false;  // the entry under way is too large: passed over
  std::string entry_;
  std::string first_bytes_;  // for the message
  std::size_t bytes_ = 0;
  std::size_t kept_ = 0;
  std::vector<Entry> entries_;
  std::unordered_set<std::string> ids_;
  Refusals refusals_;
};

/// A whole answer at once.
[[nodiscard]] Result<std::vector<Container>> parse_list(std::string_view json, const HostId& host);

}  // namespace taffrail::docker
