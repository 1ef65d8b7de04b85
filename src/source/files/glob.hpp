#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace taffrail::files {

/// A pattern of file paths: `*`, `?` and `[…]` within a name as in the shell (fnmatch(3); a leading dot is matched by a
/// dot only), and `**` as a whole name for any number of folders.
class Glob {
 public:
  /// A relative pattern counts from the working directory. Errors: invalid_argument.
  [[nodiscard]] static Result<Glob> parse(std::string_view text);

  /// What matches now.
  struct Found {
    std::set<std::string> files;        ///< absolute paths of regular files
    std::set<std::string> folders;      ///< where a new match could appear
    std::vector<std::string> problems;  ///< folders that could not be read, and why; at most 10
    bool cut_off = false;               ///< there is more than the bounds allow
  };
  /// Compressed files (.gz, .xz, .bz2, .zst) are left out, and so are the rotated files of a log that matches as well:
  /// they belong to it (source/logfile/generations.hpp). Links to files and, but for `**`, to folders are followed as
  /// `follow_links` says.
  [[nodiscard]] Found find() const;

  /// below: of symbolic links that a wildcard meets only those that stay below the folder that the pattern names
  /// outright (whoever may write there must not make this server read any file of the host); anywhere: all.
  enum class Links : std::uint8_t { below, anywhere };
  void follow_links(Links links) { links_ = links; }

  /// The pattern, absolute.
  [[nodiscard]] std::string text() const;
  /// How a file that was found is called: its path within the part of the pattern that is free of wildcards.
  [[nodiscard]] std::string name_of(const std::string& path) const;

  static constexpr std::size_t max_length = 4096;
  /// Each file is a container with a card on the page; each folder costs an inotify watch.
  static constexpr std::size_t max_files = 10'000;
  static constexpr std::size_t max_folders = 4096;

 private:
  struct Walk;
  void walk(Walk& walk, const std::string& folder, std::size_t at) const;
  void list(Walk& walk, const std::string& folder, std::size_t at) const;

  std::vector<std::string> names_;  // the parts of the pattern between slashes
  Links links_ = Links::below;
  std::size_t literal_ = 0;  // how many of them, from the first on and without the last, are free of wildcards
};

}  // namespace taffrail::files
