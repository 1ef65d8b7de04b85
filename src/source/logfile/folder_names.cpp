#include "source/logfile/folder_names.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

namespace taffrail::logfile {
namespace {

bool may_be_rotated(std::string_view name) {
  constexpr std::string_view gzip = ".gz";
  if (name.ends_with(gzip)) name.remove_suffix(gzip.size());
  return !name.empty() && std::string_view("0123456789.-_").find(name.back()) != std::string_view::npos;
}

}  // namespace

FolderNames::Names FolderNames::in(const std::string& folder) {
  const auto before = status_of(folder);
  // The steps of a file system's times are those of the machine's own clocks, whatever a test's clock says.
  const SteadyTime now = std::chrono::steady_clock::now();
  if (before) {
    const std::scoped_lock lock(mutex_);
    listings_.remove_if([&](const Listing& listing) { return now - listing.listed > most_age; });
    for (const Listing& listing : listings_)
      if (listing.folder == folder && listing.identity == before->identity && listing.modified == before->modified)
        return listing.names;
  }
  const Time begun = std::chrono::system_clock::now();
  auto names = std::make_shared<std::vector<std::string>>();
  std::error_code error;
  std::size_t entries = 0;
  namespace fs = std::filesystem;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (++entries > most_names) break;
    std::string name = entry->path().filename().string();
    if (may_be_rotated(name)) names->push_back(std::move(name));
  }
  std::ranges::sort(*names);
  const bool settled = before && !error && begun - before->modified > settles_after && !is_remote(folder);
  const std::scoped_lock lock(mutex_);
  ++count_;
  if (!settled) return names;
  listings_.remove_if([&](const Listing& listing) { return listing.folder == folder; });
  listings_.push_front({folder, before->identity, before->modified, now, names});
  if (listings_.size() > most_folders) listings_.pop_back();
  return names;
}

std::size_t FolderNames::listings() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

}  // namespace taffrail::logfile
