#include "history/search/regex_probe.hpp"

#include <algorithm>
#include <hs.h>
#include <re2/re2.h>
#include <utility>

#include "base/ascii.hpp"

namespace taffrail::history {
namespace {

/// Larger programs of RE2 may take Vectorscan longer than 15 ms to compile, and OpenRegex many states.
constexpr int most_instructions = 1000;
/// Ends of matches for each line beyond which looking for them is dearer than asking about each line.
constexpr std::size_t most_ends = 4;

bool is_plain(char c) { return c == '\t' || (c >= ' ' && c <= '~'); }

bool all_plain(std::string_view text) {
  bool plain = true;
  // No early end: the compiler makes vectors of it.
  for (const char c : text) plain &= is_plain(c) || c == '\n';
  return plain;
}

/// Notes lines by where matches in them end, which mostly rises.
struct Noter {
  const std::vector<Record>& records;
  LineSet& may;
  std::uint32_t line = 0;
  std::size_t left;

  static int on_match(unsigned, unsigned long long, unsigned long long end, unsigned, void* to) {
    auto& noter = *static_cast<Noter*>(to);
    while (noter.line > 0 && noter.line < noter.records.size() && end <= noter.records[noter.line].offset) --noter.line;
    while (noter.line < noter.records.size() && noter.records[noter.line].offset + noter.records[noter.line].size < end)
      ++noter.line;
    if (noter.line < noter.records.size()) noter.may.add(noter.line);
    return --noter.left == 0 ? 1 : 0;
  }
};

}  // namespace

bool is_shared_syntax(std::string_view pattern) {
  constexpr std::string_view shared_escapes = "dDwWsSbBtnrf";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (!is_plain(pattern[i])) return false;
    if (rest.starts_with("[:")) return false;
    if (rest.starts_with("(?") && !rest.starts_with("(?:") && !rest.starts_with("(?i)") && !rest.starts_with("(?i:"))
      return false;
    if (pattern[i] != '\\') continue;
    if (++i == pattern.size()) return false;
    if (ascii::is_alphanumeric(pattern[i]) && !shared_escapes.contains(pattern[i])) return false;
  }
  return true;
}

RegexProbe::RegexProbe(std::vector<std::string> patterns)
    : patterns_(std::move(patterns)), shared_(std::ranges::all_of(patterns_, [](const std::string& pattern) {
        if (!is_shared_syntax(pattern)) return false;
        const re2::RE2 regex(pattern, re2::RE2::Quiet);
        return regex.ok() && regex.ProgramSize() <= most_instructions;
      })) {}

RegexProbe::~RegexProbe() {
  idle_.clear();
  hs_free_database(database_);
}

RegexProbe::Lent RegexProbe::lend() const {
  std::unique_ptr<Asker> asker;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      asker = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!asker) asker = std::make_unique<Asker>(*this);
  // Other lines may have fewer matches.
  asker->begun_ = asker->scratch_ != nullptr;
  return {asker.release(), Return{this}};
}

void RegexProbe::Return::operator()(Asker* asker) const {
  std::unique_ptr<Asker> returned(asker);
  const std::lock_guard lock(probe->mutex_);
  probe->idle_.push_back(std::move(returned));
}

void RegexProbe::compile() const {
  std::vector<const char*> texts;
  texts.reserve(patterns_.size());
  for (const std::string& pattern : patterns_) texts.push_back(pattern.c_str());
  const std::vector<unsigned> flags(texts.size(), HS_FLAG_MULTILINE);
  hs_compile_error_t* error = nullptr;
  // It refuses what it cannot do, or what matches nothing at all: then each line is asked about.
  if (hs_compile_multi(texts.data(), flags.data(), nullptr, static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr,
                       &database_, &error) != HS_SUCCESS) {
    database_ = nullptr;
    hs_free_compile_error(error);
  }
}

RegexProbe::Asker::Asker(const RegexProbe& probe) : probe_(probe) {
  if (!probe.shared_) return;
  if (auto open = OpenRegex::of(probe.patterns_)) templates_.emplace(std::move(*open));
}

bool RegexProbe::Asker::useful() {
  if (!std::exchange(begun_, true) && probe_.shared_) {
    std::call_once(probe_.once_, [this] { probe_.compile(); });
    if (probe_.database_ == nullptr || hs_alloc_scratch(probe_.database_, &scratch_) != HS_SUCCESS) scratch_ = nullptr;
  }
  return scratch_ != nullptr;
}

RegexProbe::Asker::~Asker() { hs_free_scratch(scratch_); }

LineSet RegexProbe::Asker::ask(const Batch& lines) {
  const auto count = static_cast<std::uint32_t>(lines.records.size());
  LineSet may(count);
  if (!all_plain(lines.bytes)) {
    for (std::uint32_t line = 0; line < count; ++line)
      if (!std::ranges::all_of(lines.text(lines.records[line]), is_plain)) may.add(line);
  }
  Noter noter{.records = lines.records, .may = may, .left = most_ends * count};
  const hs_error_t outcome = hs_scan(probe_.database_, lines.bytes.data(), static_cast<unsigned>(lines.bytes.size()), 0,
                                     scratch_, &Noter::on_match, &noter);
  if (outcome == HS_SUCCESS) return may;
  hs_free_scratch(std::exchange(scratch_, nullptr));
  // Of several patterns the ends do not come in order, so nothing is known of any line.
  for (std::uint32_t line = 0; line < count; ++line) may.add(line);
  return may;
}

}  // namespace taffrail::history
