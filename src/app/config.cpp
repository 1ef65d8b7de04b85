#include "app/config.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <cctype>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <yaml-cpp/yaml.h>

#include "api/host_rule.hpp"
#include "base/byte_size.hpp"
#include "base/time_format.hpp"
#include "net/request_target.hpp"
#include "source/demo/options.hpp"
#include "source/files/glob.hpp"

namespace taffrail {
namespace {

constexpr std::string_view prefix = "TAFFRAIL_";
/// A configuration is a page of text. More is a mistake, such as a log given as --config.
constexpr std::size_t max_file_bytes = 1024UZ * 1024;

const Option* find_option(std::string_view name) {
  const auto at = std::ranges::find(options(), name, &Option::name);
  return at == options().end() ? nullptr : &*at;
}

std::string variable_of(std::string_view option) {
  std::string name(prefix);
  for (const char c : option) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

template <class Value, std::size_t N>
Result<Value> one_of(const std::array<std::pair<std::string_view, Value>, N>& names, const std::string& text) {
  std::string known;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return fail(ErrorCode::invalid_argument, "'" + text + "' is none of " + known);
}

Result<> apply_listen(Config& config, const std::vector<std::string>& values) {
  auto endpoint = net::parse_listen_address(values.front());
  if (!endpoint) return forward(endpoint);
  config.listen = std::move(*endpoint);
  config.listen_text = values.front();
  return {};
}

Result<> apply_data(Config& config, const std::vector<std::string>& values) {
  if (values.front().empty()) return fail(ErrorCode::invalid_argument, "an empty path");
  config.data = values.front();
  return {};
}

Result<> apply_docker(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    auto engine = docker::parse_engine_address(value);
    if (!engine) return fail(ErrorCode::invalid_argument, "'" + value + "': " + engine.error().detail);
    config.engines.push_back(std::move(*engine));
  }
  return {};
}

Result<> apply_docker_cert(Config& config, const std::vector<std::string>& values) {
  config.docker_cert = values.front();
  return {};
}

Result<bool> auto_or_off(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> names{{{"auto", true}, {"off", false}}};
  return one_of(names, text);
}

Result<> apply_log_files(Config& config, const std::vector<std::string>& values) {
  auto chosen = auto_or_off(values.front());
  if (!chosen) return forward(chosen);
  config.log_files = *chosen;
  return {};
}

/// An option that is on or off.
template <bool Config::* member>
Result<> apply_switch(Config& config, const std::vector<std::string>& values) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> names{{{"on", true}, {"off", false}}};
  auto chosen = one_of(names, values.front());
  if (!chosen) return forward(chosen);
  config.*member = *chosen;
  return {};
}

Result<> apply_public_url(Config& config, const std::vector<std::string>& values) {
  const auto url = boost::urls::parse_uri(values.front());
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty() || url->has_query() ||
      url->has_fragment() || url->has_userinfo())
    return fail(ErrorCode::invalid_argument,
                "'" + values.front() + "' is no address of the page; one looks like https://logs.example.com");
  config.public_url = values.front();
  while (config.public_url.ends_with('/')) config.public_url.pop_back();
  return {};
}

Result<> apply_rules(Config& config, const std::vector<std::string>& values) {
  config.rules = values.front();
  return {};
}

Result<> apply_cgroup(Config& config, const std::vector<std::string>& values) {
  auto chosen = auto_or_off(values.front());
  if (!chosen) return forward(chosen);
  config.cgroup = *chosen;
  return {};
}

Result<> apply_host_root(Config& config, const std::vector<std::string>& values) {
  if (!values.front().starts_with('/'))
    return fail(ErrorCode::invalid_argument, "'" + values.front() + "' is no absolute path");
  config.host_root = values.front() == "/" ? "" : values.front();
  return {};
}

