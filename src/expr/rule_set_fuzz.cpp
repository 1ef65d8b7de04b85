// Holds a rule set against its rules one by one. Input: rules, one a line, then an empty line, then a log line; lines
// that are no conditions over log lines are read as search-box text.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "expr/rule_set.hpp"
#include "expr/search.hpp"

using namespace taffrail::expr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<Condition> rules;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty()) break;
    constexpr std::size_t most = 20;
    if (rules.size() >= most) continue;
    const auto rule = compile_search(line, Environment::log());
    if (!rule) continue;
    rules.push_back(*rule);
    // And its opposite, which has every part in common with it.
    const auto opposite = Condition::compile("not (" + std::string(rule->source()) + "\n)", Environment::log());
    if (opposite) rules.push_back(*opposite);
  }
  const auto set = RuleSet::build(rules);
  if (!set) std::abort();
  RuleSet::State state(**set);
  LogVariables line;
  constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error", "fatal", "unknown"};
  line.set({.text = rest,
            .level = levels[rest.size() % std::size(levels)],
            .stream = "stdout",
            .kind = rest.starts_with('{') ? LineKind::json : LineKind::text});
  (*set)->match(line, state);
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const auto alone = rules[i].matches(line);
    const bool together = std::ranges::find(state.matched, i) != state.matched.end();
    if (together == (alone && *alone)) continue;
    std::fprintf(stderr, "rule %u (%s) says %d alone and %d together\n", i, std::string(rules[i].source()).c_str(),
                 alone && *alone, together);
    std::abort();
  }
  return 0;
}
