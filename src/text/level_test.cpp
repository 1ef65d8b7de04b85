#include "text/level.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace taffrail::text {
namespace {

constexpr Level all_levels[] = {Level::unknown, Level::trace, Level::debug, Level::info,
                                Level::warn,    Level::error, Level::fatal};

TEST(Level, NamesReadBackAsTheLevelTheyName) {
  for (const Level level : all_levels) EXPECT_EQ(parse_level(to_string(level)), level);
}

TEST(Level, OnlyExactCanonicalNamesParse) {
  for (const std::string_view name : {"", "INFO", "Warn", "warning", "info ", "err"}) {
    EXPECT_EQ(parse_level(name), std::nullopt) << name;
  }
}

TEST(Level, WordsOfManyLibrariesAreUnderstoodInAnyCase) {
  const std::vector<std::pair<Level, std::vector<std::string>>> table{
      {Level::trace, {"trace", "TRC", "trce", "TRAC", "Verbose", "vrb", "finer", "FINEST", "silly"}},
      {Level::debug, {"debug", "DBG", "dbug", "DEBU", "Debug1", "DEBUG5", "fine", "CONFIG"}},
      {Level::info, {"info", "INF", "Information", "informational", "notice", "Note", "success"}},
      {Level::warn, {"warn", "WRN", "Warning"}},
      {Level::error, {"error", "ERR", "erro", "fail"}},
      {Level::fatal,
       {"fatal", "FTL", "fata", "crit", "Critical", "SEVERE", "panic", "PANI", "dpanic", "alert", "emerg",
        "emergency"}},
      {Level::unknown,
       {"", "e", "er", "errors", "warned", "informations", "inf0", "debug6", "debug0", "[rror", "erro\x12", "in fo",
        "emergencys", "in\x00fo", "unknown", "none", "off"}},
  };
  for (const auto& [level, words] : table) {
    for (const std::string& word : words) EXPECT_EQ(level_from_word(word), level) << word;
  }
}

TEST(Level, LettersAreUpperCaseOnly) {
  EXPECT_EQ(level_from_letter('V'), Level::trace);
  EXPECT_EQ(level_from_letter('D'), Level::debug);
  EXPECT_EQ(level_from_letter('I'), Level::info);
  EXPECT_EQ(level_from_letter('W'), Level::warn);
  EXPECT_EQ(level_from_letter('E'), Level::error);
  EXPECT_EQ(level_from_letter('F'), Level::fatal);
  for (const char letter : {'e', 'i', 'X', '0', ' '}) EXPECT_EQ(level_from_letter(letter), Level::unknown) << letter;
}

TEST(Level, NumbersArePinosOrMonologs) {
  const std::vector<std::pair<std::int64_t, Level>> table{
      {-10, Level::unknown}, {0, Level::unknown},   {9, Level::unknown},        {10, Level::trace},
      {20, Level::debug},    {30, Level::info},     {35, Level::info},          {40, Level::warn},
      {50, Level::error},    {60, Level::fatal},    {69, Level::fatal},         {70, Level::unknown},
      {100, Level::debug},   {250, Level::info},    {300, Level::warn},         {400, Level::error},
      {550, Level::fatal},   {404, Level::unknown}, {INT64_MAX, Level::unknown}};
  for (const auto& [number, level] : table) EXPECT_EQ(level_from_number(number), level) << number;
}

TEST(Level, SyslogSeveritiesRunTheOtherWay) {
  const Level expected[] = {Level::fatal, Level::fatal, Level::fatal, Level::error,
                            Level::warn,  Level::info,  Level::info,  Level::debug};
  for (int severity = 0; severity < 8; ++severity) EXPECT_EQ(level_from_syslog_severity(severity), expected[severity]);
  EXPECT_EQ(level_from_syslog_severity(8), Level::unknown);
  EXPECT_EQ(level_from_syslog_severity(-1), Level::unknown);
}

TEST(Level, OpenTelemetryHasFourNumbersPerLevel) {
  EXPECT_EQ(level_from_otel_severity(0), Level::unknown);
  EXPECT_EQ(level_from_otel_severity(1), Level::trace);
  EXPECT_EQ(level_from_otel_severity(4), Level::trace);
  EXPECT_EQ(level_from_otel_severity(9), Level::info);
  EXPECT_EQ(level_from_otel_severity(17), Level::error);
  EXPECT_EQ(level_from_otel_severity(24), Level::fatal);
  EXPECT_EQ(level_from_otel_severity(25), Level::unknown);
}

}  // namespace
}  // namespace taffrail::text