Result<> apply_containers(Config& config, const std::vector<std::string>& values) {
  auto filter = api::ContainerFilter::compile("'" + values.front() + "'", values.front());
  if (!filter)
    return fail(ErrorCode::invalid_argument, filter.error().detail + " (line " + std::to_string(*filter.error().line) +
                                                 ", column " + std::to_string(*filter.error().column) + ")");
  config.containers = std::move(*filter);
  config.containers_text = values.front();
  return {};
}

Result<> apply_source(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    const std::string_view kind = std::string_view(value).substr(0, value.find(':'));
    if (kind == "demo") {
      auto demo = DemoOptions::parse(std::string_view(value).substr(kind.size()));
      if (!demo) return forward(demo);
    } else if (kind == "files" && value.size() > kind.size()) {
      auto glob = files::Glob::parse(std::string_view(value).substr(kind.size() + 1));
      if (!glob) return forward(glob);
    } else if (value != "docker" && value != "stdin") {
      return fail(ErrorCode::invalid_argument,
                  "'" + value + "' is no kind of source; there are docker, demo, files:GLOB and stdin");
    }
    if (value == "stdin" && std::ranges::find(config.sources, value) != config.sources.end())
      return fail(ErrorCode::invalid_argument, "there is only one stdin");
    config.sources.push_back(value);
  }
  return {};
}

Result<> apply_memory(Config& config, const std::vector<std::string>& values) {
  auto bytes = parse_byte_size(values.front());
  if (!bytes) return forward(bytes);
  if (*bytes < least_memory)
    return fail(ErrorCode::invalid_argument,
                fmt::format("'{}' is too little; at least {}", values.front(), to_byte_size(least_memory)));
  config.memory = *bytes;
  return {};
}

Result<> apply_retention(Config& config, const std::vector<std::string>& values) {
  auto bytes = parse_byte_size(values.front());
  if (!bytes) return forward(bytes);
  if (*bytes < least_retention)
    return fail(ErrorCode::invalid_argument,
                fmt::format("'{}' is too little; at least {}", values.front(), to_byte_size(least_retention)));
  config.retention = *bytes;
  return {};
}

Result<> apply_retention_age(Config& config, const std::vector<std::string>& values) {
  auto age = parse_duration(values.front());
  if (!age) return forward(age);
  if (*age < std::chrono::minutes(1))
    return fail(ErrorCode::invalid_argument, fmt::format("'{}' is too short; at least 1m", values.front()));
  config.retention_age = *age;
  return {};
}

Result<> apply_base_path(Config& config, const std::vector<std::string>& values) {
  std::string path = values.front();
  if (!path.starts_with('/')) return fail(ErrorCode::invalid_argument, "'" + path + "' does not begin with a slash");
  while (path.ends_with('/')) path.pop_back();
  // It goes into the page and a header as it is, so it must be what a browser sends.
  for (const char c : path)
    if (!std::isalnum(static_cast<unsigned char>(c)) && !std::string_view("/-._~").contains(c))
      return fail(ErrorCode::invalid_argument,
                  "'" + path + "' holds other characters than letters, digits, - . _ ~ and /");
  if (path.contains("//")) return fail(ErrorCode::invalid_argument, "'" + path + "' has an empty segment");
  if (auto target = net::parse_target(path.empty() ? "/" : path); !target) return forward(target);
  config.base_path = std::move(path);
  return {};
}

Result<> apply_allowed_origin(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    const std::size_t scheme = value.find("://");
    if ((!value.starts_with("http://") && !value.starts_with("https://")) ||
        value.find('/', scheme + 3) != std::string::npos)
      return fail(ErrorCode::invalid_argument, "'" + value + "' is no origin; one looks like https://ops.example.com");
    config.allowed_origins.push_back(value);
  }
  return {};
}

Result<> apply_allowed_host(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (value != "*" && !api::HostRule::is_name(value))
      return fail(ErrorCode::invalid_argument,
                  fmt::format("'{}' is no name of a host; one looks like logs.example.com, without a port", value));
    config.allowed_hosts.push_back(value);
  }
  return {};
}

