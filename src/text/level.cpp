#include "text/level.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"

namespace taffrail::text {
namespace {

constexpr std::array<std::string_view, level_count> names{"unknown", "trace", "debug", "info",
                                                          "warn",    "error", "fatal"};

/// So many letters in lower case are one number, so that a word is found by comparing integers.
constexpr std::size_t most_packed = 8;
constexpr std::uint64_t pack(std::string_view word) {
  std::uint64_t packed = 0;
  for (const char c : word) packed = (packed << 8) | (static_cast<unsigned char>(c) | 0x20U);
  return packed;
}

struct LevelName {
  std::uint64_t packed;
  Level level;
};
constexpr std::array<LevelName, 42> level_words{{
    {pack("trace"), Level::trace},   {pack("trc"), Level::trace},     {pack("trce"), Level::trace},
    {pack("trac"), Level::trace},    {pack("verbose"), Level::trace}, {pack("vrb"), Level::trace},
    {pack("vbs"), Level::trace},     {pack("finer"), Level::trace},   {pack("finest"), Level::trace},
    {pack("silly"), Level::trace},   {pack("debug"), Level::debug},   {pack("dbg"), Level::debug},
    {pack("dbug"), Level::debug},    {pack("debu"), Level::debug},    {pack("fine"), Level::debug},
    {pack("config"), Level::debug},  {pack("info"), Level::info},     {pack("inf"), Level::info},
    {pack("notice"), Level::info},   {pack("note"), Level::info},     {pack("success"), Level::info},
    {pack("warn"), Level::warn},     {pack("wrn"), Level::warn},      {pack("warni"), Level::warn},
    {pack("warning"), Level::warn},  {pack("error"), Level::error},   {pack("eror"), Level::error},
    {pack("err"), Level::error},     {pack("erro"), Level::error},    {pack("fail"), Level::error},
    {pack("failure"), Level::error}, {pack("fatal"), Level::fatal},   {pack("ftl"), Level::fatal},
    {pack("fata"), Level::fatal},    {pack("crit"), Level::fatal},    {pack("critical"), Level::fatal},
    {pack("severe"), Level::fatal},  {pack("panic"), Level::fatal},   {pack("pani"), Level::fatal},
    {pack("dpanic"), Level::fatal},  {pack("alert"), Level::fatal},   {pack("emerg"), Level::fatal},
}};

/// For each first letter, the lengths that a level's word with it has, a bit for each.
constexpr auto lengths_by_letter = [] {
  std::array<std::uint16_t, 26> lengths{};
  for (const LevelName& name : level_words) {
    unsigned length = 0;
    std::uint64_t rest = name.packed;
    for (; rest > 0xFF; rest >>= 8) ++length;
    lengths[static_cast<std::size_t>(rest - 'a')] |= static_cast<std::uint16_t>(2U << length);
  }
  return lengths;
}();

/// Where each of the words stands in level_words, without collisions: the factor is looked for while this is compiled.
struct Slots {
  std::uint64_t factor = 0x9E3779B97F4A7C15;
  std::array<std::uint8_t, 512> entry{};

