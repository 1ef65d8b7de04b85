#include "model/json.hpp"

#include <cmath>
#include <fmt/format.h>
#include <iterator>

#include "base/time_format.hpp"
#include "text/json_string.hpp"

namespace taffrail {
namespace {

using text::append_json_string;

void put_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += key;
  out += "\":";
}

void put(std::string& out, std::string_view key, std::string_view value) {
  put_key(out, key);
  append_json_string(out, value);
}

void put(std::string& out, std::string_view key, bool value) {
  put_key(out, key);
  out += value ? "true" : "false";
}

/// A string that is empty for "none".
void put_or_null(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) {
    put_key(out, key);
    out += "null";
  } else {
    put(out, key, value);
  }
}

template <class Number>
void put(std::string& out, std::string_view key, const std::optional<Number>& value) {
  put_key(out, key);
  if (!value) {
    out += "null";
    return;
  }
  if constexpr (std::is_same_v<Number, bool>) {
    out += *value ? "true" : "false";
  } else if constexpr (std::is_same_v<Number, Time>) {
    out += '"';
    append_rfc3339(out, *value);
    out += '"';
  } else if constexpr (std::is_floating_point_v<Number>) {
    // Six significant digits are more than any meter has.
    if (std::isfinite(*value))
      fmt::format_to(std::back_inserter(out), "{:.6g}", *value);
    else
      out += "null";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", *value);
  }
}

void put(std::string& out, std::string_view key, const std::map<std::string, std::string>& values) {
  put_key(out, key);
  out += '{';
  bool first = true;
  for (const auto& [name, value] : values) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

}  // namespace

void append_json(std::string& out, const Batch& batch, const Record& record) {
  out += R"({"container":)";
  append_json_string(out, batch.container.str());
  out += R"(,"time":")";
  append_rfc3339(out, record.time);
  if (record.place_time != record.time) {
    out += R"(","place":")";
    append_rfc3339(out, record.place_time);
  }
  out += R"(","seq":)";
  fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), record.seq);
  out += record.stream == text::StdStream::out ? R"(,"stream":"stdout","level":")" : R"(,"stream":"stderr","level":")";
  out += text::to_string(record.level);
  out += R"(","kind":")";
  out += text::to_string(record.kind);
  out += record.continues ? R"(","continues":true,)" : R"(","continues":false,)";
  if (record.truncated) out += R"("truncated":true,)";
  out += R"("text":)";
  append_json_string(out, batch.text(record));
  out += '}';
}

void append_json(std::string& out, const Gap& gap) {
  out += R"({"gap":{)";
  put(out, "container", gap.container.str());
  put(out, "after_seq", gap.after ? std::optional(gap.after->seq) : std::nullopt);
  put(out, "before_seq", gap.before ? std::optional(gap.before->seq) : std::nullopt);
  put_or_null(out, "after_cursor", gap.after ? gap.after->to_string() : "");
  put_or_null(out, "before_cursor", gap.before ? gap.before->to_string() : "");
  put(out, "lines", gap.lines);
  put(out, "reason", gap.reason);
  out += "}}";
}

void append_json(std::string& out, const Host& host) {
  out += '{';
  put(out, "id", host.id.str());
  put(out, "name", host.name);
  put(out, "kind", host.kind);
  put(out, "state", to_string(host.state));
  put_or_null(out, "detail", host.detail);
  put_or_null(out, "engine", host.engine);
  put_or_null(out, "api_version", host.api_version);
  put_or_null(out, "os", host.os);
  put_or_null(out, "arch", host.arch);
  put(out, "cpus", host.cpus);
  put(out, "memory", host.memory);
  out += '}';
}

void append_json(std::string& out, const Container& container, const StatSample* stats) {
  out += '{';
  put(out, "id", container.id.str());
  put(out, "name", container.name);
  put(out, "host", container.host.str());
  put(out, "image", container.image);
  put(out, "command", container.command);
  put(out, "state", to_string(container.state));
  put(out, "health", to_string(container.health));
  put(out, "exit_code", container.exit_code);
  put(out, "oom_killed", container.oom_killed);
  put(out, "restarts", container.restarts);
  put(out, "created", container.created);
  put(out, "started", container.started);
  put(out, "finished", container.finished);
  put(out, "labels", container.labels);
  put_or_null(out, "service", container.service);
  put_or_null(out, "project", container.project);
  put_or_null(out, "group", container.group);
  put_key(out, "ports");
  out += '[';
  for (const std::string& port : container.ports) {
    if (out.back() != '[') out += ',';
    append_json_string(out, port);
  }
  out += ']';
  put(out, "tty", container.tty);
  put_or_null(out, "log_driver", container.log_driver);
  put(out, "cpu_limit", container.cpu_limit);
  put(out, "memory_limit", container.memory_limit);
  if (stats) {
    put_key(out, "stats");
    append_json(out, *stats, nullptr);
  }
  out += '}';
}

void append_json(std::string& out, const ContainerEvent& event) {
  out += '{';
  put(out, "container", event.container.str());
  put(out, "host", event.host.str());
  put(out, "time", std::optional(event.time));
  put(out, "action", event.action);
  put(out, "attributes", event.attributes);
  out += '}';
}

void append_json(std::string& out, const StatSample& sample, const ContainerId* container) {
  out += '{';
  if (container) put(out, "container", container->str());
  put(out, "time", std::optional(sample.time));
  put(out, "cpu", sample.cpu);
  put(out, "cpu_throttled", sample.cpu_throttled);
  put(out, "memory", sample.memory);
  put(out, "memory_limit", sample.memory_limit);
  put(out, "swap", sample.swap);
  put(out, "pids", sample.pids);
  put(out, "net_rx", sample.net_rx);
  put(out, "net_tx", sample.net_tx);
  put(out, "block_read", sample.block_read);
  put(out, "block_write", sample.block_write);
  put(out, "oom_kills", sample.oom_kills);
  put(out, "cpu_pressure", sample.cpu_pressure);
  put(out, "memory_pressure", sample.memory_pressure);
  put(out, "io_pressure", sample.io_pressure);
  out += '}';
}

}  // namespace taffrail