Result<> apply_log_level(Config& config, const std::vector<std::string>& values) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 6> names{{{"trace", LogLevel::trace},
                                                                        {"debug", LogLevel::debug},
                                                                        {"info", LogLevel::info},
                                                                        {"warn", LogLevel::warn},
                                                                        {"error", LogLevel::error},
                                                                        {"off", LogLevel::off}}};
  auto level = one_of(names, values.front());
  if (!level) return forward(level);
  config.log_level = *level;
  return {};
}

Result<> apply_log_format(Config& config, const std::vector<std::string>& values) {
  constexpr std::array<std::pair<std::string_view, LogFormat>, 2> names{
      {{"text", LogFormat::text}, {"json", LogFormat::json}}};
  auto format = one_of(names, values.front());
  if (!format) return forward(format);
  config.log_format = *format;
  return {};
}

/// "file.yaml:3: " for an error at this mark.
std::string place(const std::string& file, const YAML::Mark& mark) {
  return file + ":" + std::to_string(mark.line + 1) + ": ";
}

Result<std::vector<std::string>> values_of(const YAML::Node& node) {
  if (node.IsScalar()) return std::vector{node.Scalar()};
  if (!node.IsSequence()) return fail(ErrorCode::invalid_argument, "needs a value or a list of values");
  std::vector<std::string> values;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return fail(ErrorCode::invalid_argument, "needs a list of plain values");
    values.push_back(item.Scalar());
  }
  return values;
}

Result<std::vector<Setting>> settings_of_node(const YAML::Node& root, const std::string& name) {
  std::vector<Setting> settings;
  if (!root.IsDefined() || root.IsNull()) return settings;
  if (!root.IsMap())
    return fail(ErrorCode::invalid_argument,
                place(name, root.Mark()) + "a configuration is a map of options to values");
  for (const auto& pair : root) {
    const std::string where = place(name, pair.first.Mark());
    if (!pair.first.IsScalar()) return fail(ErrorCode::invalid_argument, where + "a key must be the name of an option");
    const std::string key = pair.first.Scalar();
    if (!find_option(key)) return fail(ErrorCode::invalid_argument, fmt::format("{}unknown key '{}'", where, key));
    if (std::ranges::find(settings, key, &Setting::option) != settings.end())
      return fail(ErrorCode::invalid_argument, fmt::format("{}'{}' is given twice", where, key));
    auto values = values_of(pair.second);
    if (!values) return fail(ErrorCode::invalid_argument, where + key + ": " + values.error().detail);
    settings.push_back({.option = key, .values = std::move(*values), .place = where + key});
  }
  return settings;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ';');)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> table{
      {"listen", "ADDR:PORT|unix:PATH", false, false, "where to serve (127.0.0.1:8080); port 0 takes a free one",
       apply_listen},
      {"data", "DIR", false, false, "the data directory ($XDG_DATA_HOME/taffrail or /var/lib/taffrail)", apply_data},
      {"docker", "[NAME=]URL", true, false, "an engine: unix://PATH, tcp://HOST:PORT or tcp+tls://HOST:PORT",
       apply_docker},
      {"docker-cert", "DIR", false, false, "ca.pem, cert.pem and key.pem for tcp+tls engines", apply_docker_cert},
      {"source", "KIND", true, false, "docker (default), demo, files:GLOB or stdin", apply_source},
      {"files-follow-links", "on|off", false, false,
       "follow symbolic links that lead out of a file pattern's own folder", apply_switch<&Config::files_follow_links>},
      {"containers", "EXPR", false, true, "only containers for which this holds exist for this server",
       apply_containers},
      {"log-files", "auto|off", false, false, "read the engine's log files directly where they are readable",
       apply_log_files},
      {"cgroup", "auto|off", false, false, "read metrics from cgroup files where they are readable", apply_cgroup},
      {"host-root", "DIR", false, false, "where the host's root is mounted, in a container", apply_host_root},
      {"memory", "SIZE", false, false, "what lines may hold of memory together, such as 512MiB (192MiB)", apply_memory},
      {"history", "on|off", false, false,
       "store the lines of all containers, for search and for when they are gone (on)", apply_switch<&Config::history>},
      {"retention", "SIZE", false, true, "what history may take on disk (1GiB)", apply_retention},
      {"retention-age", "DURATION", false, true, "how old lines of history may be, such as 30d (any age)",
       apply_retention_age},
      {"base-path", "PATH", false, false, "serve everything below this path", apply_base_path},
      {"allowed-origin", "ORIGIN", true, true, "a further origin whose pages may open the live connection",
       apply_allowed_origin},
      {"allowed-host", "NAME", true, true,
       "a name under which browsers reach this server, through a proxy for example; * for any", apply_allowed_host},
      {"public-url", "URL", false, false, "where browsers find the page, for links in notifications", apply_public_url},
      {"rules", "DIR", false, false, "alert rules as YAML files", apply_rules},
      {"allow-private-destinations", "on|off", false, false,
       "notifications may go to this machine and its neighbours (on)", apply_switch<&Config::private_destinations>},
      {"allow-commands", "on|off", false, false, "notifications may start programs on this machine (off)",
       apply_switch<&Config::commands>},
      {"log-level", "LEVEL", false, true, "trace, debug, info (default), warn, error or off", apply_log_level},
      {"log-format", "FORMAT", false, true, "text (default) or json", apply_log_format},
  };
  return table;
}