  [[nodiscard]] constexpr std::size_t slot_of(std::uint64_t packed) const { return packed * factor >> 55; }
};
constexpr Slots slots = [] {
  Slots found;
  for (bool collides = true; collides;) {
    found.factor = found.factor * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    found.entry.fill(level_words.size());
    collides = false;
    for (std::size_t i = 0; i < level_words.size() && !collides; ++i) {
      std::uint8_t& entry = found.entry[found.slot_of(level_words[i].packed)];
      collides = entry != level_words.size();
      entry = static_cast<std::uint8_t>(i);
    }
  }
  for (std::uint8_t& entry : found.entry)
    if (entry == level_words.size()) entry = 0;  // any: it is compared
  return found;
}();

constexpr bool equal_ignoring_case(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((word[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

/// Words of more than eight letters.
Level long_word(std::string_view word) {
  if (equal_ignoring_case(word, "information") || equal_ignoring_case(word, "informational")) return Level::info;
  if (equal_ignoring_case(word, "emergency")) return Level::fatal;
  return Level::unknown;
}

/// Takes off what some libraries put behind the word: slog's distance ("+2", "-4"), Apache's and PostgreSQL's step of
/// trace and debug (one digit), OpenTelemetry's (1 to 4). False when what is there is none of these.
bool take_off_step(std::string_view& word) {
  if (word.empty() || !ascii::is_digit(word.back())) return true;
  std::size_t letters = word.size() - 1;
  while (letters > 0 && ascii::is_digit(word[letters - 1])) --letters;
  const std::size_t digits = word.size() - letters;
  if (letters > 0 && (word[letters - 1] == '+' || word[letters - 1] == '-')) {
    word = word.substr(0, letters - 1);
    return digits <= 2;
  }
  const char step = word.back();
  word = word.substr(0, letters);
  if (digits != 1) return false;
  if (equal_ignoring_case(word, "trace")) return step >= '1' && step <= '8';
  if (equal_ignoring_case(word, "debug")) return step >= '1' && step <= '5';
  constexpr std::array<std::string_view, 4> open_telemetry{"info", "warn", "error", "fatal"};
  return step >= '1' && step <= '4' &&
         std::ranges::any_of(open_telemetry, [&](std::string_view name) { return equal_ignoring_case(word, name); });
}

struct Translated {
  std::string_view word;
  Level level;
};
/// From the translations of PostgreSQL (its severities) and of the JDK (java.util.logging's levels).
constexpr std::array<Translated, 68> translated{{
    {"FEHLER", Level::error},
    {"WARNUNG", Level::warn},
    {"HINWEIS", Level::info},
    {"PANIK", Level::fatal},
    {"SCHWERWIEGEND", Level::fatal},
    {"FEIN", Level::debug},
    {"ERREUR", Level::error},
    {"AVERTISSEMENT", Level::warn},
    {"ATTENTION", Level::warn},
    {"PANIQUE", Level::fatal},
    {"GRAVE", Level::fatal},
    {"INFOS", Level::info},
    {"PR\xC3\x89"
     "CIS",
     Level::debug},
    {"ADVERTENCIA", Level::warn},
    {"AVISO", Level::warn},
    {"NOTIFICACI\xC3\x93N", Level::info},
    {"INFORMACI\xC3\x93N", Level::info},
    {"P\xC3\x81NICO", Level::fatal},
    {"ERRORE", Level::error},
    {"ATTENZIONE", Level::warn},
    {"AVVERTENZA", Level::warn},
    {"NOTIFICA", Level::info},
    {"INFORMAZIONI", Level::info},
    {"FATALE", Level::fatal},
    {"PANICO", Level::fatal},
    {"ERRO", Level::error},
    {"NOTA", Level::info},
    {"INFORMA\xC3\x87\xC3\x95"
     "ES",
     Level::info},
    {"P\xC3\x82NICO", Level::fatal},
    {"FOUT", Level::error},
    {"WAARSCHUWING", Level::warn},
    {"FEL", Level::error},
    {"VARNING", Level::warn},
    {"NOTIS", Level::info},
    {"FEJL", Level::error},
    {"ADVARSEL", Level::warn},
    {"VIRHE", Level::error},
    {"VAROITUS", Level::warn},
    {"B\xC5\x81\xC4\x84"
     "D",
     Level::error},
    {"OSTRZE\xC5\xBB"
     "ENIE",
     Level::warn},
    {"UWAGA", Level::info},
    {"KATASTROFALNY", Level::fatal},
    {"CHYBA", Level::error},
    {"VAROV\xC3\x81N\xC3\x8D", Level::warn},
    {"HATA", Level::error},
    {"UYARI", Level::warn},
    {"HIBA", Level::error},
    {"FIGYELMEZTET\xC3\x89S", Level::warn},
    {"\xD0\x9E\xD0\xA8\xD0\x98\xD0\x91\xD0\x9A\xD0\x90", Level::error},
    {"\xD0\x9F\xD0\xA0\xD0\x95\xD0\x94\xD0\xA3\xD0\x9F\xD0\xA0\xD0\x95\xD0\x96\xD0\x94\xD0\x95\xD0\x9D\xD0\x98\xD0\x95",
     Level::warn},
    {"\xD0\x97\xD0\x90\xD0\x9C\xD0\x95\xD0\xA7\xD0\x90\xD0\x9D\xD0\x98\xD0\x95", Level::info},
    {"\xD0\xA1\xD0\x9E\xD0\x9E\xD0\x91\xD0\xA9\xD0\x95\xD0\x9D\xD0\x98\xD0\x95", Level::info},
    {"\xD0\x92\xD0\x90\xD0\x96\xD0\x9D\xD0\x9E", Level::fatal},
    {"\xD0\x9F\xD0\x90\xD0\x9D\xD0\x98\xD0\x9A\xD0\x90", Level::fatal},
    {"\xD0\x9F\xD0\x9E\xD0\x9C\xD0\x98\xD0\x9B\xD0\x9A\xD0\x90", Level::error},
    {"\xE9\x94\x99\xE8\xAF\xAF", Level::error},
    {"\xE9\x8C\xAF\xE8\xAA\xA4", Level::error},
    {"\xE8\x87\xB4\xE5\x91\xBD\xE9\x94\x99\xE8\xAF\xAF", Level::fatal},
    {"\xE4\xB8\xA5\xE9\x87\x8D", Level::fatal},
    {"\xE9\x87\x8D\xE5\xA4\xA7", Level::fatal},
    {"\xE8\xAD\xA6\xE5\x91\x8A", Level::warn},
    {"\xE6\xB3\xA8\xE6\x84\x8F", Level::info},
    {"\xE4\xBF\xA1\xE6\x81\xAF", Level::info},
    {"\xE6\x83\x85\xE5\xA0\xB1", Level::info},
    {"\xE6\x97\xA5\xE5\xBF\x97", Level::info},
    {"\xE3\x82\xA8\xE3\x83\xA9\xE3\x83\xBC", Level::error},
    {"\xEC\x98\xA4\xEB\xA5\x98", Level::error},
    {"\xEA\xB2\xBD\xEA\xB3\xA0", Level::warn},
}};

/// Beyond "observed.severity_number" there is no key of a level.
constexpr std::size_t longest_key = 24;

struct KeyMeaning {
  std::string_view key;  // without what level_key passes over
  LevelKey meaning;
};
constexpr std::array<KeyMeaning, 18> keys{{{"level", LevelKey::level},
                                           {"lvl", LevelKey::level},
                                           {"sev", LevelKey::level},
                                           {"loglevel", LevelKey::level},
                                           {"levelname", LevelKey::level},
                                           {"levelstr", LevelKey::level},
                                           {"leveltext", LevelKey::level},
                                           {"loglevelname", LevelKey::level},
                                           {"logseverity", LevelKey::level},
                                           {"severitytext", LevelKey::level},
                                           {"severityname", LevelKey::level},
                                           {"severitylabel", LevelKey::level},
                                           {"errorseverity", LevelKey::level},
                                           {"severity", LevelKey::syslog},
                                           {"priority", LevelKey::syslog},
                                           {"syslogseverity", LevelKey::syslog},
                                           {"sysloglevel", LevelKey::syslog},
                                           {"severitynumber", LevelKey::otel}}};

}  // namespace

std::string_view to_string(Level level) { return names[static_cast<std::size_t>(level)]; }

std::optional<Level> parse_level(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

Level level_from_word(std::string_view word) {
  if (word.size() < 3 || !take_off_step(word) || word.size() < 3) return Level::unknown;
  if (word.size() > most_packed) return long_word(word);
  // Most words are none by their first letter and their length, so the others' letters are all that is looked at.
  const auto first = static_cast<unsigned>((word[0] | 0x20) - 'a');
  if (first >= lengths_by_letter.size() || (lengths_by_letter[first] >> word.size() & 1U) == 0) return Level::unknown;
  if (!std::ranges::all_of(word, ascii::is_letter)) return Level::unknown;
  const std::uint64_t packed = pack(word);
  const LevelName& entry = level_words[slots.entry[slots.slot_of(packed)]];
  return entry.packed == packed ? entry.level : Level::unknown;
}

Level level_from_translated_word(std::string_view word) {
  for (const Translated& entry : translated) {
    if (entry.word == word) return entry.level;
  }
  return Level::unknown;
}

Level level_from_letter(char letter) {
  switch (letter) {
    case 'V':
    case 'T': return Level::trace;
    case 'D': return Level::debug;
    case 'I':
    case 'N': return Level::info;
    case 'W': return Level::warn;
    case 'E': return Level::error;
    case 'F':
    case 'C':
    case 'A':
    case 'P': return Level::fatal;
    default: return Level::unknown;
  }
}

Level level_from_number(std::int64_t number) {
  if (number < 10) return Level::unknown;
  if (number < 20) return Level::trace;
  if (number < 30) return Level::debug;
  if (number < 40) return Level::info;
  if (number < 50) return Level::warn;
  if (number < 60) return Level::error;
  if (number < 70) return Level::fatal;
  switch (number) {
    case 100: return Level::debug;
    case 200:
    case 250: return Level::info;
    case 300: return Level::warn;
    case 400: return Level::error;
    case 500:
    case 550:
    case 600: return Level::fatal;
    default: return Level::unknown;
  }
}

Level level_from_syslog_severity(std::int64_t severity) {
  switch (severity) {
    case 0:
    case 1:
    case 2: return Level::fatal;
    case 3: return Level::error;
    case 4: return Level::warn;
    case 5:
    case 6: return Level::info;
    case 7: return Level::debug;
    default: return Level::unknown;
  }
}

Level level_from_otel_severity(std::int64_t number) {
  return number < 1 || number > 24 ? Level::unknown : static_cast<Level>(1 + (number - 1) / 4);
}

LevelKey level_key(std::string_view key) {
  if (key == "level") return LevelKey::level;
  if (!may_be_level_key(key)) return LevelKey::none;
  if (key == "@l") return LevelKey::level;
  if (key[0] == '@' || key[0] == '_') key.remove_prefix(1);
  if (key.size() < 3 || key.size() > longest_key) return LevelKey::none;
  std::array<char, longest_key> letters;
  std::size_t count = 0;
  for (const char c : key) {
    if (c != '.' && c != '_' && c != '-') letters[count++] = ascii::to_lower(c);
  }
  const std::string_view plain(letters.data(), count);
  for (const KeyMeaning& entry : keys) {
    if (entry.key == plain) return entry.meaning;
  }
  return LevelKey::none;
}

Level level_from_field(std::string_view value, LevelKey key) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with(',') || value.ends_with(';')) value.remove_suffix(1);
  if (value.empty() || key == LevelKey::none) return Level::unknown;
  if (ascii::is_digit(value[0])) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (fault != std::errc() || end != value.data() + value.size()) return Level::unknown;
    if (key == LevelKey::otel) return level_from_otel_severity(number);
    if (key == LevelKey::syslog && number < 8) return level_from_syslog_severity(number);
    return level_from_number(number);
  }
  if (value.size() == 1) return level_from_letter(value[0]);
  // npm's and winston's level between info and debug; a word of a head it is not.
  if (equal_ignoring_case(value, "http")) return Level::debug;
  const Level level = level_from_word(value);
  return level != Level::unknown ? level : level_from_translated_word(value);
}

}  // namespace taffrail::text
