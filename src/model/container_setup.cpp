#include "model/container_setup.hpp"

#include <string_view>

#include "text/json_writer.hpp"

namespace taffrail {
namespace {

void append(text::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

void append_json(std::string& out, const ContainerSetup& setup, EnvironmentValues values) {
  text::JsonWriter json(out);
  json.begin_object();
  append(json, "entrypoint", setup.entrypoint);
  append(json, "command", setup.command);
  json.member_or_null("image_id", setup.image_id).member_or_null("user", setup.user);
  json.member_or_null("working_dir", setup.working_dir).member_or_null("hostname", setup.hostname);
  json.member_or_null("restart_policy", setup.restart_policy).member("pids_limit", setup.pids_limit);
  json.member("privileged", setup.privileged).member("read_only_root", setup.read_only_root);
  json.key("mounts").begin_array();
  for (const ContainerSetup::Mount& mount : setup.mounts) {
    json.begin_object().member("type", mount.type).member_or_null("source", mount.source);
    json.member("destination", mount.destination).member("read_only", mount.read_only).end_object();
  }
  json.end_array().key("networks").begin_array();
  for (const ContainerSetup::Network& network : setup.networks) {
    json.begin_object().member("name", network.name).member_or_null("address", network.address);
    append(json, "aliases", network.aliases);
    json.end_object();
  }
  json.end_array().key("environment").begin_array();
  for (const auto& [name, value] : setup.environment) {
    json.begin_object().member("name", name).key("value");
    if (values == EnvironmentValues::shown)
      json.value(value);
    else
      json.null();
    json.end_object();
  }
  json.end_array().member("left_out", setup.left_out).end_object();
}

}  // namespace taffrail
