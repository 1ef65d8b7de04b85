#include "source/logfile/generations.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

namespace taffrail::logfile {
namespace {

constexpr std::size_t max_rotated = 16;
/// How often the folder is gone through until no rotation comes in between.
constexpr int max_tries = 5;
/// The same of an engine, which turns files over in microseconds, with a program that writes without pause.
constexpr int engine_tries = 20;
constexpr std::string_view gzip = ".gz";

/// A rotated file's name and status.
struct Rotated {
  std::string path;
  FileStatus status;
  std::string stem;  // the name behind the log's own, without ".gz"
  int number = 0;    // of "app.log.2"; 0 where the name holds a date
};

/// The number at the end of a rotated file's name, of up to four digits.
int number_of(std::string_view stem) {
  stem.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return error == std::errc() && end == stem.data() + stem.size() && stem.size() <= 4 ? number : 0;
}

/// Oldest first. Compressing and copying change a file's birth, and copying its last change; its name stays.
void sort_by_age(std::vector<Rotated>& files) {
  const bool numbered = std::ranges::all_of(files, [](const Rotated& file) { return file.number > 0; });
  const bool dated = std::ranges::all_of(files, [](const Rotated& file) { return file.number == 0; });
  std::ranges::sort(files, [&](const Rotated& a, const Rotated& b) {
    if (numbered) return a.number > b.number;
    if (dated) return a.stem < b.stem;
    return std::tuple(a.status.modified, -a.number, std::string_view(a.stem)) <
           std::tuple(b.status.modified, -b.number, std::string_view(b.stem));
  });
}

std::vector<Rotated> find_rotated(const std::string& path, const FileStatus& current, FolderNames& folders) {
  std::vector<Rotated> found;
  if (!current.has_birth()) return found;
  const std::filesystem::path whole(path);
  const std::filesystem::path folder = whole.parent_path();
  const std::string base = whole.filename().string();
  const FolderNames::Names names = folders.in(folder.string());
  // Names are sorted, so those that begin with the log's own stand together.
  for (auto each = std::ranges::lower_bound(*names, base); each != names->end() && each->starts_with(base); ++each) {
    const std::string& name = *each;
    if (!is_rotated_name(name, base)) continue;
    const std::string rotated = (folder / name).string();
    auto status = status_of(rotated);
    if (!status || !status->regular || !status->has_birth() || status->identity == current.identity) continue;
    std::string stem = name.substr(base.size());
    if (stem.ends_with(gzip)) stem.resize(stem.size() - gzip.size());
    const int number = number_of(stem);
    found.push_back({rotated, *status, std::move(stem), number});
  }
  // While a file is being compressed both are there, and the plain one is whole.
  std::ranges::sort(found, {},
                    [](const Rotated& file) { return std::tuple(std::string_view(file.stem), file.path.size()); });
  const auto doubled = std::ranges::unique(found, {}, &Rotated::stem);
  found.erase(doubled.begin(), doubled.end());
  sort_by_age(found);
  return found;
}

/// The head is read first: a truncation in between then counts as one that came later, and is noticed.
Result<OpenGeneration> look_at(LogFile file) {
  std::string head = head_of(file);
  auto status = file.status();
  if (!status) return forward(status);
  return OpenGeneration{std::move(file), *status, std::move(head)};
}

bool are_same(const std::vector<Rotated>& a, const std::vector<Rotated>& b) {
  return std::ranges::equal(a, b, [](const Rotated& one, const Rotated& other) {
    return one.path == other.path && one.status.identity == other.status.identity;
  });
}

Result<Generations> open_plain(const std::string& path, FolderNames& folders) {
  Generations found;
  for (int tries = 0; tries < max_tries; ++tries) {
    found = {};
    auto current = LogFile::open(path);
    if (!current) return forward(current);
    auto status = current->status();
    if (!status) return forward(status);
    const std::vector<Rotated> rotated = find_rotated(path, *status, folders);
    found.cut_off = rotated.size() > max_rotated;
    for (const Rotated& each : std::span(rotated).last(std::min(rotated.size(), max_rotated))) {
      auto file = LogFile::open(each.path);
      if (!file) {
        found.unread = true;
        continue;
      }
      auto opened = look_at(std::move(*file));
      if (!opened) return forward(opened);
      // Else another file has the name by now, which is seen below.
      if (opened->status.identity == each.status.identity) found.files.push_back(std::move(*opened));
    }
    auto opened = look_at(std::move(*current));
    if (!opened) return forward(opened);
    found.files.push_back(std::move(*opened));
    // A rotation in between renames what was listed: the list is good when it is the same afterwards.
    const auto after = status_of(path);
    found.settled =
        after && after->identity == status->identity && are_same(rotated, find_rotated(path, *status, folders));
    if (found.settled) break;
  }
  return found;
}

Result<Generations> open_numbered(const std::string& path, std::uint32_t max_files) {
  for (int i = 0; i < engine_tries; ++i) {
    auto current = LogFile::open(path);
    if (!current) return forward(current);
    // From new to old: a file that is renamed meanwhile moves the way that we go, so it is met twice but never missed.
    Generations found;
    auto newest = look_at(std::move(*current));
    if (!newest) return forward(newest);
    found.files.push_back(std::move(*newest));
    for (std::uint32_t number = 1; number < max_files; ++number) {
      const std::string name = path + "." + std::to_string(number);
      auto older = LogFile::open(name);
      // While a file is being compressed both are there, and the plain one is whole.
      if (!older && older.error().code == ErrorCode::not_found) older = LogFile::open(name + std::string(gzip));
      if (!older && older.error().code == ErrorCode::not_found) continue;
      if (!older) return forward(older);
      auto opened = look_at(std::move(*older));
      if (!opened) return forward(opened);
      const bool met = std::ranges::any_of(
          found.files, [&](const OpenGeneration& file) { return file.status.identity == opened->status.identity; });
      if (!met) found.files.push_back(std::move(*opened));
    }
    const auto after = status_of(path);
    if (!after || after->identity != found.files.front().status.identity) continue;
    std::ranges::reverse(found.files);
    return found;
  }
  return fail(ErrorCode::unavailable, "the files of " + path + " change too fast to be opened");
}

}  // namespace

std::string head_of(LogFile& file) {
  std::string head(head_bytes, '\0');
  auto n = file.read(0, head);
  head.resize(n.value_or(0));
  return head;
}

bool is_rotated_name(std::string_view name, std::string_view base) {
  if (!name.starts_with(base) || name.size() < base.size() + 2) return false;
  name.remove_prefix(base.size());
  if (name.ends_with(gzip)) name.remove_suffix(gzip.size());
  if (name.size() < 2 || (name.front() != '.' && name.front() != '-')) return false;
  return name.find_first_not_of("0123456789.-_", 1) == std::string_view::npos &&
         name.find_first_of("0123456789") != std::string_view::npos;
}

Result<Generations> open_generations(const LogOptions& options, FolderNames& folders) {
  return options.plain() ? open_plain(options.path, folders) : open_numbered(options.path, options.max_files);
}

}  // namespace taffrail::logfile
