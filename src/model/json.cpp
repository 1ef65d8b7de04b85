#include "model/json.hpp"

#include <fmt/format.h>
#include <iterator>

#include "base/time_format.hpp"
#include "text/json_string.hpp"
#include "text/json_writer.hpp"

namespace taffrail {

using text::append_json_string;
using text::JsonWriter;

// Written out by hand, for it is done for every delivered line.
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
  JsonWriter json(out);
  json.begin_object().key("gap").begin_object();
  json.member("container", gap.container.str());
  json.member("after_seq", gap.after ? std::optional(gap.after->seq) : std::nullopt);
  json.member("before_seq", gap.before ? std::optional(gap.before->seq) : std::nullopt);
  json.member_or_null("after_cursor", gap.after ? gap.after->to_string() : "");
  json.member_or_null("before_cursor", gap.before ? gap.before->to_string() : "");
  json.member("lines", gap.lines).member("reason", gap.reason);
  json.end_object().end_object();
}

void append_json(std::string& out, const Host& host) {
  JsonWriter json(out);
  json.begin_object().member("id", host.id.str()).member("name", host.name).member("kind", host.kind);
  json.member("state", to_string(host.state)).member_or_null("detail", host.detail);
  json.member_or_null("engine", host.engine).member_or_null("api_version", host.api_version);
  json.member_or_null("os", host.os).member_or_null("arch", host.arch);
  json.member("cpus", host.cpus).member("memory", host.memory).end_object();
}

void append_json(std::string& out, const Container& container, const LatestSample* newest) {
  JsonWriter json(out);
  json.begin_object().member("id", container.id.str()).member("name", container.name);
  json.member("host", container.host.str()).member("image", container.image).member("command", container.command);
  json.member("state", to_string(container.state)).member("health", to_string(container.health));
  json.member("exit_code", container.exit_code).member("oom_killed", container.oom_killed);
  json.member("restarts", container.restarts).member("created", container.created);
  json.member("started", container.started).member("finished", container.finished);
  json.member("labels", container.labels).member_or_null("service", container.service);
  json.member_or_null("project", container.project).member_or_null("group", container.group);
  json.key("ports").begin_array();
  for (const std::string& port : container.ports) json.value(port);
  json.end_array().member("tty", container.tty).member_or_null("log_driver", container.log_driver);
  json.member("cpu_limit", container.cpu_limit).member("memory_limit", container.memory_limit);
  if (newest) {
    json.key("stats").begin_object();
    append_members(json, newest->sample.unpack(), newest->mounts);
    json.end_object();
  }
  json.end_object();
}

void append_json(std::string& out, const ContainerEvent& event) {
  JsonWriter json(out);
  json.begin_object().member("container", event.container.str()).member("host", event.host.str());
  json.member("time", event.time).member("action", event.action).member("attributes", event.attributes).end_object();
}

void append_members(text::JsonWriter& json, const StatSample& sample, const MountUses& mounts) {
  json.member("time", sample.time);
  for (const Metric& metric : all_metrics) {
    json.key(metric.name);
    const std::optional<double>& value = sample.*metric.value;
    if (value && is_whole(metric.kind))
      json.value(static_cast<std::uint64_t>(*value));
    else
      json.value(value);
  }
  append_mounts(json, mounts);
}

void append_mounts(text::JsonWriter& json, const MountUses& mounts) {
  if (!mounts) return;
  json.key("mounts").begin_array();
  for (const auto& [destination, disk] : *mounts) {
    json.begin_object().member("destination", destination).member("total", disk.total).member("free", disk.free);
    json.member("available", disk.available).member("used", disk.used()).member("percent", disk.used_percent());
    json.end_object();
  }
  json.end_array();
}

void append_json(std::string& out, const StatSample& sample) {
  JsonWriter json(out);
  json.begin_object();
  append_members(json, sample);
  json.end_object();
}

}  // namespace taffrail
