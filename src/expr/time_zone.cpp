#include "expr/time_zone.hpp"

#include <algorithm>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace taffrail::expr {
namespace {

struct Zone {
  std::string name;
  struct LocalType {
    std::int32_t offset = 0;
    std::string abbreviation;
  };
  std::vector<std::int64_t> transitions;  // sorted
  std::vector<std::uint8_t> types_after;  // index into types, one for each transition
  std::vector<LocalType> types;
};

// Reads big-endian numbers; past the end it gives zeros and remembers.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}
  std::int64_t number(std::size_t bytes) {
    if (data_.size() < bytes) {
      good_ = false;
      return 0;
    }
    std::uint64_t value = bytes == 8 || (data_[0] & 0x80) == 0 ? 0 : ~std::uint64_t{0};
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(data_[i]);
    data_.remove_prefix(bytes);
    return static_cast<std::int64_t>(value);
  }
  std::string_view take(std::size_t bytes) {
    if (data_.size() < bytes) {
      good_ = false;
      return {};
    }
    const std::string_view part = data_.substr(0, bytes);
    data_.remove_prefix(bytes);
    return part;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view data_;
  bool good_ = true;
};

struct Counts {
  std::size_t utc_flags, standard_flags, leaps, transitions, types, characters;
};

std::optional<Counts> read_header(Reader& in, char& version) {
  if (in.take(4) != "TZif") return {};
  const std::string_view v = in.take(1);
  version = v.empty() ? '\0' : v[0];
  (void)in.take(15);
  Counts counts{};
  for (std::size_t* field : {&counts.utc_flags, &counts.standard_flags, &counts.leaps, &counts.transitions,
                             &counts.types, &counts.characters}) {
    const std::int64_t count = in.number(4);
    if (count < 0 || count > 100'000) return {};
    *field = static_cast<std::size_t>(count);
  }
  if (!in.good()) return {};
  return counts;
}

std::optional<Zone> read_zone(std::string_view data) {
  Reader in(data);
  char version = 0;
  auto counts = read_header(in, version);
  if (!counts) return {};
  std::size_t width = 4;
  if (version >= '2') {
    // The first block has 32-bit times; the second says the same with 64.
    (void)in.take(counts->transitions * 5 + counts->types * 6 + counts->characters + counts->leaps * 8 +
                  counts->standard_flags + counts->utc_flags);
    counts = read_header(in, version);
    if (!counts) return {};
    width = 8;
  }
  Zone zone;
  for (std::size_t i = 0; i < counts->transitions; ++i) zone.transitions.push_back(in.number(width));
  for (std::size_t i = 0; i < counts->transitions; ++i)
    zone.types_after.push_back(static_cast<std::uint8_t>(in.number(1)));
  std::vector<std::size_t> names;
  for (std::size_t i = 0; i < counts->types; ++i) {
    zone.types.push_back({static_cast<std::int32_t>(in.number(4)), {}});
    (void)in.take(1);
    names.push_back(static_cast<std::uint8_t>(in.number(1)));
  }
  const std::string_view characters = in.take(counts->characters);
  if (!in.good() || zone.types.empty()) return {};
  for (std::size_t i = 0; i < zone.types.size(); ++i) {
    if (names[i] < characters.size()) {
      const std::string_view rest = characters.substr(names[i]);
      zone.types[i].abbreviation = rest.substr(0, rest.find('\0'));
    }
  }
  for (const std::uint8_t type : zone.types_after) {
    if (type >= zone.types.size()) return {};
  }
  return zone;
}

// Only names such as "America/Argentina/Ushuaia" reach the file system.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != std::string_view::npos)
    return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

std::optional<Zone> load_zone(std::string_view name) {
  if (!is_zone_name(name)) return {};
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  if (!file) return {};
  std::string data;
  constexpr std::size_t largest = 1 << 20;
  char block[4096];
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    data.append(block, static_cast<std::size_t>(file.gcount()));
    if (data.size() > largest) return {};
  }
  return read_zone(data);
}

class Registry {
 public:
  Registry() {
    Zone utc;
    utc.name = "UTC";
    utc.types.push_back({0, "UTC"});
    zones_.push_back(std::move(utc));
  }

  std::optional<ZoneId> find(std::string_view name) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto id = known(name)) return id;
    }
    auto zone = load_zone(name);
    if (!zone) return {};
    zone->name = name;
    const std::unique_lock lock(mutex_);
    if (const auto id = known(name)) return id;
    return add(std::move(*zone));
  }

  ZoneId fixed(std::int32_t offset) {
    if (offset == 0) return utc_zone;
    const std::unique_lock lock(mutex_);
    for (std::size_t i = 1; i < zones_.size(); ++i) {
      if (zones_[i].name.empty() && zones_[i].types[0].offset == offset) return static_cast<ZoneId>(i);
    }
    Zone zone;
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
  const auto after = std::ranges::upper_bound(zone.transitions, unix_seconds);
  const std::size_t type = after == zone.transitions.begin()
                               ? 0
                               : zone.types_after[static_cast<std::size_t>(after - zone.transitions.begin()) - 1];
  return {zone.types[type].offset, zone.types[type].abbreviation};
}

std::optional<std::int32_t> offset_called(ZoneId id, std::string_view abbreviation, std::int64_t local_seconds) {
  std::optional<std::int32_t> found;
  for (const Zone::LocalType& type : registry().get(id).types) {
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
