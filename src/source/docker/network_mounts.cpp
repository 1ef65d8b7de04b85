#include "source/docker/network_mounts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace taffrail::docker {
namespace {

/// With these begin the types of such file systems: nfs4, smb3, fuse.sshfs, fuseblk, …
constexpr std::array<std::string_view, 15> kinds{"nfs",      "cifs",    "smb",    "fuse",   "9p",
                                                 "virtiofs", "ceph",    "afs",    "lustre", "gfs2",
                                                 "ocfs2",    "gluster", "beegfs", "davfs",  "autofs"};

/// The kernel writes a space, a tab, a line's end and a backslash as \040 and the like.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    const bool octal = text[i] == '\\' && digits.size() == 3 &&
                       std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
    if (!octal) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return plain;
}

/// What stands before the next separator, which is taken away with it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

}  // namespace

std::vector<std::string> network_mounts(std::string_view mountinfo) {
  std::vector<std::string> mounts;
  while (!mountinfo.empty()) {
    // "36 35 98:0 /root /mount/point options optional… - type source options"
    std::string_view line = take_until(mountinfo, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view behind = line.substr(dash + 3);
    const std::string_view type = take_until(behind, ' ');
    if (std::ranges::none_of(kinds, [&](std::string_view kind) { return type.starts_with(kind); })) continue;
    for (int passed = 0; passed < 4; ++passed) take_until(line, ' ');
    mounts.push_back(unescaped(take_until(line, ' ')));
  }
  return mounts;
}

bool is_within(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/';
}

}  // namespace taffrail::docker
