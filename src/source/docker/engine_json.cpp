#include "source/docker/engine_json.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <simdjson.h>
#include <utility>

#include "base/time_format.hpp"

namespace taffrail::docker {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t shown_bytes = 300;  // of what an engine sent instead of what it should have

/// The member `key`, or nothing when there is no such member or `from` is no object.
std::optional<element> member(const element& from, std::string_view key) {
  element found;
  if (from.at_key(key).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::string_view text(const element& from, std::string_view key) {
  std::string_view value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return {};
  return value;
}

/// Whole numbers, also where Podman writes them as floats or an engine as a string; negative ones are nothing.
std::optional<std::uint64_t> number(const element& from, std::string_view key) {
  const auto found = member(from, key);
  if (!found) return std::nullopt;
  std::uint64_t whole = 0;
  if (found->get(whole) == simdjson::SUCCESS) return whole;
  double real = 0;
  if (found->get(real) == simdjson::SUCCESS && real >= 0 && real < 1.8e19) return static_cast<std::uint64_t>(real);
  return std::nullopt;
}

std::int64_t signed_number(const element& from, std::string_view key) {
  std::int64_t value = 0;
  if (from.at_key(key).get(value) != simdjson::SUCCESS) return 0;
  return value;
}

bool flag(const element& from, std::string_view key) {
  bool value = false;
  return from.at_key(key).get(value) == simdjson::SUCCESS && value;
}

std::optional<Time> time_of(const element& from, std::string_view key) {
  // Go's zero time is year 1, which parse_rfc3339 refuses: "never" becomes nothing.
  return parse_rfc3339(text(from, key));
}

template <class Each>
void each_item(const element& from, std::string_view key, Each each) {
  simdjson::dom::array items;
  if (from.at_key(key).get(items) != simdjson::SUCCESS) return;
  for (const element item : items) each(item);
}

template <class Each>
void each_member(const element& from, std::string_view key, Each each) {
  object members;
  if (from.at_key(key).get(members) != simdjson::SUCCESS) return;
  for (const auto& [name, value] : members) each(name, value);
}

std::map<std::string, std::string> string_map(const element& from, std::string_view key) {
  std::map<std::string, std::string> map;
  each_member(from, key, [&](std::string_view name, const element& value) {
    std::string_view string;
    if (value.get(string) == simdjson::SUCCESS) map.emplace(name, string);
  });
  return map;
}

std::string shown(std::string_view body) {
  std::string out(body.substr(0, shown_bytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return out;
}

std::unexpected<Error> malformed(std::string_view what, std::string_view body) {
  return fail(ErrorCode::protocol, "the engine's " + std::string(what) + " is not what the API describes: " +
                                       (body.empty() ? std::string("it is empty") : shown(body)));
}

/// One parsed document and the parser that owns it.
struct Document {
  simdjson::dom::parser parser;
  element root;
  bool parse(std::string_view json) { return parser.parse(json.data(), json.size()).get(root) == simdjson::SUCCESS; }
  bool parse_object(std::string_view json) { return parse(json) && root.is_object(); }
};

bool contains_ignoring_case(std::string_view whole, std::string_view lower) {
  const auto found = std::search(whole.begin(), whole.end(), lower.begin(), lower.end(),
                                 [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  return found != whole.end();
}

std::string port_text(std::string_view address, std::string_view outside, std::string_view inside) {
  std::string out;
  if (!outside.empty() && outside != "0") {
    if (!address.empty()) {
      const bool v6 = address.find(':') != std::string_view::npos;
      out += v6 ? "[" + std::string(address) + "]" : std::string(address);
      out += ':';
    }
    out += outside;
    out += "→";
  }
  out += inside;
  return out;
}

/// Of a container's names the one without a second '/': the others are what links call it.
std::string_view own_name(const element& entry) {
  std::string_view best;
  each_item(entry, "Names", [&](const element& item) {
    std::string_view name;
    if (item.get(name) != simdjson::SUCCESS || name.empty()) return;
    const bool own = name.find('/', 1) == std::string_view::npos;
    if (best.empty() || (own && best.find('/', 1) != std::string_view::npos)) best = name;
  });
  return best;
}

Container parse_list_entry(const element& entry, const HostId& host) {
  Container out;
  out.id = ContainerId(host, std::string(text(entry, "Id")));
  out.host = host;
  out.image = text(entry, "Image");
  out.command = text(entry, "Command");
  out.labels = string_map(entry, "Labels");
  apply_labels(out, own_name(entry));
  const std::string_view status = text(entry, "Status");
  out.state = state_of(text(entry, "State"));
  if (!out.is_running()) out.exit_code = exit_code_of_status(status);
  out.health = health_of_status(status);
  if (const auto created = number(entry, "Created"))
    out.created =
        Time(std::chrono::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*created, 9'000'000'000))));
  each_item(entry, "Ports", [&](const element& port) {
    const auto outside = number(port, "PublicPort");
    const auto inside = number(port, "PrivatePort");
    if (!inside) return;
    const std::string_view protocol = text(port, "Type");
    out.ports.push_back(port_text(text(port, "IP"), outside ? std::to_string(*outside) : "",
                                  std::to_string(*inside) + "/" + std::string(protocol.empty() ? "tcp" : protocol)));
  });
  return out;
}

void parse_state(const element& state, Container& out) {
  out.state = state_of(text(state, "Status"));
  out.oom_killed = flag(state, "OOMKilled");
  out.started = time_of(state, "StartedAt");
  // After a restart FinishedAt still tells of the run before.
  if (!out.is_running()) {
    out.finished = time_of(state, "FinishedAt");
    if (out.finished || out.state == ContainerState::exited)
      out.exit_code = static_cast<int>(std::clamp<std::int64_t>(signed_number(state, "ExitCode"), -1, 1 << 30));
  }
  // Podman has "Healthcheck" beside or instead of "Health".
  for (const std::string_view key : {"Health", "Healthcheck"})
    if (const auto health = member(state, key)) {
      const std::string_view status = text(*health, "Status");
      if (status == "healthy") out.health = Health::healthy;
      if (status == "unhealthy") out.health = Health::unhealthy;
      if (status == "starting") out.health = Health::starting;
    }
}

void parse_limits(const element& host_config, Container& out) {
  if (const auto memory = number(host_config, "Memory"); memory && *memory > 0) out.memory_limit = memory;
  const auto nano = number(host_config, "NanoCpus");
  const auto quota = signed_number(host_config, "CpuQuota");
  const auto period = signed_number(host_config, "CpuPeriod");
  if (nano && *nano > 0) out.cpu_limit = static_cast<double>(*nano) / 1e9;
  // 100 ms is the kernel's period where none is set.
  else if (quota > 0)
    out.cpu_limit = static_cast<double>(quota) / static_cast<double>(period > 0 ? period : 100'000);
}

}  // namespace

bool is_container_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0; });
}

ContainerState state_of(std::string_view state) {
  if (state == "running" || state == "stopping") return ContainerState::running;
  if (state == "paused") return ContainerState::paused;
  if (state == "restarting") return ContainerState::restarting;
  if (state == "created" || state == "configured" || state == "initialized") return ContainerState::created;
  if (state == "exited" || state == "stopped" || state == "removing") return ContainerState::exited;
  return ContainerState::dead;
}

std::optional<int> exit_code_of_status(std::string_view status) {
  for (const std::string_view start : {"Exited (", "Restarting ("}) {
    if (!status.starts_with(start)) continue;
    int code = 0;
    const char* begin = status.data() + start.size();
    const char* end = status.data() + status.size();
    const auto [at, error] = std::from_chars(begin, end, code);
    if (error == std::errc() && at != end && *at == ')') return code;
  }
  return std::nullopt;
}

Health health_of_status(std::string_view status) {
  if (status.ends_with("(healthy)")) return Health::healthy;
  if (status.ends_with("(unhealthy)")) return Health::unhealthy;
  if (status.ends_with("(health: starting)") || status.ends_with("(starting)")) return Health::starting;
  return Health::none;
}

void apply_labels(Container& container, std::string_view engine_name) {
  const auto label = [&](std::initializer_list<std::string_view> keys) -> std::string_view {
    for (const std::string_view key : keys)
      if (const auto found = container.labels.find(std::string(key)); found != container.labels.end())
        if (!found->second.empty()) return found->second;
    return {};
  };
  if (engine_name.starts_with('/')) engine_name.remove_prefix(1);
  const std::string_view given = label({"taffrail.name", "dev.dozzle.name"});
  container.name = !given.empty() ? given : !engine_name.empty() ? engine_name : container.id.str().substr(0, 12);
  container.group = label({"taffrail.group", "dev.dozzle.group"});
  container.project = label({"com.docker.compose.project", "com.docker.stack.namespace", "io.podman.compose.project"});
  std::string_view service = label({"com.docker.compose.service", "com.docker.swarm.service.name"});
  // A swarm service of a stack is named STACK_SERVICE.
  if (!container.project.empty() && service.starts_with(container.project + "_"))
    service.remove_prefix(container.project.size() + 1);
  container.service = service;
}

Result<EngineVersion> parse_version(std::string_view json) {
  Document document;
  if (!document.parse_object(json)) return malformed("version", json);
  EngineVersion out;
  out.engine = text(document.root, "Version");
  out.api_version = text(document.root, "ApiVersion");
  out.min_api_version = text(document.root, "MinAPIVersion");
  each_item(document.root, "Components", [&](const element& component) {
    if (contains_ignoring_case(text(component, "Name"), "podman")) out.podman = true;
  });
  if (const auto platform = member(document.root, "Platform"))
    if (contains_ignoring_case(text(*platform, "Name"), "podman")) out.podman = true;
  return out;
}

Result<EngineInfo> parse_info(std::string_view json) {
  Document document;
  if (!document.parse_object(json)) return malformed("info", json);
  const element& root = document.root;
  EngineInfo out;
  out.id = text(root, "ID");
  out.name = text(root, "Name");
  out.os = text(root, "OperatingSystem");
  out.arch = text(root, "Architecture");
  out.engine = text(root, "ServerVersion");
  if (const auto cpus = number(root, "NCPU"); cpus && *cpus > 0 && *cpus < 1'000'000)
    out.cpus = static_cast<std::uint32_t>(*cpus);
  if (const auto memory = number(root, "MemTotal"); memory && *memory > 0) out.memory = memory;
  return out;
}

Result<std::vector<Container>> parse_list(std::string_view json, const HostId& host) {
  Document document;
  simdjson::dom::array entries;
  if (!document.parse(json) || document.root.get(entries) != simdjson::SUCCESS)
    return malformed("list of containers", json);
  std::vector<Container> out;
  for (const element entry : entries) {
    Container container = parse_list_entry(entry, host);
    if (is_container_id(container.id.str())) out.push_back(std::move(container));
  }
  return out;
}

Result<Inspection> parse_inspection(std::string_view json, const HostId& host) {
  Document document;
  if (!document.parse_object(json) || !is_container_id(text(document.root, "Id"))) return malformed("inspection", json);
  const element& root = document.root;
  Inspection out;
  Container& container = out.container;
  container.id = ContainerId(host, std::string(text(root, "Id")));
  container.host = host;
  container.command = text(root, "Path");
  each_item(root, "Args", [&](const element& item) {
    std::string_view argument;
    if (item.get(argument) == simdjson::SUCCESS) container.command += " " + std::string(argument);
  });
  container.created = time_of(root, "Created");
  container.restarts = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(number(root, "RestartCount").value_or(0), std::numeric_limits<std::uint32_t>::max()));
  container.tty = false;
  if (const auto config = member(root, "Config")) {
    container.image = text(*config, "Image");
    container.tty = flag(*config, "Tty");
    container.labels = string_map(*config, "Labels");
  }
  apply_labels(container, text(root, "Name"));
  if (const auto state = member(root, "State")) {
    parse_state(*state, container);
    out.pid = signed_number(*state, "Pid");
  }
  if (const auto host_config = member(root, "HostConfig")) {
    parse_limits(*host_config, container);
    if (const auto log = member(*host_config, "LogConfig")) {
      container.log_driver = text(*log, "Type");
      out.log_options = string_map(*log, "Config");
      // Podman puts the path here and leaves LogPath empty.
      out.log_path = text(*log, "Path");
    }
  }
  if (const std::string_view path = text(root, "LogPath"); !path.empty()) out.log_path = path;
  if (const auto network = member(root, "NetworkSettings"))
    each_member(*network, "Ports", [&](std::string_view inside, const element& value) {
      simdjson::dom::array bindings;
      if (value.get(bindings) != simdjson::SUCCESS || bindings.size() == 0) {
        container.ports.emplace_back(inside);
        return;
      }
      for (const element binding : bindings)
        container.ports.push_back(port_text(text(binding, "HostIp"), text(binding, "HostPort"), inside));
    });
  return out;
}

Result<std::optional<ContainerEvent>> parse_event(std::string_view json, const HostId& host) {
  Document document;
  if (!document.parse_object(json)) return malformed("event", json);
  const element& root = document.root;
  if (const std::string_view type = text(root, "Type"); type != "container") return std::nullopt;
  ContainerEvent out;
  out.host = host;
  std::string_view action = text(root, "Action");
  if (const auto actor = member(root, "Actor")) {
    out.container = ContainerId(host, std::string(text(*actor, "ID")));
    out.attributes = string_map(*actor, "Attributes");
  }
  if (out.container.empty()) out.container = ContainerId(host, std::string(text(root, "id")));
  if (action.empty()) action = text(root, "status");
  if (!is_container_id(out.container.str()) || action.empty()) return malformed("event", json);
  if (const auto colon = action.find(": "); colon != std::string_view::npos) {
    if (action.substr(0, colon) == "health_status") out.attributes["health"] = action.substr(colon + 2);
    action = action.substr(0, colon);
  }
  if (action == "health_status" && !out.attributes.contains("health"))
    if (const std::string_view health = text(root, "HealthStatus"); !health.empty()) out.attributes["health"] = health;
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
      const std::string_view operation = text(item, "op");
      if (operation == "Read" || operation == "read") add(out.block_read, number(item, "value"));
      if (operation == "Write" || operation == "write") add(out.block_write, number(item, "value"));
    });
  return out;
}

std::string parse_error_message(std::string_view body) {
  Document document;
  if (document.parse_object(body))
    for (const std::string_view key : {"message", "cause"})
      if (const std::string_view message = text(document.root, key); !message.empty()) return std::string(message);
  return shown(body);
}

}  // namespace taffrail::docker