Result<std::vector<Setting>> settings_of_environment(const std::vector<std::string>& environment) {
  std::vector<Setting> settings;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(prefix)) continue;
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    // The key of the secrets is no option: it would be seen on a command line, and in a file beside what it protects.
    if (name == "TAFFRAIL_CONFIG" || name == "TAFFRAIL_SECRET_KEY" || name.starts_with("TAFFRAIL_SERVICE_") ||
        name.starts_with("TAFFRAIL_PORT"))
      continue;
    const auto option = std::ranges::find_if(options(), [&](const Option& o) { return variable_of(o.name) == name; });
    if (option == options().end()) return fail(ErrorCode::invalid_argument, "unknown variable " + name);
    const std::string value = equals == std::string::npos ? "" : entry.substr(equals + 1);
    settings.push_back({.option = std::string(option->name),
                        .values = option->repeatable ? split(value) : std::vector{value},
                        .place = name});
  }
  return settings;
}

Result<std::vector<Setting>> settings_of_yaml(const std::string& text, const std::string& name) {
  try {
    return settings_of_node(YAML::Load(text), name);
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::invalid_argument, place(name, error.mark) + error.msg);
  }
}

Result<std::vector<Setting>> settings_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::unexpected(system_error("--config " + file.string(), errno));
  std::string text(max_file_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return std::unexpected(system_error("--config " + file.string(), errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_file_bytes)
    return fail(ErrorCode::too_large, "--config " + file.string() + ": larger than a configuration can be (1 MiB)");
  return settings_of_yaml(text, file.string());
}

Result<Config> make_config(const std::vector<std::vector<Setting>>& layers) {
  Config config;
  for (const Option& option : options()) {
    for (const std::vector<Setting>& layer : layers) {
      const auto at = std::ranges::find(layer, option.name, &Setting::option);
      if (at == layer.end()) continue;
      if (!option.repeatable && at->values.size() != 1)
        return fail(ErrorCode::invalid_argument, at->place + ": needs exactly one value");
      if (auto applied = option.apply(config, at->values); !applied)
        return fail(applied.error().code, at->place + ": " + applied.error().detail);
      config.given.emplace(option.name, at->values);
      break;
    }
  }
  return config;
}

}  // namespace taffrail
