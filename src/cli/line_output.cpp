#include "cli/line_output.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <utility>

#include "base/time_format.hpp"
#include "cli/terminal_text.hpp"

namespace taffrail::cli {
namespace {

/// Names are lined up as far as they are no longer.
constexpr std::size_t most_name_columns = 24;
constexpr std::size_t columns_of_id = 12;
constexpr std::string_view reset = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view name_color = "\x1b[36m";

std::string_view color_of(std::string_view level) {
  if (level == "fatal") return "\x1b[1;31m";
  if (level == "error") return "\x1b[31m";
  if (level == "warn") return "\x1b[33m";
  if (level == "info") return "\x1b[32m";
  return dim;
}

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

/// In the machine's zone; what is no time stays as it is.
std::string local_time(std::string_view rfc3339) {
  const auto time = parse_rfc3339(rfc3339);
  if (!time) return std::string(rfc3339);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time->time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  const std::time_t clock = seconds.count();
  std::tm local{};
  ::localtime_r(&clock, &local);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", local, (ms - seconds).count());
}

}  // namespace

Task<Result<>> LineOutput::learn_names(ApiClient& client) {
  if (!names_ || !output_.for_people()) co_return Result<>();
  auto body = co_await client.get("/api/v1/containers", {});
  if (!body) co_return forward(body);
  boost::system::error_code failed;
  const boost::json::value list = boost::json::parse(*body, failed);
  const auto* containers = !failed && list.is_object() ? list.as_object().if_contains("containers") : nullptr;
  if (containers == nullptr || !containers->is_array())
    co_return fail(ErrorCode::protocol, "the server's list of containers is none");
  for (const boost::json::value& container : containers->get_array()) {
    if (!container.is_object()) continue;
    std::string name;
    append_terminal_text(name, text_of(container.get_object(), "name"), false);
    known_.insert_or_assign(std::string(text_of(container.get_object(), "id")), std::move(name));
  }
  co_return Result<>();
}

void LineOutput::append_name(std::string& out, std::string_view container) const {
  const auto known = known_.find(container);
  if (known != known_.end()) {
    out += known->second;
  } else {
    append_terminal_text(out, container.substr(0, columns_of_id), false);
  }
}

Result<> LineOutput::take(std::string_view line) {
  constexpr std::string_view end_mark = R"({"end":)";
  const bool is_end = line.starts_with(end_mark);
  const bool is_record = line.starts_with(R"({"container":)");
  if (is_record) ++lines_;
  if (!output_.for_people() && !is_end) {
    if (auto written = output_.write(line); !written) return written;
    return output_.write("\n");
  }
  boost::system::error_code failed;
  const boost::json::value value = boost::json::parse(line, failed);
  if (failed || !value.is_object()) return fail(ErrorCode::protocol, "the server sent a line that is no JSON object");
  const boost::json::object& object = value.get_object();
  if (is_record) return write_record(object);
  for (const auto& [key, held] : object) {
    if (!held.is_object()) continue;
    const boost::json::object& inside = held.get_object();
    if (key == "end") {
      ended_ = true;
      end_ = inside;
    } else if (key == "gap") {
      const auto* lines = inside.if_contains("lines");
      const std::string count =
          lines != nullptr && lines->is_number() ? std::to_string(lines->to_number<std::uint64_t>()) : "some";
      return write_note(text_of(inside, "container"),
                        fmt::format("{} lines are missing here: {}", count, text_of(inside, "reason")));
    } else if (key == "unreadable") {
      return write_note(text_of(inside, "container"), fmt::format("cannot be read: {}", text_of(inside, "reason")));
    }
  }
  return {};
}

Result<> LineOutput::write_note(std::string_view container, std::string_view text) {
  std::string out = output_.colors() ? std::string(dim) : std::string();
  out += "--- ";
  if (names_) {
    append_name(out, container);
    out += ": ";
  }
  append_terminal_text(out, text, false);
  if (output_.colors()) out += reset;
  out += '\n';
  return output_.write(out);
}

Result<> LineOutput::write_record(const boost::json::object& record) {
  const bool colors = output_.colors();
  std::string out;
  const auto colored = [&](std::string_view color, std::string_view text) {
    if (colors) out += color;
    out += text;
    if (colors) out += reset;
    out += ' ';
  };
  std::string time;
  append_terminal_text(time, local_time(text_of(record, "time")), false);
  colored(dim, time);
  if (names_) {
    std::string name;
    append_name(name, text_of(record, "container"));
    const std::size_t columns = columns_of(name);
    width_ = std::max(width_, std::min(columns, most_name_columns));
    name.append(width_ - std::min(columns, width_), ' ');
    colored(name_color, name);
  }
  std::string level;
  append_terminal_text(level, text_of(record, "level"), false);
  colored(color_of(level), fmt::format("{:5}", level == "unknown" ? "" : level));
  append_terminal_text(out, text_of(record, "text"), colors);
  out += '\n';
  return output_.write(out);
}

Task<Result<>> copy_lines(ApiClient& client, Output& output, LineOutput& lines, std::string path,
                          Parameters parameters) {
  auto stream = co_await client.open(path, parameters);
  if (!stream) co_return forward(stream);
  lines.begin();
  LineReader reader(std::move(*stream));
  while (!output.closed()) {
    // Nobody waits for what is there.
    if (!reader.has_line()) {
      auto flushed = output.flush();
      if (!flushed) co_return flushed;
    }
    auto line = co_await reader.next();
    if (!line) co_return forward(line);
    if (!*line) break;
    auto taken = lines.take(**line);
    if (!taken) co_return taken;
  }
  auto flushed = output.flush();
  if (!flushed) co_return flushed;
  if (lines.end() == nullptr && !output.closed())
    co_return fail(ErrorCode::end_of_stream, "the server's answer was cut off");
  co_return Result<>();
}

}  // namespace taffrail::cli
