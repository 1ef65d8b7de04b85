#include "source/docker/own_path.hpp"

#include <algorithm>
#include <filesystem>

#include "source/cgroup/cgroup_find.hpp"

namespace taffrail::docker {
namespace {

namespace fs = std::filesystem;

bool is_plain(const std::string& path) {
  return path.starts_with('/') && std::ranges::none_of(path, [](unsigned char c) { return c < 0x20; }) &&
         std::ranges::none_of(fs::path(path), [](const fs::path& part) { return part == ".."; });
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [in_folder, in_path] = std::ranges::mismatch(folder, path);
  return in_folder == folder.end() && in_path != path.end();
}

}  // namespace

Result<> check_own_path(const std::string& host_root, const std::string& data_root, const std::string& path,
                        const ContainerId& id) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::permission_denied, "the engine names '" + path.substr(0, 300) + "' as the log of " +
                                                  id.str().substr(0, 64) + ", which is refused: " + why);
  };
  if (!cgroup::is_full_id(id.str())) return refuse("the id is not 64 hex digits");
  if (!is_plain(path)) return refuse("it is no plain absolute path");
  if (!is_plain(data_root) || fs::path(data_root).relative_path().empty())
    return refuse("the engine tells no folder of its own ('" + data_root.substr(0, 300) + "')");
  const fs::path folder = fs::path(path).parent_path();
  if (std::ranges::find(folder, fs::path(id.str())) == folder.end())
    return refuse("it is not in a folder of this container's id");
  std::error_code error;
  const fs::path root = fs::canonical(host_root + data_root, error);
  if (error) return std::unexpected(system_error("look at " + host_root + data_root, error.value()));
  const fs::path file = fs::canonical(host_root + path, error);
  if (error) return std::unexpected(system_error("look at " + host_root + path, error.value()));
  if (!is_below(file, root))
    return refuse("it is '" + file.string() + "', which is not below the engine's folder " + root.string());
  if (!fs::is_regular_file(file, error)) return refuse("it is no file");
  return {};
}

}  // namespace taffrail::docker
