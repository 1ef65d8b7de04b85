#include "source/docker/list_reader.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "source/docker/json_members.hpp"

namespace taffrail::docker {
namespace {

std::size_t size_of(const Container& container) {
  constexpr std::size_t node = 112;  // a map's node with two strings
  std::size_t size = sizeof(ListReader::Entry) + container.name.size() + container.image.size() +
                     container.command.size() + container.service.size() + container.project.size();
  for (const auto& [key, value] : container.labels) size += node + key.size() + value.size();
  for (const std::string& port : container.ports) size += sizeof(std::string) + port.size();
  return size;
}

std::uint64_t digest_of(const Container& container) {
  std::uint64_t digest = 0;
  const auto add = [&](std::uint64_t value) { digest = (digest ^ value) * 0x9E3779B97F4A7C15 + (digest >> 29); };
  const auto add_text = [&](std::string_view text) { add(std::hash<std::string_view>{}(text)); };
  add(static_cast<std::uint64_t>(container.state));
  add(static_cast<std::uint64_t>(container.health));
  add(static_cast<std::uint64_t>(container.exit_code.value_or(-1000)));
  for (const std::string* text : {&container.name, &container.image, &container.command}) add_text(*text);
  for (const auto& [key, value] : container.labels) {
    add_text(key);
    add_text(value);
  }
  for (const std::string& port : container.ports) add_text(port);
  return digest;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::unexpected<Error> ListReader::no_list() const { return malformed("list of containers", first_bytes_); }

Result<> ListReader::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  if (first_bytes_.size() < shown_bytes) first_bytes_ += bytes.substr(0, shown_bytes - first_bytes_.size());
  if (bytes_ > most_bytes)
    return fail(ErrorCode::too_large,
                "the engine's list of containers has more than " + std::to_string(most_bytes >> 20) + " MiB");
  while (!bytes.empty()) {
    if (at_ == At::entry && in_string_ && !escaped_) {
      // Most of a list is within strings.
      std::size_t plain = 0;
      while (plain < bytes.size() && bytes[plain] != '"' && bytes[plain] != '\\') ++plain;
      if (!oversize_) entry_ += bytes.substr(0, plain);
      bytes.remove_prefix(plain);
      if (bytes.empty()) break;
    }
    if (auto taken = step(bytes.front()); !taken) return taken;
    bytes.remove_prefix(1);
    if (entry_.size() > most_entry) {
      oversize_ = true;
      entry_ = std::string();
    }
  }
  return {};
}

Result<> ListReader::step(char c) {
  switch (at_) {
    case At::start:
      if (is_space(c)) return {};
      if (c != '[') return no_list();
      at_ = At::between;
      return {};
    case At::between:
      if (is_space(c) || c == ',') return {};
      if (c == ']') {
        at_ = At::end;
        return {};
      }
      at_ = At::entry;
      depth_ = 0;
      [[fallthrough]];
    case At::entry: break;
    case At::end:
      if (is_space(c)) return {};
      return no_list();
  }
  if (in_string_) {
    if (!escaped_ && c == '"') in_string_ = false;
    escaped_ = !escaped_ && c == '\\';
  } else if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    if (++depth_ > most_depth)
      return fail(ErrorCode::protocol,
                  "the engine's list of containers is nested more than " + std::to_string(most_depth) + " deep");
  } else if (depth_ == 0 && (c == ',' || c == ']')) {
    // The end of an entry that is no object: a number, a string.
    ++refusals_.entries;
    entry_.clear();
    at_ = c == ']' ? At::end : At::between;
    return {};
  } else if (c == '}' || c == ']') {
    --depth_;
    if (depth_ < 0) return no_list();
    if (depth_ == 0) {
      if (!oversize_) entry_ += c;
      return end_entry();
    }
  }
  if (!oversize_) entry_ += c;
  return {};
}

Result<> ListReader::end_entry() {
  at_ = At::between;
  const std::string json = std::exchange(entry_, {});
  if (std::exchange(oversize_, false) || json.size() > most_entry) {
    ++refusals_.entries;
    return {};
  }
  auto container = parse_list_entry(json, host_, refusals_);
  if (!container) {
    ++refusals_.entries;
    return {};
  }
  if (!ids_.insert(container->id.str()).second) {
    ++refusals_.duplicates;
    return {};
  }
  kept_ += size_of(*container);
  if (entries_.size() >= most_containers || kept_ > most_kept)
    return fail(ErrorCode::too_large, "the engine lists more than " + std::to_string(most_containers) +
                                          " containers, or more than " + std::to_string(most_kept >> 20) +
                                          " MiB of their names and labels; this is not taken");
  const std::uint64_t digest = digest_of(*container);
  entries_.push_back({*std::move(container), digest});
  return {};
}

Result<std::vector<ListReader::Entry>> ListReader::finish() {
  if (at_ != At::end) return no_list();
  return std::move(entries_);
}

Result<std::vector<Container>> parse_list(std::string_view json, const HostId& host) {
  ListReader reader(host);
  if (auto fed = reader.feed(json); !fed) return forward(fed);
  auto entries = reader.finish();
  if (!entries) return forward(entries);
  std::vector<Container> out;
  out.reserve(entries->size());
  for (ListReader::Entry& entry : *entries) out.push_back(std::move(entry.container));
  return out;
}

}  // namespace taffrail::docker
