#include "source/cgroup/cgroup_parse.hpp"

#include <charconv>
#include <limits>

namespace taffrail::cgroup {
namespace {

/// Cuts the next line off `text`.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// Cuts the next word off `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(begin);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

std::optional<std::uint64_t> number(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The number in `word` when it is "key=number".
std::uint64_t keyed(std::string_view word, std::string_view key) {
  return word.starts_with(key) ? number(word.substr(key.size())).value_or(0) : 0;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::string_view line = next_line(text);
  return number(next_word(line));
}

std::optional<std::uint64_t> find_number(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(key) || line.size() == key.size() || line[key.size()] != ' ') continue;
    line.remove_prefix(key.size());
    return number(next_word(line));
  }
  return std::nullopt;
}

Traffic parse_io_stat(std::string_view text) {
  Traffic sum;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    next_word(line);  // the device
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      sum.in += keyed(word, "rbytes=");
      sum.out += keyed(word, "wbytes=");
    }
  }
  return sum;
}

Traffic parse_blkio(std::string_view text) {
  Traffic sum;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    next_word(line);  // the device; the last line, "Total N", has none
    const std::string_view operation = next_word(line);
    const std::uint64_t bytes = number(next_word(line)).value_or(0);
    if (operation == "Read") sum.in += bytes;
    if (operation == "Write") sum.out += bytes;
  }
  return sum;
}

std::optional<Traffic> parse_net_dev(std::string_view text) {
  std::optional<Traffic> sum;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // the two lines of headings
    std::string_view name = line.substr(0, colon);
    name = next_word(name);
    if (name == "lo") continue;
    line.remove_prefix(colon + 1);
    const auto received = number(next_word(line));
    for (int i = 0; i < 7; ++i) next_word(line);  // packets, errs, drop, fifo, frame, compressed, multicast
    const auto sent = number(next_word(line));
    if (!received || !sent) continue;
    if (!sum) sum.emplace();
    sum->in += *received;
    sum->out += *sent;
  }
  return sum;
}

std::optional<std::uint64_t> parse_pressure(std::string_view text) {
  std::string_view line = next_line(text);
  if (next_word(line) != "some") return std::nullopt;
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line))
    if (word.starts_with("total=")) {
      const auto micros = number(word.substr(6));
      if (!micros || *micros > std::numeric_limits<std::uint64_t>::max() / 1000) return std::nullopt;
      return *micros * 1000;
    }
  return std::nullopt;
}

std::vector<Membership> parse_memberships(std::string_view text) {
  std::vector<Membership> out;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    out.push_back({std::string(line.substr(first + 1, second - first - 1)), std::string(line.substr(second + 1))});
  }
  return out;
}

std::optional<std::string> container_path(std::string_view path, std::string_view id) {
  if (id.empty() || path.find("/..") != std::string_view::npos) return std::nullopt;
  const std::size_t at = path.find(id);
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(path.substr(0, path.find('/', at)));
}

}  // namespace taffrail::cgroup
