#include "source/cgroup/cgroup_find.hpp"

#include <array>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include "source/cgroup/cgroup_parse.hpp"

namespace taffrail::cgroup {
namespace {

namespace fs = std::filesystem;

/// Folders that a search looks into at most, and how deep: a rootless Podman's containers are at depth 5 (user.slice,
/// user-1000.slice, user@1000.service, user.slice, libpod-ID.scope).
constexpr std::size_t most_folders = 2000;
constexpr int deepest = 6;

bool is_folder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Whether `controllers` ("cpu,cpuacct") has `controller` among its names.
bool has_controller(std::string_view controllers, std::string_view controller) {
  for (std::size_t begin = 0; begin <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', begin), controllers.size());
    if (controllers.substr(begin, end - begin) == controller) return true;
    begin = end + 1;
  }
  return false;
}

std::unexpected<Error> no_folder(std::string_view id, const std::string& tree) {
  return fail(ErrorCode::not_found, "no cgroup of container " + std::string(id) + " is below " + tree);
}

/// Breadth first, so that a container's own folder is met before those inside it. A folder that is gone meanwhile or
/// not ours to read is passed over; one that cannot be looked into for another reason may hide the container.
Result<std::string> search(const std::string& tree, std::string_view id) {
  std::deque<std::pair<std::string, int>> folders{{tree, 0}};
  for (std::size_t looked = 0; !folders.empty() && looked < most_folders; ++looked) {
    const auto [folder, depth] = std::move(folders.front());
    folders.pop_front();
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (!it->is_directory(ignored) || it->is_symlink(ignored)) continue;
      const std::string name = it->path().filename();
      // Podman's monitor of a container has a cgroup of its own.
      if (name.find(id) != std::string::npos && name.find("conmon") == std::string::npos) return it->path().string();
      if (depth + 1 < deepest) folders.emplace_back(it->path().string(), depth + 1);
    }
    if (Error failed = failure_of("look into " + folder, error.value()); failed.code == ErrorCode::unavailable)
      return std::unexpected(std::move(failed));
  }
  return no_folder(id, tree);
}

Result<std::string> find_in(const std::string& tree, std::optional<std::string> path, std::string_view id) {
  if (path && is_folder(tree + *path)) return tree + *path;
  const std::string name(id);
  for (const std::string& usual : {"/docker/" + name, "/system.slice/docker-" + name + ".scope",
                                   "/machine.slice/libpod-" + name + ".scope", "/libpod_parent/libpod-" + name})
    if (is_folder(tree + usual)) return tree + usual;
  return search(tree, id);
}

}  // namespace

Error failure_of(std::string_view what, int error_number) {
  if (error_number == EMFILE || error_number == ENFILE)
    return Error{ErrorCode::unavailable, std::string(what) + ": the open files of this process or machine are used up"};
  if (error_number == ENOMEM) return Error{ErrorCode::unavailable, std::string(what) + ": out of memory"};
  return system_error(what, error_number);
}

bool is_full_id(std::string_view id) {
  return id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_v2_alone(const std::string& root) {
  std::error_code error;
  return fs::exists(root + "/cgroup.controllers", error);
}

Result<std::string> find_v2(const std::string& root, std::string_view memberships, std::string_view id) {
  std::string tree = root;
  if (!is_v2_alone(tree)) tree += "/unified";
  if (!is_v2_alone(tree)) return no_folder(id, tree);
  std::optional<std::string> path;
  for (const Membership& membership : parse_memberships(memberships))
    if (membership.controllers.empty()) path = container_path(membership.path, id);
  // In the hybrid layout a container need not be in the v2 tree at all, so it is not searched.
  if (tree != root && !path) return no_folder(id, tree);
  return find_in(tree, std::move(path), id);
}

Result<std::string> find_v1(const std::string& root, std::string_view memberships, std::string_view controller,
                            std::string_view id) {
  std::optional<std::string> path;
  for (const Membership& membership : parse_memberships(memberships))
    if (has_controller(membership.controllers, controller)) path = container_path(membership.path, id);
  std::string tree = root + "/" + std::string(controller);
  if (!is_folder(tree)) {
    std::error_code error;
    tree.clear();
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error))
      if (has_controller(it->path().filename().string(), controller)) tree = it->path().string();
    if (Error failed = failure_of("look into " + root, error.value()); failed.code == ErrorCode::unavailable)
      return std::unexpected(std::move(failed));
    if (tree.empty()) return no_folder(id, root);
  }
  return find_in(tree, std::move(path), id);
}

}  // namespace taffrail::cgroup
