#include "source/docker/setup_json.hpp"

#include <algorithm>
#include <utility>

#include "source/docker/json_members.hpp"

namespace taffrail::docker {
namespace {

/// Bytes of all texts of a setup together, and parts of it. The largest that people write have some tens of KiB; a page
/// shows one at a time.
constexpr std::size_t most_bytes = 256UZ << 10;
constexpr std::size_t most_parts = 2000;

/// Takes texts as long as there is room, and counts what it leaves out.
class Room {
 public:
  explicit Room(std::uint64_t& left_out) : left_out_(left_out) {}

  /// Whether one more part of so many bytes is kept.
  bool take(std::size_t bytes) {
    if (parts_ < most_parts && bytes <= most_bytes - bytes_) {
      ++parts_;
      bytes_ += bytes;
      return true;
    }
    ++left_out_;
    return false;
  }
  std::string text(const element& from, std::string_view key) {
    const std::string_view value = string_in(from, key);
    return value.empty() || !take(value.size()) ? std::string() : std::string(value);
  }
  std::vector<std::string> texts(const element& from, std::string_view key) {
    std::vector<std::string> out;
    each_item(from, key, [&](const element& item) {
      std::string_view text;
      if (item.get(text) == simdjson::SUCCESS && take(text.size())) out.emplace_back(text);
    });
    return out;
  }

 private:
  std::uint64_t& left_out_;
  std::size_t bytes_ = 0;
  std::size_t parts_ = 0;
};

void read_config(const element& config, Room& room, ContainerSetup& out) {
  out.entrypoint = room.texts(config, "Entrypoint");
  out.command = room.texts(config, "Cmd");
  out.user = room.text(config, "User");
  out.working_dir = room.text(config, "WorkingDir");
  out.hostname = room.text(config, "Hostname");
  for (std::string& variable : room.texts(config, "Env")) {
    const std::size_t equals = variable.find('=');
    std::string value = equals == std::string::npos ? std::string() : variable.substr(equals + 1);
    variable.resize(std::min(equals, variable.size()));
    out.environment.emplace_back(std::move(variable), std::move(value));
  }
}

void read_host_config(const element& host_config, Room& room, ContainerSetup& out) {
  out.privileged = flag(host_config, "Privileged");
  out.read_only_root = flag(host_config, "ReadonlyRootfs");
  if (const std::int64_t limit = signed_number(host_config, "PidsLimit"); limit > 0)
    out.pids_limit = static_cast<std::uint64_t>(limit);
  if (const auto policy = member(host_config, "RestartPolicy")) out.restart_policy = room.text(*policy, "Name");
}

}  // namespace

Result<ContainerSetup> parse_setup(std::string_view json) {
  Document document;
  if (!document.parse_object(json) || !is_container_id(string_in(document.root, "Id")))
    // Without its text, which may hold secrets.
    return fail(ErrorCode::protocol, "the engine's inspection is not what the API describes");
  const element& root = document.root;
  ContainerSetup out;
  Room room(out.left_out);
  out.image_id = room.text(root, "Image");
  if (const auto config = member(root, "Config")) read_config(*config, room, out);
  if (const auto host_config = member(root, "HostConfig")) read_host_config(*host_config, room, out);
  each_item(root, "Mounts", [&](const element& item) {
    const std::string_view destination = string_in(item, "Destination");
    // Of a volume its name says more than the folder that the engine keeps it in.
    const std::string_view name = string_in(item, "Name");
    const std::string_view source = name.empty() ? string_in(item, "Source") : name;
    const std::string_view type = string_in(item, "Type");
    if (!room.take(destination.size() + source.size() + type.size())) return;
    const auto writes = member(item, "RW");
    out.mounts.push_back({.type = std::string(type),
                          .source = std::string(source),
                          .destination = std::string(destination),
                          .read_only = writes && !flag(item, "RW")});
  });
  if (const auto settings = member(root, "NetworkSettings"))
    each_member(*settings, "Networks", [&](std::string_view name, const element& value) {
      if (!room.take(name.size())) return;
      std::string address = room.text(value, "IPAddress");
      if (address.empty()) address = room.text(value, "GlobalIPv6Address");
      out.networks.push_back(
          {.name = std::string(name), .address = std::move(address), .aliases = room.texts(value, "Aliases")});
    });
  return out;
}

}  // namespace taffrail::docker
