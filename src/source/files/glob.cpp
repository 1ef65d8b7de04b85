#include "source/files/glob.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fnmatch.h>
#include <system_error>

#include "source/logfile/generations.hpp"
#include "source/logfile/log_file.hpp"

namespace taffrail::files {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view any_depth = "**";
constexpr std::size_t max_problems = 10;
/// Bounds one look, also at a folder with millions of files that do not match.
constexpr std::size_t max_entries = 1'000'000;

bool has_wildcard(std::string_view name) { return name.find_first_of("*?[\\") != std::string_view::npos; }

bool is_compressed(std::string_view path) {
  constexpr std::array<std::string_view, 4> endings{".gz", ".xz", ".bz2", ".zst"};
  return std::ranges::any_of(endings, [&](std::string_view ending) { return path.ends_with(ending); });
}

std::string join(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (path.back() != '/') path += '/';
  path += name;
  return path;
}

/// Whether a log of which this is a rotated file was found too.
bool belongs_to_another(const std::string& path, const std::set<std::string>& files) {
  for (std::size_t at = path.rfind('/') + 2; at < path.size(); ++at)
    if ((path[at] == '.' || path[at] == '-') && logfile::is_rotated_name(path, std::string_view(path).substr(0, at)) &&
        files.contains(path.substr(0, at)))
      return true;
  return false;
}

}  // namespace

struct Glob::Walk {
  Found found;
  std::set<std::pair<std::string, std::size_t>> seen;  // folders and places in the pattern: `**` finds some twice
  std::size_t entries = 0;
  std::string root;  // of links that are followed, without links itself; empty: they are followed anywhere

  /// Whether a path that was found may be gone to.
  [[nodiscard]] bool may_follow(const std::string& path) const {
    std::error_code error;
    if (root.empty() || fs::symlink_status(path, error).type() != fs::file_type::symlink) return true;
    const std::string real = fs::canonical(path, error).string();
    return !error && real.starts_with(root) && real.size() > root.size() && (root == "/" || real[root.size()] == '/');
  }
  void add_file(const std::string& path) {
    if (is_compressed(path) || !may_follow(path)) return;
    // A file that may not be looked into is listed, so that its log says so.
    const auto status = logfile::status_of(path);
    if (!status || !status->regular) return;
    if (found.files.size() < max_files)
      found.files.insert(path);
    else
      found.cut_off = true;
  }
};

Result<Glob> Glob::parse(std::string_view text) {
  if (text.empty())
    return fail(ErrorCode::invalid_argument, "no path after 'files:'; write for example files:/var/log/*.log");
  if (text.size() > max_length) return fail(ErrorCode::too_large, "a file pattern may have 4096 bytes");
  if (text.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "a file pattern cannot hold a NUL byte");
  std::string whole(text);
  if (whole.front() != '/') {
    std::error_code error;
    const fs::path here = fs::current_path(error);
    if (error) return std::unexpected(system_error("find the working directory for " + whole, error.value()));
    whole = here.string() + '/' + whole;
  }
  Glob glob;
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t end = std::min(whole.find('/', at), whole.size());
    const std::string name = whole.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == "." || (name == any_depth && !glob.names_.empty() && glob.names_.back() == any_depth))
      continue;
    if (name == "..") {
      if (!glob.names_.empty() && has_wildcard(glob.names_.back()))
        return fail(ErrorCode::invalid_argument, "'..' cannot follow a wildcard in the file pattern '" + whole + "'");
      if (!glob.names_.empty()) glob.names_.pop_back();
      continue;
    }
    glob.names_.push_back(name);
  }
  if (glob.names_.empty()) return fail(ErrorCode::invalid_argument, "the file pattern '" + whole + "' names no file");
  if (glob.names_.back() == any_depth) glob.names_.emplace_back("*");
  while (glob.literal_ + 1 < glob.names_.size() && !has_wildcard(glob.names_[glob.literal_])) ++glob.literal_;
  return glob;
}

Glob::Found Glob::find() const {
  // From the folder that the pattern names outright, or while that does not exist, from its nearest parent.
  std::size_t start = literal_;
  std::string folder;
  std::error_code error;
  for (;; --start) {
    folder = "/";
    for (std::size_t i = 0; i < start; ++i) folder = join(folder, names_[i]);
    if (start == 0 || fs::is_directory(folder, error)) break;
  }
  Walk state;
  // A file that is named outright is what was asked for, wherever it is.
  const bool named = literal_ + 1 == names_.size() && !has_wildcard(names_.back());
  if (links_ == Links::below && !named) state.root = fs::weakly_canonical(folder, error).string();
  walk(state, folder, start);
  std::erase_if(state.found.files,
                [&](const std::string& path) { return belongs_to_another(path, state.found.files); });
  return std::move(state.found);
}

void Glob::walk(Walk& walk, const std::string& folder, std::size_t at) const {
  if (walk.found.folders.size() >= max_folders && !walk.found.folders.contains(folder)) {
    walk.found.cut_off = true;
    return;
  }
  if (!walk.seen.emplace(folder, at).second) return;
  walk.found.folders.insert(folder);
  const std::string& name = names_[at];
  if (has_wildcard(name)) {
    list(walk, folder, at);
    return;
  }
  const std::string path = join(folder, name);
  std::error_code error;
  if (at + 1 == names_.size())
    walk.add_file(path);
  else if (fs::is_directory(path, error) && (at < literal_ || walk.may_follow(path)))
    this->walk(walk, path, at + 1);
}

void Glob::list(Walk& walk, const std::string& folder, std::size_t at) const {
  const std::string& name = names_[at];
  const bool last = at + 1 == names_.size();
  const bool deep = name == any_depth;
  if (deep) this->walk(walk, folder, at + 1);
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (++walk.entries > max_entries) {
      walk.found.cut_off = true;
      return;
    }
    std::error_code ignored;  // an entry that is gone again is no match
    const std::string entry_name = entry->path().filename().string();
    if (deep) {
      // Links are not followed here: they can lead back up.
      if (!entry_name.starts_with('.') && entry->symlink_status(ignored).type() == fs::file_type::directory)
        this->walk(walk, entry->path().string(), at);
    } else if (::fnmatch(name.c_str(), entry_name.c_str(), FNM_PERIOD) == 0) {
      if (last)
        walk.add_file(entry->path().string());
      else if (entry->is_directory(ignored) && walk.may_follow(entry->path().string()))
        this->walk(walk, entry->path().string(), at + 1);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory && walk.found.problems.size() < max_problems)
    walk.found.problems.push_back(folder + ": " + error.message());
}

std::string Glob::text() const {
  std::string text;
  for (const std::string& name : names_) {
    text += '/';
    text += name;
  }
  return text;
}

std::string Glob::name_of(const std::string& path) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < literal_; ++i) at += 1 + names_[i].size();
  return at + 1 < path.size() ? path.substr(at + 1) : path;
}

}  // namespace taffrail::files
