#include "history/pattern/patterns.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <unordered_map>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "history/pattern/clusters.hpp"
#include "history/pattern/example_lines.hpp"
#include "history/pattern/surprise.hpp"

namespace taffrail::history {
namespace {

/// Adds what a form has in one log.
void add(Pattern& pattern, const FormCounts::Entry& entry) {
  if (entry.tally.first < pattern.tally.first) pattern.first_log = entry.log;
  if (entry.tally.last > pattern.tally.last) pattern.last_log = entry.log;
  pattern.tally += entry.tally;
  pattern.logs.emplace_back(entry.log, entry.tally.lines());
}

/// One number for each log, the largest first.
void add_up(std::vector<std::pair<std::size_t, std::uint64_t>>& logs) {
  std::ranges::sort(logs);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < logs.size(); ++i) {
    if (logs[i].first == logs[kept].first) {
      logs[kept].second += logs[i].second;
    } else {
      logs[++kept] = logs[i];
    }
  }
  logs.resize(std::min(logs.size(), kept + 1));
  std::ranges::sort(logs, [](const auto& one, const auto& other) {
    return std::pair(other.second, one.first) < std::pair(one.second, other.first);
  });
}

/// Puts forms together. @param base may be null
std::vector<Pattern> gather(const FormCounts& counts, const FormCounts* base) {
  std::vector<std::string_view> forms;
  std::unordered_map<std::string_view, std::uint32_t> indices;
  for (const FormCounts* some : {&counts, base}) {
    for (std::uint32_t form = 0; some != nullptr && form < some->size(); ++form) {
      if (indices.try_emplace(some->form(form), forms.size()).second) forms.push_back(some->form(form));
    }
  }
  Clusters clusters = cluster_forms(forms);
  std::vector<Pattern> patterns(clusters.forms.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i].form = std::move(clusters.forms[i]);
  const auto pattern_of = [&](std::string_view form) -> Pattern& { return patterns[clusters.of[indices.at(form)]]; };
  for (const FormCounts::Entry& entry : counts.entries()) add(pattern_of(counts.form(entry.form)), entry);
  if (base != nullptr) {
    for (const FormCounts::Entry& entry : base->entries()) {
      Pattern& pattern = pattern_of(base->form(entry.form));
      pattern.base_lines += entry.tally.lines();
      if (pattern.tally.block != 0) continue;
      pattern.tally.block = entry.tally.block;
      pattern.tally.line = entry.tally.line;
    }
  }
  // Forms beyond the bounds of tallies have no lines here.
  std::erase_if(patterns, [](const Pattern& pattern) { return pattern.logs.empty() && pattern.base_lines == 0; });
  return patterns;
}

std::uint64_t lines_of(const FormCounts& counts) {
  std::uint64_t lines = counts.other_lines();
  for (const FormCounts::Entry& entry : counts.entries()) lines += entry.tally.lines();
  return lines;
}

void note(Patterns& answer, const CountedForms& counted) {
  answer.complete = answer.complete && counted.complete;
  answer.damaged_lines += counted.damaged_lines;
  answer.scanned_lines += counted.scanned_lines;
  answer.scanned_bytes += counted.scanned_bytes;
  answer.other_lines += counted.counts.other_lines();
}

/// Keeps the first `limit` in an order, which forms make one that is the same each time.
template <class Before>
void keep_first(std::vector<Pattern>& patterns, std::size_t limit, Before before) {
  const auto order = [&](const Pattern& one, const Pattern& other) {
    return before(one, other) || (!before(other, one) && one.form < other.form);
  };
  const auto kept = static_cast<std::ptrdiff_t>(std::min(limit, patterns.size()));
  std::ranges::partial_sort(patterns, patterns.begin() + kept, order);
  patterns.resize(static_cast<std::size_t>(kept));
  for (Pattern& pattern : patterns) add_up(pattern.logs);
}

void rank(Patterns& answer, const std::optional<std::pair<Duration, Duration>>& lengths) {
  for (Pattern& pattern : answer.patterns) {
    const std::uint64_t lines = pattern.tally.lines();
    double whole = static_cast<double>(answer.lines);
    double base_whole = static_cast<double>(answer.base_lines);
    if (lengths) {
      whole = std::chrono::duration<double>(lengths->first).count();
      base_whole = std::chrono::duration<double>(lengths->second).count();
      pattern.surprise = surprise_of_rates(lines, whole, pattern.base_lines, base_whole);
    } else {
      pattern.surprise = surprise_of_shares(lines, answer.lines, pattern.base_lines, answer.base_lines);
    }
    if (static_cast<double>(lines) * base_whole < static_cast<double>(pattern.base_lines) * whole)
      pattern.surprise = -pattern.surprise;
  }
}

}  // namespace

std::string Pattern::id() const { return fmt::format("{:016x}", XXH3_64bits(form.data(), form.size())); }

Task<Result<Patterns>> find_patterns(store::Store& store, WorkerPool& workers, PatternRequest request) {
  const SteadyTime until = std::chrono::steady_clock::now() + request.most_time;
  auto counted = co_await count_forms(store, workers, request.query, until);
  if (!counted) co_return forward(counted);
  Patterns answer;
  co_await workers.run([&] {
    const CountedForms& forms = **counted;
    note(answer, forms);
    answer.lines = lines_of(forms.counts);
    answer.patterns = gather(forms.counts, nullptr);
    if (request.new_since)
      std::erase_if(answer.patterns, [&](const Pattern& one) { return one.tally.first < *request.new_since; });
    answer.found = answer.patterns.size();
    keep_first(answer.patterns, request.limit,
               [](const Pattern& one, const Pattern& other) { return one.tally.lines() > other.tally.lines(); });
    counted->reset();
  });
  auto read = co_await read_examples(store, workers, answer.patterns, until);
  if (!read) co_return forward(read);
  co_return answer;
}

Task<Result<Patterns>> compare_patterns(store::Store& store, WorkerPool& workers, ComparisonRequest request) {
  const SteadyTime until = std::chrono::steady_clock::now() + request.most_time;
  auto counted = co_await count_forms(store, workers, request.query, until);
  if (!counted) co_return forward(counted);
  auto base = co_await count_forms(store, workers, request.base, until);
  if (!base) co_return forward(base);
  Patterns answer;
  co_await workers.run([&] {
    note(answer, **counted);
    note(answer, **base);
    answer.lines = lines_of((*counted)->counts);
    answer.base_lines = lines_of((*base)->counts);
    answer.patterns = gather((*counted)->counts, &(*base)->counts);
    answer.found = answer.patterns.size();
    rank(answer, request.lengths);
    keep_first(answer.patterns, request.limit, [](const Pattern& one, const Pattern& other) {
      return std::abs(one.surprise) > std::abs(other.surprise);
    });
    counted->reset();
    base->reset();
  });
  auto sample = co_await sample_fields(store, workers, request.query, until);
  if (!sample) co_return forward(sample);
  auto base_sample = co_await sample_fields(store, workers, request.base, until);
  if (!base_sample) co_return forward(base_sample);
  answer.sampled_lines = sample->lines();
  answer.base_sampled_lines = base_sample->lines();
  answer.fields = co_await workers.run([&] { return moved_fields(*sample, *base_sample); });
  auto read = co_await read_examples(store, workers, answer.patterns, until);
  if (!read) co_return forward(read);
  co_return answer;
}

}  // namespace taffrail::history
