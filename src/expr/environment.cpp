#include "expr/environment.hpp"

#include <algorithm>
#include <numeric>

#include "base/ascii.hpp"
#include "expr/builtin.hpp"

namespace taffrail::expr {
namespace {

// Edits (insert, remove, replace, swap of neighbours) that turn one word into another.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t longest = 64;  // the table is quadratic
  if (word.size() > longest) return {};
  const std::string wanted = ascii::to_lower(word);
  const std::size_t allowed = std::clamp<std::size_t>(word.size() / 3, 1, 2);
  std::string_view best;
  std::size_t fewest = allowed + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest) continue;
    const std::size_t edits = distance(wanted, ascii::to_lower(candidate));
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

Environment::Environment(std::string what, std::vector<Declaration> declarations, std::string dynamic)
    : what_(std::move(what)), dynamic_(std::move(dynamic)), declarations_(std::move(declarations)) {}

std::optional<std::size_t> Environment::find(std::string_view name) const {
  const auto found = std::ranges::find(declarations_, name, &Declaration::name);
  if (found == declarations_.end()) return {};
  return static_cast<std::size_t>(found - declarations_.begin());
}

bool Environment::is_group(std::string_view name) const {
  return std::ranges::any_of(declarations_, [name](const Declaration& d) {
    return d.name.size() > name.size() && d.name[name.size()] == '.' && d.name.starts_with(name);
  });
}

std::string Environment::suggest(std::string_view name) const {
  std::vector<std::string_view> candidates;
  for (const Declaration& d : declarations_) {
    candidates.push_back(d.name);
    // A field of a group is often written without it.
    const std::size_t dot = d.name.find('.');
    if (dot == std::string::npos) continue;
    if (std::string_view(d.name).substr(dot + 1) == name) return d.name;
    candidates.push_back(std::string_view(d.name).substr(0, dot));
  }
  const std::string_view best = nearest(name, candidates);
  if (!best.empty()) return std::string(best);
  candidates.clear();
  for (const Builtin& b : all_builtins()) candidates.push_back(b.name);
  return std::string(nearest(name, candidates));
}

const Environment& Environment::none() {
  static const Environment environment("value", {});
  return environment;
}

}  // namespace taffrail::expr
