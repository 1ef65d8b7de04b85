#include "source/docker/engine_json.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "source/docker/json_members.hpp"

namespace taffrail::docker {
namespace {

/// A name, a version, an action.
constexpr std::size_t most_word = 256;
constexpr std::size_t most_path = 4096;  // PATH_MAX
/// An event repeats its container's labels.
constexpr MapBound most_attributes{300, 64 << 10};

/// Docker's ids are groups of letters joined by ':', or UUIDs.
bool is_id_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '-' ||
         c == '_' || c == '.';
}

bool contains_ignoring_case(std::string_view whole, std::string_view lower) {
  const auto found = std::search(whole.begin(), whole.end(), lower.begin(), lower.end(),
                                 [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  return found != whole.end();
}

}  // namespace

Result<EngineVersion> parse_version(std::string_view json) {
  Document document;
  if (!document.parse_object(json)) return malformed("version", json);
  EngineVersion out;
  out.engine = string_in(document.root, "Version", most_word);
  out.api_version = string_in(document.root, "ApiVersion", most_word);
  out.min_api_version = string_in(document.root, "MinAPIVersion", most_word);
  each_item(document.root, "Components", [&](const element& component) {
    if (contains_ignoring_case(string_in(component, "Name"), "podman")) out.podman = true;
  });
  if (const auto platform = member(document.root, "Platform"))
    if (contains_ignoring_case(string_in(*platform, "Name"), "podman")) out.podman = true;
  return out;
}

Result<EngineInfo> parse_info(std::string_view json) {
  Document document;
  if (!document.parse_object(json)) return malformed("info", json);
  const element& root = document.root;
  EngineInfo out;
  // It goes into addresses of this server's API and into the names of what it stores.
  if (const std::string_view id = string_in(root, "ID"); id.size() <= most_word && std::ranges::all_of(id, is_id_part))
    out.id = id;
  out.name = string_in(root, "Name", most_word);
  out.os = string_in(root, "OperatingSystem", most_word);
  out.arch = string_in(root, "Architecture", most_word);
  out.engine = string_in(root, "ServerVersion", most_word);
  if (const std::string_view data = string_in(root, "DockerRootDir"); data.size() <= most_path) out.data_root = data;
  if (const auto cpus = number(root, "NCPU"); cpus && *cpus > 0 && *cpus < 1'000'000)
    out.cpus = static_cast<std::uint32_t>(*cpus);
  if (const auto memory = number(root, "MemTotal"); memory && *memory > 0) out.memory = memory;
  return out;
}

Result<std::optional<ContainerEvent>> parse_event(std::string_view json, const HostId& host, Refusals& refusals) {
  Document document;
  if (!document.parse_object(json)) return malformed("event", json);
  const element& root = document.root;
  if (const std::string_view type = string_in(root, "Type"); type != "container") return std::nullopt;
  ContainerEvent out;
  out.host = host;
  std::string_view action = string_in(root, "Action");
  std::string_view id;
  if (const auto actor = member(root, "Actor")) {
    id = string_in(*actor, "ID");
    // What the event itself says comes before the labels.
    out.attributes = string_map(*actor, "Attributes", most_attributes, refusals.labels, [](std::string_view name) {
      return name.find('.') == std::string_view::npos && name.size() < most_word;
    });
  }
  if (id.empty()) id = string_in(root, "id");
  if (action.empty()) action = string_in(root, "status");
  if (!is_container_id(id) || action.empty()) return malformed("event", json);
  out.container = ContainerId(host, std::string(id));
  if (const auto colon = action.find(": "); colon != std::string_view::npos) {
    if (action.substr(0, colon) == "health_status") out.attributes["health"] = action.substr(colon + 2);
    action = action.substr(0, colon);
  }
  if (action == "health_status" && !out.attributes.contains("health"))
    if (const std::string_view health = string_in(root, "HealthStatus"); !health.empty())
      out.attributes["health"] = health;
  action = text::cut_at_character(action, most_word);
  out.action = action == "died" ? "die" : action == "remove" ? "destroy" : action;
  if (const std::int64_t nanos = signed_number(root, "timeNano"); nanos > 0)
    out.time = Time(std::chrono::nanoseconds(nanos));
  else
    out.time = Time(std::chrono::seconds(std::clamp<std::int64_t>(signed_number(root, "time"), 0, 9'000'000'000)));
  return out;
}

Result<std::optional<StatCounters>> parse_stats(std::string_view json) {
  Document document;
  if (!document.parse_object(json)) return malformed("statistics", json);
  const element& root = document.root;
  StatCounters out;
  const auto read_at = time_of(root, "read");
  if (!read_at) return std::nullopt;
  out.time = *read_at;
  if (const auto cpu = member(root, "cpu_stats")) {
    if (const auto usage = member(*cpu, "cpu_usage")) out.cpu_ns = number(*usage, "total_usage");
    if (const auto throttling = member(*cpu, "throttling_data"))
      out.throttled_ns = number(*throttling, "throttled_time");
  }
  if (!out.cpu_ns || *out.cpu_ns == 0) return std::nullopt;
  if (const auto memory = member(root, "memory_stats")) {
    out.memory = number(*memory, "usage");
    out.memory_limit = number(*memory, "limit");
    if (const auto stats = member(*memory, "stats")) {
      // v1 has both names and means the first; v2 the second alone.
      const auto total = number(*stats, "total_inactive_file");
      const auto inactive = total ? total : number(*stats, "inactive_file");
      if (out.memory && inactive && *inactive < *out.memory) *out.memory -= *inactive;
      out.swap = number(*stats, "total_swap");
    }
  }
  if (const auto pids = member(root, "pids_stats")) out.pids = number(*pids, "current");
  const auto add = [](std::optional<std::uint64_t>& sum, std::optional<std::uint64_t> part) {
    if (part) sum = sum.value_or(0) + *part;
  };
  each_member(root, "networks", [&](std::string_view, const element& network) {
    add(out.net_rx, number(network, "rx_bytes"));
    add(out.net_tx, number(network, "tx_bytes"));
  });
  if (const auto block = member(root, "blkio_stats"))
    each_item(*block, "io_service_bytes_recursive", [&](const element& item) {
      const std::string_view operation = string_in(item, "op");
      if (operation == "Read" || operation == "read") add(out.block_read, number(item, "value"));
      if (operation == "Write" || operation == "write") add(out.block_write, number(item, "value"));
    });
  return out;
}

std::string parse_error_message(std::string_view body) {
  Document document;
  if (document.parse_object(body))
    for (const std::string_view key : {"message", "cause"})
      if (const std::string_view message = string_in(document.root, key); !message.empty()) return shown(message);
  return shown(body);
}

}  // namespace taffrail::docker
