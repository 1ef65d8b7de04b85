#include "source/docker/log_options.hpp"

#include <cctype>
#include <charconv>

namespace taffrail::docker {
namespace {

/// Files of one log beyond this number are not looked for.
constexpr std::uint32_t most_files = 1000;

}  // namespace

std::optional<std::uint64_t> parse_log_size(std::string_view text) {
  // github.com/docker/go-units, FromHumanSize.
  double number = 0;
  const char* end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): `end` goes with it
  const auto [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return std::nullopt;
  std::string_view unit(at, static_cast<std::size_t>(end - at));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  double factor = 1;
  if (!unit.empty() && unit != "b" && unit != "B") {
    switch (std::tolower(static_cast<unsigned char>(unit[0]))) {
      case 'k': factor = 1e3; break;
      case 'm': factor = 1e6; break;
      case 'g': factor = 1e9; break;
      case 't': factor = 1e12; break;
      default: return std::nullopt;
    }
  }
  const double size = number * factor;
  if (size > 1e18) return std::nullopt;
  return static_cast<std::uint64_t>(size);
}

std::optional<logfile::LogOptions> file_log_options(const Container& container, const std::string& log_path,
                                                    const std::map<std::string, std::string>& log_options,
                                                    const std::string& host_root) {
  logfile::LogOptions out;
  if (container.log_driver == "json-file")
    out.format = logfile::LogFormat::json_file;
  else if (container.log_driver == "k8s-file")
    out.format = logfile::LogFormat::k8s_file;
  else
    return std::nullopt;
  if (!log_path.starts_with('/') || log_path.find("/../") != std::string::npos ||
      log_path.find(container.id.str()) == std::string::npos)
    return std::nullopt;
  out.path = host_root + log_path;
  out.tty = container.tty.value_or(false);
  if (const auto found = log_options.find("max-size"); found != log_options.end())
    out.max_size = parse_log_size(found->second).value_or(0);
  if (const auto found = log_options.find("max-file"); found != log_options.end()) {
    std::uint32_t files = 1;
    const auto [end, error] = std::from_chars(found->second.data(), found->second.data() + found->second.size(), files);
    if (error == std::errc()) out.max_files = std::clamp<std::uint32_t>(files, 1, most_files);
  }
  return out;
}

bool loses_lines_at_turnover(const Host& host, const Container& container,
                             const std::map<std::string, std::string>& log_options) {
  int major = 0;
  const auto [end, error] = std::from_chars(host.engine.data(), host.engine.data() + host.engine.size(), major);
  if (host.kind != "docker" || (error == std::errc() && major >= 23)) return false;
  if (container.log_driver == "local")
    return log_options.find("max-size") == log_options.end() || log_options.at("max-size") != "-1";
  return container.log_driver == "json-file" && log_options.contains("max-size");
}

bool is_unreadable_driver(const Error& error) {
  // "configured logging driver does not support reading" (Docker, status 500 or 501), Podman's "cannot read logs from
  // …".
  return error.code == ErrorCode::unsupported || error.detail.find("does not support reading") != std::string::npos ||
         error.detail.find("log driver") != std::string::npos;
}

}  // namespace taffrail::docker
