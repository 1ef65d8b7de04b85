#include "text/zone_name.hpp"

#include <array>
#include <cstdint>

namespace taffrail::text {
namespace {

/// Three or four letters as one number.
constexpr std::uint32_t pack(std::string_view name) {
  std::uint32_t packed = 0;
  for (const char c : name) packed = (packed << 8) | static_cast<unsigned char>(c);
  return packed;
}

struct Zone {
  consteval Zone(std::string_view of, int east) : name(pack(of)), minutes(east) {}
  std::uint32_t name;
  int minutes;  // east of UTC
};
constexpr std::array<Zone, 42> zones{
    {{"UTC", 0},    {"GMT", 0},    {"WET", 0},    {"WEST", 60},  {"BST", 60},   {"CET", 60},    {"CEST", 120},
     {"MET", 60},   {"MEST", 120}, {"EET", 120},  {"EEST", 180}, {"SAST", 120}, {"MSK", 180},   {"PKT", 300},
     {"IST", 330},  {"SGT", 480},  {"HKT", 480},  {"AWST", 480}, {"JST", 540},  {"KST", 540},   {"ACST", 570},
     {"ACDT", 630}, {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}, {"NZDT", 780}, {"BRT", -180},  {"ART", -180},
     {"NST", -210}, {"NDT", -150}, {"AST", -240}, {"ADT", -180}, {"EST", -300}, {"EDT", -240},  {"CST", -360},
     {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420}, {"AKST", -540}, {"HST", -600}}};

}  // namespace

std::optional<std::chrono::seconds> zone_offset(std::string_view name) {
  if (name.size() != 3 && name.size() != 4) return std::nullopt;
  const std::uint32_t packed = pack(name);
  for (const Zone& zone : zones) {
    if (zone.name == packed) return std::chrono::minutes(zone.minutes);
  }
  return std::nullopt;
}

}  // namespace taffrail::text
