#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "source/docker/engine_json.hpp"
#include "source/docker/json_members.hpp"

namespace taffrail::docker {
namespace {

// Each with some room beyond what engines allow or people write. A container of 16 KiB at most makes 10,000 of them
// 160 MiB, which none has; `ListReader` bounds their sum.
constexpr std::size_t most_name = 256;
constexpr std::size_t most_image = 1024;
constexpr std::size_t most_command = 2048;
constexpr std::size_t most_ports = 128;
constexpr std::size_t most_port_part = 64;
constexpr std::size_t most_path = 4096;  // PATH_MAX
/// Mounts of a container, and bytes of their paths together.
constexpr std::size_t most_mounts = 64;
constexpr std::size_t most_mount_bytes = 8 << 10;
constexpr MapBound most_labels{256, 32 << 10};
constexpr MapBound most_log_options{64, 4 << 10};

/// Labels that name the container, which are kept before all others.
bool names_container(std::string_view label) {
  return label.starts_with("taffrail.") || label.starts_with("dev.dozzle.") || label.starts_with("com.docker.") ||
         label.starts_with("io.podman.compose.");
}

std::map<std::string, std::string> labels_of(const element& from, Refusals& refusals) {
  return string_map(from, "Labels", most_labels, refusals.labels, names_container);
}

void add_port(Container& out, std::string text) {
  if (out.ports.size() < most_ports) out.ports.push_back(std::move(text));
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

void parse_state(const element& state, Container& out) {
  out.state = state_of(string_in(state, "Status"));
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
      const std::string_view status = string_in(*health, "Status");
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

/// Mounts without a folder on the host (tmpfs) are left out.
MountPoints parse_mounts(const element& root, Refusals& refusals) {
  std::vector<MountPoint> mounts;
  std::size_t bytes = 0;
  each_item(root, "Mounts", [&](const element& item) {
    const std::string_view source = string_in(item, "Source");
    const std::string_view destination = string_in(item, "Destination");
    if (!source.starts_with('/') || destination.empty()) return;
    if (mounts.size() >= most_mounts || source.size() + destination.size() > most_mount_bytes - bytes) {
      ++refusals.labels;
      return;
    }
    bytes += source.size() + destination.size();
    mounts.push_back({std::string(source), std::string(destination)});
  });
  return mounts.empty() ? nullptr : std::make_shared<const std::vector<MountPoint>>(std::move(mounts));
}

}  // namespace

bool is_container_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
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
  const std::string_view name = !given.empty() ? given : engine_name;
  container.name = name.empty() ? container.id.str().substr(0, 12) : text::cut_at_character(name, most_name);
  container.group = label({"taffrail.group", "dev.dozzle.group"});
  container.project = label({"com.docker.compose.project", "com.docker.stack.namespace", "io.podman.compose.project"});
  std::string_view service = label({"com.docker.compose.service", "com.docker.swarm.service.name"});
  // A swarm service of a stack is named STACK_SERVICE.
  if (!container.project.empty() && service.starts_with(container.project + "_"))
    service.remove_prefix(container.project.size() + 1);
  container.service = service;
}

Result<Container> parse_list_entry(std::string_view json, const HostId& host, Refusals& refusals) {
  Document document;
  if (!document.parse_object(json) || !is_container_id(string_in(document.root, "Id")))
    return malformed("list of containers", json);
  const element& entry = document.root;
  Container out;
  out.id = ContainerId(host, std::string(string_in(entry, "Id")));
  out.host = host;
  out.image = string_in(entry, "Image", most_image);
  out.command = string_in(entry, "Command", most_command);
  out.labels = labels_of(entry, refusals);
  apply_labels(out, own_name(entry));
  const std::string_view status = string_in(entry, "Status");
  out.state = state_of(string_in(entry, "State"));
  if (!out.is_running()) out.exit_code = exit_code_of_status(status);
  out.health = health_of_status(status);
  if (const auto created = number(entry, "Created"))
    out.created =
        Time(std::chrono::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*created, 9'000'000'000))));
  each_item(entry, "Ports", [&](const element& port) {
    const auto outside = number(port, "PublicPort");
    const auto inside = number(port, "PrivatePort");
    if (!inside) return;
    const std::string_view protocol = string_in(port, "Type", most_port_part);
    add_port(out, port_text(string_in(port, "IP", most_port_part), outside ? std::to_string(*outside) : "",
                            std::to_string(*inside) + "/" + std::string(protocol.empty() ? "tcp" : protocol)));
  });
  return out;
}

Result<Inspection> parse_inspection(std::string_view json, const HostId& host, Refusals& refusals) {
  Document document;
  if (!document.parse_object(json) || !is_container_id(string_in(document.root, "Id")))
    return malformed("inspection", json);
  const element& root = document.root;
  Inspection out;
  Container& container = out.container;
  container.id = ContainerId(host, std::string(string_in(root, "Id")));
  container.host = host;
  container.command = string_in(root, "Path", most_command);
  each_item(root, "Args", [&](const element& item) {
    std::string_view argument;
    if (item.get(argument) != simdjson::SUCCESS || container.command.size() >= most_command) return;
    container.command += ' ';
    container.command +=
        text::cut_at_character(argument, most_command - std::min(container.command.size(), most_command));
  });
  container.created = time_of(root, "Created");
  container.restarts = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(number(root, "RestartCount").value_or(0), std::numeric_limits<std::uint32_t>::max()));
  container.tty = false;
  if (const auto config = member(root, "Config")) {
    container.image = string_in(*config, "Image", most_image);
    container.tty = flag(*config, "Tty");
    container.labels = labels_of(*config, refusals);
  }
  apply_labels(container, string_in(root, "Name"));
  if (const auto state = member(root, "State")) {
    parse_state(*state, container);
    out.pid = signed_number(*state, "Pid");
  }
  if (const auto host_config = member(root, "HostConfig")) {
    parse_limits(*host_config, container);
    if (const auto log = member(*host_config, "LogConfig")) {
      container.log_driver = string_in(*log, "Type", most_name);
      out.log_options = string_map(*log, "Config", most_log_options, refusals.labels,
                                   [](std::string_view name) { return name == "max-size" || name == "max-file"; });
      // Podman puts the path here and leaves LogPath empty.
      out.log_path = string_in(*log, "Path");
    }
  }
  out.mounts = parse_mounts(root, refusals);
  if (const std::string_view path = string_in(root, "LogPath"); !path.empty()) out.log_path = path;
  if (out.log_path.size() > most_path) out.log_path.clear();
  if (const auto network = member(root, "NetworkSettings"))
    each_member(*network, "Ports", [&](std::string_view inside, const element& value) {
      simdjson::dom::array bindings;
      if (value.get(bindings) != simdjson::SUCCESS || bindings.size() == 0) {
        add_port(container, std::string(text::cut_at_character(inside, most_port_part)));
        return;
      }
      for (const element binding : bindings)
        add_port(container,
                 port_text(string_in(binding, "HostIp", most_port_part), string_in(binding, "HostPort", most_port_part),
                           text::cut_at_character(inside, most_port_part)));
    });
  return out;
}

}  // namespace taffrail::docker
