#include "source/files/generations.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <tuple>
#include <utility>

namespace taffrail::files {
namespace {

constexpr std::size_t max_rotated = 16;
/// How often the folder is gone through until no rotation comes in between.
constexpr int max_tries = 5;
/// Bounds what is looked at in one folder; a folder with more files is no place where one log is rotated.
constexpr int max_entries = 100'000;

/// A rotated file's name and status.
struct Rotated {
  std::string path;
  FileStatus status;
  int number = 0;  // of "app.log.2"; 0 where the name holds a date
};

/// Whether `a` came before `b`. Birth times are as coarse as the kernel's tick; where they are equal the file that was
/// written to until later is the later one, then the one with the smaller number or the later date in its name.
bool is_older(const Rotated& a, const Rotated& b) {
  return std::tuple(a.status.identity.born, a.status.modified, -a.number, std::string_view(a.path)) <
         std::tuple(b.status.identity.born, b.status.modified, -b.number, std::string_view(b.path));
}

/// The number at the end of a rotated file's name, of up to four digits.
int number_of(std::string_view name, std::string_view base) {
  name.remove_prefix(base.size() + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() && name.size() <= 4 ? number : 0;
}

std::vector<Rotated> find_rotated(const std::string& path, const FileStatus& current) {
  std::vector<Rotated> found;
  if (!current.has_birth()) return found;
  namespace fs = std::filesystem;
  const fs::path whole(path);
  const std::string base = whole.filename().string();
  std::error_code error;
  int entries = 0;
  for (fs::directory_iterator entry(whole.parent_path(), error), end; !error && entry != end; entry.increment(error)) {
    if (++entries > max_entries) break;
    if (!is_rotated_name(entry->path().filename().native(), base)) continue;
    auto status = status_of(entry->path().string());
    if (status && status->regular && status->has_birth() && status->identity.born <= current.identity.born &&
        status->identity != current.identity)
      found.push_back({entry->path().string(), *status, number_of(entry->path().filename().native(), base)});
  }
  std::ranges::sort(found, is_older);
  return found;
}

/// The head is read first: a truncation in between then counts as one that came later, and is noticed.
Result<Generation> look_at(OpenFile file, Numbering& numbering) {
  std::string head(64, '\0');
  auto count = file.read(0, head);
  // A file that cannot be read is an error where it is read.
  head.resize(count.value_or(0));
  auto look = numbering.look(file);
  if (!look) return forward(look);
  return Generation{std::move(file), look->status, look->place, std::move(head)};
}

bool are_same(const std::vector<Rotated>& a, const std::vector<Rotated>& b) {
  return std::ranges::equal(a, b, [](const Rotated& one, const Rotated& other) {
    return one.path == other.path && one.status.identity == other.status.identity;
  });
}

}  // namespace

bool is_rotated_name(std::string_view name, std::string_view base) {
  if (!name.starts_with(base) || name.size() < base.size() + 2) return false;
  name.remove_prefix(base.size());
  if (name.front() != '.' && name.front() != '-') return false;
  return name.find_first_not_of("0123456789.-_", 1) == std::string_view::npos &&
         name.find_first_of("0123456789") != std::string_view::npos;
}

Result<Generations> open_generations(const std::string& path, Numbering& numbering) {
  Generations found;
  for (int tries = 0; tries < max_tries; ++tries) {
    found = {};
    auto current = OpenFile::open(path);
    if (!current) return forward(current);
    auto status = current->status();
    if (!status) return forward(status);
    const std::vector<Rotated> rotated = find_rotated(path, *status);
    found.cut_off = rotated.size() > max_rotated;
    for (const Rotated& each : std::span(rotated).last(std::min(rotated.size(), max_rotated))) {
      auto file = OpenFile::open(each.path);
      if (!file) {
        found.unread = std::max(found.unread, each.status.identity.born);
        continue;
      }
      auto opened = look_at(std::move(*file), numbering);
      if (!opened) return forward(opened);
      // Else another file has the name by now, which is seen below.
      if (opened->status.identity == each.status.identity) found.files.push_back(std::move(*opened));
    }
    auto opened = look_at(std::move(*current), numbering);
    if (!opened) return forward(opened);
    found.files.push_back(std::move(*opened));
    // A rotation in between renames what was listed: the list is good when it is the same afterwards.
    const auto after = status_of(path);
    found.settled = after && after->identity == status->identity && are_same(rotated, find_rotated(path, *status));
    if (found.settled) break;
  }
  return found;
}

}  // namespace taffrail::files
