#include "expr/time_zone.hpp"

#include <absl/time/time.h>
#include <algorithm>
#include <deque>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <vector>

#include "base/ascii.hpp"

namespace taffrail::expr {
namespace {

struct LocalType {
  std::int32_t offset = 0;
  std::string_view abbreviation;  // Abseil keeps it as long as the process lives
  bool operator==(const LocalType&) const = default;
};

struct Zone {
  std::string name;              // empty: a fixed offset
  std::int32_t offset = 0;       // of such a one
  absl::TimeZone rules;          // of a named one
  std::vector<LocalType> types;  // all that ever held in it, the earliest first
};

// Only names such as "America/Argentina/Ushuaia" reach the file system.
bool is_zone_name(std::string_view name) {
  // One name for each file: no leading, trailing or double slash.
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.back() == '/' || name.contains("//"))
    return false;
  return std::ranges::all_of(
      name, [](char c) { return ascii::is_alphanumeric(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
}

// All offsets and abbreviations of a zone. Abseil tells its transitions only, and goes on with the zone's last rule for
// four centuries.
std::vector<LocalType> types_of(const absl::TimeZone& rules) {
  std::vector<LocalType> types;
  const auto add = [&](absl::Time time) {
    const absl::TimeZone::CivilInfo at = rules.At(time);
    const LocalType type{at.offset, at.zone_abbr};
    if (std::ranges::find(types, type) == types.end()) types.push_back(type);
  };
  absl::TimeZone::CivilTransition transition;
  constexpr int bound = 5'000;  // the most changeful zones have under a thousand
  absl::Time time = absl::InfinitePast();
  for (int i = 0; i < bound && rules.NextTransition(time, &transition); ++i) {
    time = rules.At(transition.to).trans;
    add(time - absl::Seconds(1));  // what held before the first one
    add(time);
  }
  add(absl::UnixEpoch());  // of a zone that never changed
  return types;
}

std::optional<Zone> load_zone(std::string_view name) {
  if (!is_zone_name(name)) return {};
  // Abseil remembers every name that it was ever asked for, found or not: it is asked only for those that there are.
  std::error_code error;
  if (!std::filesystem::is_regular_file("/usr/share/zoneinfo/" + std::string(name), error)) return {};
  Zone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone.rules)) return {};
  zone.name = name;
  zone.types = types_of(zone.rules);
  return zone;
}

class Registry {
 public:
  Registry() {
    Zone utc;
    utc.name = "UTC";
    utc.types.push_back({0, "UTC"});
    utc.rules = absl::UTCTimeZone();
    zones_.push_back(std::move(utc));
  }

  std::optional<ZoneId> find(std::string_view name) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto id = known(name)) return id;
    }
    auto zone = load_zone(name);
    if (!zone) return {};
    const std::unique_lock lock(mutex_);
    if (const auto id = known(name)) return id;
    return add(std::move(*zone));
  }

  ZoneId fixed(std::int32_t offset) {
    if (offset == 0) return utc_zone;
    const std::unique_lock lock(mutex_);
    for (std::size_t i = 1; i < zones_.size(); ++i) {
      if (zones_[i].name.empty() && zones_[i].offset == offset) return static_cast<ZoneId>(i);
    }
    Zone zone;
    zone.offset = offset;
    zone.types.push_back({offset, {}});
    return add(std::move(zone)).value_or(utc_zone);
  }

  // Entries are never changed or moved once they are in.
  const Zone& get(ZoneId id) {
    const std::shared_lock lock(mutex_);
    return zones_[id < zones_.size() ? id : 0];
  }

 private:
  std::optional<ZoneId> known(std::string_view name) const {
    for (std::size_t i = 0; i < zones_.size(); ++i) {
      if (zones_[i].name == name) return static_cast<ZoneId>(i);
    }
    return {};
  }
  std::optional<ZoneId> add(Zone zone) {
    constexpr std::size_t bound = 2'000;  // 600 names and some offsets; a look-up scans them
    if (zones_.size() >= bound) return {};
    zones_.push_back(std::move(zone));
    return static_cast<ZoneId>(zones_.size() - 1);
  }

  std::shared_mutex mutex_;
  std::deque<Zone> zones_;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

std::optional<ZoneId> find_zone(std::string_view name) {
  if (name.empty() || name == "UTC" || name == "Local") return utc_zone;
  return registry().find(name);
}

ZoneId fixed_zone(std::int32_t offset_seconds) { return registry().fixed(offset_seconds); }

std::string zone_name(ZoneId zone) { return registry().get(zone).name; }

ZoneOffset zone_offset(ZoneId id, std::int64_t unix_seconds) {
  if (id == utc_zone) return {};
  const Zone& zone = registry().get(id);
  if (zone.name.empty()) return {zone.offset, {}};
  const absl::TimeZone::CivilInfo at = zone.rules.At(absl::FromUnixSeconds(unix_seconds));
  return {at.offset, at.zone_abbr};
}

std::optional<std::int32_t> offset_called(ZoneId id, std::string_view abbreviation, std::int64_t local_seconds) {
  std::optional<std::int32_t> found;
  for (const LocalType& type : registry().get(id).types) {
    if (type.abbreviation != abbreviation) continue;
    if (zone_offset(id, local_seconds - type.offset).abbreviation == abbreviation) return type.offset;
    if (!found) found = type.offset;
  }
  return found;
}

std::int64_t from_local(ZoneId zone, std::int64_t local_seconds) {
  const std::int32_t first = zone_offset(zone, local_seconds).seconds;
  const std::int64_t guess = local_seconds - first;
  const std::int32_t second = zone_offset(zone, guess).seconds;
  if (second == first) return guess;
  return local_seconds - second;
}

}  // namespace taffrail::expr
