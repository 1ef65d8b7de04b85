#include "expr/rule_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fmt/format.h>
#include <random>

#include "expr/required.hpp"

namespace taffrail::expr {
namespace {

std::string print(const Required& r) {
  std::string out;
  for (const Clause& clause : r.all) {
    out += out.empty() ? "" : " & ";
    for (std::size_t i = 0; i < clause.size(); ++i) {
      out += i == 0 ? "" : "|";
      out += clause[i].kind == Needle::Kind::folded ? "~" : clause[i].kind == Needle::Kind::regex ? "/" : "";
      out += clause[i].text;
    }
  }
  if (r.levels != all_levels) out += " levels " + std::to_string(r.levels);
  if (r.from) out += " from " + std::to_string(r.from->time_since_epoch().count());
  if (r.until) out += " until " + std::to_string(r.until->time_since_epoch().count());
  return out;
}

TEST(Required, ReadsOffAConditionWhatItsLinesHold) {
  struct Case {
    std::string_view source;
    std::string_view needs;
  };
  for (const Case& c : {
           Case{"text contains \"timeout\"", "timeout"},
           Case{"lower(text) contains \"timeout\"", "~timeout"},
           Case{"message startsWith \"abc\" and message endsWith \"xyz12\"", "xyz12 & abc"},
           Case{"text contains \"timeout\" or text contains \"refused\"", "refused|timeout"},
           Case{"text contains \"timeout\" or level == \"error\"", ""},
           Case{"(text contains \"aaa\" or text contains \"bbb\") and text contains \"cccc\"", "cccc & aaa|bbb"},
           Case{"not (text contains \"x\")", ""},
           Case{"text in [\"abc\", \"def\"]", "abc|def"},
           Case{"text matches \"conn(ection)? refused\"", "~ refused|ſ & ~conn"},
           Case{"text matches \"(timeout|refused)\"", "~refused|~timeout|ſ"},
           Case{"text matches \"[0-9]+\"", "/[0-9]+"},
           Case{"message.status >= 500", "\\|status"},
           Case{"fields?.user?.name == \"ada\"", "\\|user & \\|name & \\|ada"},
           Case{"message.status != 500", ""},
           Case{"fields?.x != nil", "\\|x"},
           Case{"level >= \"warn\"", " levels 56"},
           Case{"level in [\"warn\", \"unknown\"]", " levels 72"},
           Case{"level != \"info\"", " levels 123"},
           Case{"timestamp >= 1000 and timestamp < 2000", " from 1000000000 until 2000999999"},
           Case{"len(text) > 5", ""},
           Case{"let x = 5; text contains \"abc\" and len(text) > x", "abc"},
           Case{"text contains \"\"", ""},
           Case{"text contains container.name", ""},
           Case{R"(text matches "\\b4711\\b")", "4711"},
       }) {
    EXPECT_EQ(print(required(c.source)), c.needs) << c.source;
  }
  EXPECT_TRUE(required(R"(text matches "\\b4711\\b")").all.front().front().whole);
}

TEST(Required, TellsWhichPatternsALineMatches) {
  using Patterns = std::vector<std::string>;
  const auto patterns = [](std::string_view source) { return required(source).patterns; };
  EXPECT_EQ(patterns(R"(text matches "a+ refused" and message matches "[0-9]+" and level == "info")"),
            (Patterns{"a+ refused", "[0-9]+"}));
  for (const std::string_view source :
       {R"(text matches "a+ refused" or level == "info")", R"(not (text matches "a+ refused"))",
        R"(lower(text) matches "a+ refused")", R"(fields?.x matches "a+ refused")", R"(text contains "refused")"})
    EXPECT_EQ(patterns(source), Patterns()) << source;
}

TEST(Required, SaysWhenNothingElseIsAsked) {
  for (const std::string_view source :
       {R"(text contains "a b")", R"(lower(text) contains "ab")", R"(text contains "a" and lower(text) contains "b")",
        R"(text contains "a" or lower(text) contains "b")", R"(level >= "warn")", R"(level != "info")",
        R"(level in ["error", "unknown"])", R"(level == "error" or level == "fatal")",
        R"(level == "error" and text contains "a")"})
    EXPECT_TRUE(required(source).suffices) << source;
  for (const std::string_view source :
       {R"(message contains "a")", R"(text contains "")", R"(lower(text) contains "é")", R"(text startsWith "a")",
        R"(text contains "a" and len(text) > 5)", R"(text contains "a" or level == "error")",
        R"((text contains "a" and text contains "b") or text contains "c")", R"(text matches "ab")",
        R"(not (text contains "a"))", "true", R"(level != "unknown")", R"(level == "loud")",
        R"(level in ["error", "x"])", R"(level == stream)", R"(let x = 1 / 0; level == "error")"})
    EXPECT_FALSE(required(source).suffices) << source;
}

std::vector<Condition> compile(const std::vector<std::string>& sources) {
  std::vector<Condition> rules;
  for (const std::string& source : sources) {
    auto rule = Condition::compile(source, Environment::log());
    EXPECT_TRUE(rule) << source << ": " << (rule ? "" : rule.error().detail);
    if (rule) rules.push_back(*rule);
  }
  return rules;
}

TEST(RuleSet, EvaluatesOnlyRulesThatCouldMatch) {
  const auto set =
      RuleSet::build(compile({"text contains \"timeout\"", "text contains \"refused\" and level >= \"error\"",
                              "level == \"fatal\"", "message.status >= 500", "text contains \"timeout\"",
                              "text matches \"[0-9]{5}\""}))
          .value();
  RuleSet::State state(*set);
  LogVariables line;
  line.set({.text = "request timeout, refused", .level = "warn"});
  set->match(line, state);
  EXPECT_EQ(state.matched, (std::vector<std::uint32_t>{0, 4}));
  EXPECT_EQ(state.evaluated, 1U);
  line.set({.text = "{\"st\\u0061tus\": 503}", .level = "info", .kind = LineKind::json});
  set->match(line, state);
  EXPECT_EQ(state.matched, std::vector<std::uint32_t>{3});
  line.set({.text = "code 12345 status", .level = "fatal"});
  set->match(line, state);
  EXPECT_EQ(state.matched, (std::vector<std::uint32_t>{2, 5}));
  EXPECT_EQ(state.failed, std::vector<std::uint32_t>{3});
}

TEST(RuleSet, LooksUpWhichNumberAValueIs) {
  std::vector<std::string> sources;
  sources.reserve(201);
  for (int i = 0; i < 100; ++i) sources.push_back(fmt::format("fields?.status == {}", 500 + i));
  for (int i = 0; i < 100; ++i) sources.push_back(fmt::format("level == \"error\" and message.status == {}", 500 + i));
  sources.emplace_back("fields?.status >= 550");
  const auto set = RuleSet::build(compile(sources)).value();
  RuleSet::State state(*set);
  LogVariables line;
  const auto ask = [&](std::string_view text, LineKind kind, std::string_view level = "error") {
    line.set({.text = text, .level = level, .stream = "stdout", .kind = kind});
    set->match(line, state);
    return state.matched;
  };
  using Numbers = std::vector<std::uint32_t>;
  EXPECT_EQ(ask("{\"status\": 502}", LineKind::json), (Numbers{2, 102}));
  EXPECT_EQ(state.evaluated, 3U);
  EXPECT_EQ(ask("{\"status\": 55.1e1}", LineKind::json, "info"), (Numbers{51, 200}));
  EXPECT_EQ(state.evaluated, 2U);
  EXPECT_EQ(ask("{\"status\": \"502\"}", LineKind::json, "info"), Numbers{});
  EXPECT_EQ(state.evaluated, 1U);
  EXPECT_EQ(state.failed, Numbers{200});
  // What cannot be compared fails of each rule, as it does of one alone.
  EXPECT_EQ(ask("status 502", LineKind::text), Numbers{});
  EXPECT_EQ(state.failed.size(), 101U);
  EXPECT_EQ(ask("502", LineKind::text), Numbers{});
  EXPECT_EQ(state.evaluated, 0U);
  std::vector<std::uint32_t> off{2, 102};
  state.set_off(off);
  EXPECT_EQ(ask("{\"status\": 502}", LineKind::json), Numbers{});
  EXPECT_EQ(ask("{\"status\": 503}", LineKind::json), (Numbers{3, 103}));
}

TEST(RuleSet, TakesLiteralsWithZeroBytes) {
  const auto set = RuleSet::build(
      compile({"text contains \"\\x00\\x00abc\"", "text contains \"a\\x00b\"", "text contains \"\\x00\""}));
  ASSERT_TRUE(set) << set.error().detail;
  RuleSet::State state(**set);
  LogVariables line;
  line.set({.text = std::string_view("a\0b\0\0abc", 8), .level = "info"});
  (*set)->match(line, state);
  EXPECT_EQ(state.matched, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(RuleSet, OfNoRulesMatchesNothing) {
  const auto set = RuleSet::build({}).value();
  RuleSet::State state(*set);
  LogVariables line;
  line.set({.text = "x", .level = "info"});
  set->match(line, state);
  EXPECT_TRUE(state.matched.empty());
}

// Random rules over random lines: a set must say what its rules say one by one.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(engine_)];
  }
  bool chance(int percent) { return std::uniform_int_distribution<int>(0, 99)(engine_) < percent; }

  std::string word() {
    return pick<std::string>(
        {"timeout", "refused", "kill", "disk", "Error", "ÄRGER", "503", "a", "peer", "\\\\", "ok", "I/O"});
  }

  std::string rule(int depth) {
    if (depth > 0 && chance(60)) {
      const std::string glue = pick<std::string>({" and ", " or "});
      std::string out = "(" + rule(depth - 1);
      for (int i = chance(30) ? 2 : 1; i > 0; --i) out += glue + rule(depth - 1);
      return (chance(15) ? "not " : "") + out + ")";
    }
    const std::string w = '"' + word() + '"';
    const std::string plain = pick<std::string>({"timeout", "refused", "kill", "Error", "503", "I/O", "sk"});
    return pick<std::string>({
        "text contains " + w,
        "lower(text) contains lower(" + w + ")",
        "text startsWith " + w,
        "text endsWith " + w,
        "text == " + w,
        "lower(text) contains \"kill\"",
        "text matches \"(?i)kill|disk\"",
        "text matches \"^[a-z]+ \"",
        "text matches \"\\\\d{3}\"",
        "text matches \"(?i)" + plain + "\"",
        "text matches \".{3,9}" + plain + "\"",
        "level >= \"warn\"",
        "level == \"unknown\"",
        "level != \"info\"",
        "level in [\"debug\", \"error\"]",
        "fields?.status >= 500",
        "fields?.status == 503",
        "fields?.msg == " + w,
        "fields?.msg in [" + w + ", \"disk\"]",
        "fields?.user?.name != nil",
        "(fields?.msg ?? \"\") contains " + w,
        "message.msg contains " + w,
        "stream == \"stderr\"",
        "timestamp >= 5",
        "text in [\"disk\", " + w + "]",
    });
  }

  std::string text() {
    std::string out;
    for (int i = 0; i < 5; ++i) {
      out +=
          pick<std::string>({"timeout", "refused", "\xE2\x84\xAAill", "KILL", "D\xC4\xB0SK", "disk", "error", "Error",
                             "ärger", "503", "peer", " ", " ", "\\", "\xff", "\n", "I/O", "ok", "refu\u017Fed"});
      if (chance(60)) out += ' ';
    }
    return out;
  }

  std::string json() {
    std::string out = "{\"" + pick<std::string>({"status", "\\u0073tatus", "code"}) +
                      "\": " + pick<std::string>({"503", "5.03e2", "\"503\"", "200", "null"});
    out += ", \"msg\": \"" + pick<std::string>({"timeout", "d\\u0069sk", "disk", "a peer", "ok", "kill\\n", "I\\/O"}) +
           "\"";
    if (chance(50)) out += ", \"user\": {\"name\": \"ada\"}";
    return out + "}";
  }

 private:
  std::mt19937 engine_;
};

TEST(RuleSet, SaysWhatItsRulesSayOneByOne) {
  std::size_t asked = 0;
  std::size_t matched = 0;
  std::size_t failed = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    std::vector<std::string> sources;
    sources.reserve(60);
    for (int i = 0; i < 60; ++i) sources.push_back(random.rule(2));
    // Enough that compare the same thing with numbers for these to be looked up.
    for (const std::string_view number : {"200", "503", "503.0", "5.03e2", "-1", "0"}) {
      sources.push_back(fmt::format("fields?.status == {}", number));
      sources.push_back(fmt::format("message.status == {}", number));
      sources.push_back(fmt::format("level != \"info\" and fields?.code == {} and stream == \"stdout\"", number));
    }
    const auto set = RuleSet::build(compile(sources)).value();
    RuleSet::State state(*set);
    LogVariables line;
    for (int i = 0; i < 60; ++i) {
      const bool json = random.chance(40);
      const std::string text = json ? random.json() : random.text();
      line.set({.text = text,
                .level = random.pick<std::string_view>({"debug", "info", "warn", "error", "unknown"}),
                .stream = random.pick<std::string_view>({"stdout", "stderr"}),
                .kind = json ? LineKind::json : LineKind::text,
                .time = Time(std::chrono::milliseconds(random.chance(50) ? 10 : 1))});
      set->match(line, state);
      std::vector<std::uint32_t> wanted;
      for (std::uint32_t rule = 0; rule < set->size(); ++rule) {
        const auto answer = set->rule(rule).matches(line);
        if (answer && *answer) wanted.push_back(rule);
        const bool said_failed = std::ranges::binary_search(state.failed, rule);
        EXPECT_TRUE(!said_failed || !answer) << sources[rule] << " on " << text;
      }
      ASSERT_EQ(state.matched, wanted) << "seed " << seed << " on " << text;
      asked += set->size();
      matched += wanted.size();
      failed += state.failed.size();
    }
  }
  // Enough of every answer that agreeing means something.
  EXPECT_GT(matched, asked / 20);
  EXPECT_LT(matched, asked / 2);
  EXPECT_GT(failed, 0U);
}

TEST(RuleSet, DoesNotAskWhatIsOffAndHasTwinsAnswerForThemselves) {
  const auto set = RuleSet::build(compile({"text contains \"a\"", "text contains \"b\"", "text contains \"a\"",
                                           "len(text) > 0", "int(text) > 3"}))
                       .value();
  RuleSet::State state(*set);
  LogVariables line;
  line.set({.text = "ab", .level = "info", .stream = "stdout", .kind = LineKind::text});
  const auto ask = [&](std::vector<std::uint32_t> off) {
    state.set_off(off);
    set->match(line, state);
    return state.matched;
  };
  using Numbers = std::vector<std::uint32_t>;
  EXPECT_EQ(ask({}), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(state.evaluated, 4U);
  EXPECT_EQ(ask({0}), (Numbers{1, 2, 3})) << "the twin of one that is off is asked";
  EXPECT_EQ(ask({2}), (Numbers{0, 1, 3}));
  EXPECT_EQ(ask({0, 2}), (Numbers{1, 3}));
  EXPECT_EQ(state.evaluated, 3U);
  EXPECT_EQ(ask({0, 1, 2, 3, 4}), Numbers{});
  EXPECT_EQ(state.evaluated, 0U);
  EXPECT_EQ(state.failed, Numbers{});
  EXPECT_EQ(ask({}), (Numbers{0, 1, 2, 3}));
}

TEST(RuleSet, TellsDearRulesFromOthers) {
  constexpr std::string_view dear = "sum(1..3000, # * len(text)) == -1";
  const auto set =
      RuleSet::build(compile({"text contains \"line\"", std::string(dear), "len(text) > 3", std::string(dear)}))
          .value();
  RuleSet::State state(*set);
  LogVariables line;
  line.set({.text = "a line", .level = "info", .stream = "stdout", .kind = LineKind::text});
  constexpr int lines = 500;
  for (int i = 0; i < lines; ++i) set->match(line, state);
  EXPECT_TRUE(state.has_costs());
  EXPECT_GT(state.cost(1), lines * 10 * RuleSet::free_time / 10);
  EXPECT_EQ(state.cost(3), state.cost(1)) << "who says the same is charged the same";
  EXPECT_LT(state.cost(0) + state.cost(2), state.cost(1) / 20);
  state.forget_costs();
  EXPECT_FALSE(state.has_costs());
  EXPECT_EQ(state.cost(1).count(), 0);
}

}  // namespace
}  // namespace taffrail::expr
