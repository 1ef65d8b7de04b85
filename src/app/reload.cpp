#include "app/reload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace taffrail {
namespace {

const std::vector<std::string>* find(const Config& config, std::string_view option) {
  const auto at = config.given.find(option);
  return at == config.given.end() ? nullptr : &at->second;
}

}  // namespace

ConfigChanges compare(const Config& running, const Config& wanted) {
  ConfigChanges changes;
  for (const Option& option : options()) {
    const auto* before = find(running, option.name);
    const auto* after = find(wanted, option.name);
    const bool same = before && after ? *before == *after : before == after;
    if (!same) (option.live ? changes.live : changes.restart).emplace_back(option.name);
  }
  return changes;
}

std::string describe(const ConfigChanges& changes) {
  if (changes.live.empty() && changes.restart.empty()) return "nothing has changed";
  std::string text;
  if (!changes.live.empty()) text = fmt::format("{}: applied", fmt::join(changes.live, ", "));
  if (!changes.restart.empty())
    text += fmt::format("{}{}: changed, but only a restart applies {}", text.empty() ? "" : "; ",
                        fmt::join(changes.restart, ", "), changes.restart.size() == 1 ? "it" : "them");
  return text;
}

}  // namespace taffrail
