#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/container_filter.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "source/docker/discovery.hpp"

namespace taffrail {

enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// Enough for the rings of some dozen busy containers and a page for each of a hundred readers.
inline constexpr std::uint64_t default_memory = 192UL * 1024 * 1024;
/// One page of a merged read over a thousand containers must fit, beside the rings of what is being looked at.
inline constexpr std::uint64_t least_memory = 64UL * 1024 * 1024;
/// Less than this is a few blocks of one busy container.
inline constexpr std::uint64_t least_retention = 16UL * 1024 * 1024;

/// Everything `serve` is told, checked.
struct Config {
  std::string listen_text = "127.0.0.1:8080";
  net::Endpoint listen = net::TcpEndpoint{.host = "127.0.0.1", .port = 8080, .tls = false};
  std::filesystem::path data;                  ///< empty: the default of this user
  std::vector<docker::EngineAddress> engines;  ///< none: those that discovery finds
  std::filesystem::path docker_cert;  ///< ca.pem, cert.pem and key.pem for tcp+tls engines; empty: the system's roots
  std::vector<std::string> sources;   ///< as written; none: docker
  std::optional<api::ContainerFilter> containers;  ///< only these exist for this server
  std::string containers_text;
  bool log_files = true;                  ///< read the engine's log files where they are readable
  bool cgroup = true;                     ///< read metrics from cgroup files where they are readable
  std::string host_root;                  ///< where the host's root is mounted; empty: at /
  bool files_follow_links = false;        ///< files: also symbolic links that lead out of the pattern's own folder
  std::uint64_t memory = default_memory;  ///< bytes that rings, pages and frames may hold together
  std::string base_path;                  ///< empty, or "/…" without a slash at its end
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_hosts;
  std::string public_url;                 ///< where browsers find the page, without a slash at its end; empty: unknown
  std::filesystem::path rules;            ///< a folder with rules as files; empty: none
  bool history = true;                    ///< store the lines of all containers
  std::uint64_t retention = 1ULL << 30;   ///< bytes that history may have on disk
  std::optional<Duration> retention_age;  ///< how old its lines may be; nothing: any age
  bool private_destinations = true;       ///< notifications may go to this machine and its neighbours
  bool commands = false;                  ///< notifications may start programs
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  /// What was said of each option that was spoken of, by its name.
  std::map<std::string, std::vector<std::string>, std::less<>> given;
};

/// What one place says of one option: a flag, a variable or a key of the file.
struct Setting {
  std::string option;               ///< "base-path"
  std::vector<std::string> values;  ///< several only for repeatable options
  std::string place;  ///< how to name it in an error: "--base-path", "TAFFRAIL_BASE_PATH", "x.yaml:3: base-path"
};

/// A row of the table of options: one definition for the flag, the variable and the key.
struct Option {
  std::string_view name;  ///< "base-path": the flag --base-path, the variable TAFFRAIL_BASE_PATH, the key base-path
  std::string_view form;  ///< "PATH", for --help
  bool repeatable;        ///< several flags, a list in the file, a variable with `;` between the values
  bool live;              ///< a reload applies it while the server runs
  std::string_view help;
  std::function<Result<>(Config&, const std::vector<std::string>&)> apply;
};
[[nodiscard]] const std::vector<Option>& options();

/// Reads the variables that begin with TAFFRAIL_. Errors: one that is no option. Those that Kubernetes makes for a
/// service called taffrail are passed over.
/// @param environment "NAME=value", as in environ(7)
[[nodiscard]] Result<std::vector<Setting>> settings_of_environment(const std::vector<std::string>& environment);

/// Reads a YAML file: one map from options to values. Errors name the file, the line and the key.
[[nodiscard]] Result<std::vector<Setting>> settings_of_file(const std::filesystem::path& file);
/// The same of a text. @param name for errors
[[nodiscard]] Result<std::vector<Setting>> settings_of_yaml(const std::string& text, const std::string& name);

/// Puts the layers together, the strongest first: for each option the first layer that speaks of it counts.
[[nodiscard]] Result<Config> make_config(const std::vector<std::vector<Setting>>& layers);

}  // namespace taffrail
