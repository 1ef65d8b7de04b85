#include "history/pattern/clusters.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "history/pattern/line_form.hpp"

namespace taffrail::history {
namespace {

constexpr std::string_view between_words = " =,;()[]{}\"'<>|:";
/// What is behind so many words is one word: it bounds how often all forms are gone through.
constexpr std::size_t most_words = 64;

/// Where what is in quotes ends that begin at `at`, behind the last of them; 0 when they do not.
std::size_t end_of_quoted(std::string_view form, std::size_t at) {
  for (std::size_t end = at + 1; end < form.size(); ++end) {
    if (form[end] == '"') return end + 1;
    if (form[end] == '\\') ++end;
  }
  return 0;
}

std::size_t end_of_word(std::string_view form, std::size_t at) {
  while (at < form.size() && !between_words.contains(form[at])) ++at;
  return at;
}

struct Range {
  std::size_t begin;
  std::size_t end;
};

class Parting {
 public:
  explicit Parting(std::span<const std::string_view> forms) : forms_(forms) { clusters_.of.resize(forms.size()); }

  Clusters run() {
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_shape;
    for (std::uint32_t form = 0; form < forms_.size(); ++form) by_shape[take_apart(form)].push_back(form);
    for (auto& [shape, members] : by_shape) part(shape, members);
    return std::move(clusters_);
  }

 private:
  /// @return the form with a mark for each word
  std::string take_apart(std::uint32_t form) {
    const std::string_view text = forms_[form];
    std::string shape;
    first_.push_back(words_.size());
    const auto add_word = [&](std::size_t begin, std::size_t end) {
      const auto [known, is_new] = ids_.try_emplace(text.substr(begin, end - begin), texts_.size());
      if (is_new) texts_.push_back(known->first);
      words_.push_back(known->second);
      shape += form_mark::place;
    };
    // The byte that says of what kind a form is stands in its shape.
    std::size_t end = 0;
    for (std::size_t at = 0; at < text.size(); at = end) {
      bool is_word = false;
      if (words_.size() - first_.back() == most_words - 1) {
        end = text.size();
        is_word = true;
      } else if (const std::size_t quoted = text[at] == '"' ? end_of_quoted(text, at) : 0; quoted != 0) {
        // What is in quotes is one word, however many it has; keys of JSON are what lines differ in most.
        end = quoted;
        is_word = end > at + 2 && (end == text.size() || text[end] != ':');
      } else {
        end = at == 0 ? 0 : end_of_word(text, at);
        is_word = end > at;
        if (!is_word) end = at + 1;
      }
      if (is_word) {
        add_word(at, end);
      } else {
        shape += text.substr(at, end - at);
      }
    }
    return shape;
  }

  [[nodiscard]] std::uint32_t word(std::uint32_t form, std::size_t place) const { return words_[first_[form] + place]; }

  void part(std::string_view shape, std::vector<std::uint32_t>& members) {
    const auto places = static_cast<std::size_t>(std::ranges::count(shape, form_mark::place));
    std::vector<Range> left{{0, members.size()}};
    std::vector<std::size_t> kinds(places);
    while (!left.empty()) {
      const Range range = left.back();
      left.pop_back();
      const std::span<std::uint32_t> some = std::span(members).subspan(range.begin, range.end - range.begin);
      const std::optional<std::size_t> by = some.size() == 1 ? std::nullopt : place_to_part_by(some, kinds);
      if (!by) {
        if (some.size() == 1) std::ranges::fill(kinds, 1);
        put_together(shape, some, kinds);
        continue;
      }
      const auto word_of = [&](std::uint32_t form) { return word(form, *by); };
      std::ranges::sort(some, {}, word_of);
      for (std::size_t begin = 0; begin < some.size();) {
        std::size_t end = begin + 1;
        while (end < some.size() && word_of(some[end]) == word_of(some[begin])) ++end;
        left.push_back({range.begin + begin, range.begin + end});
        begin = end;
      }
    }
  }

  /// @param kinds gets how many words there are in each place
  std::optional<std::size_t> place_to_part_by(std::span<const std::uint32_t> some, std::vector<std::size_t>& kinds) {
    seen_.resize(texts_.size());
    std::size_t fixed = 0;
    std::optional<std::size_t> by;
    for (std::size_t place = 0; place < kinds.size(); ++place) {
      ++stamp_;
      kinds[place] = 0;
      for (const std::uint32_t form : some) {
        if (std::exchange(seen_[word(form, place)], stamp_) != stamp_) ++kinds[place];
      }
      if (kinds[place] == 1) {
        ++fixed;
      } else if (!by || kinds[place] < kinds[*by]) {
        by = place;
      }
    }
    // Two forms of one shape differ somewhere.
    const bool many = by && kinds[*by] > most_kinds;
    return many && 2 * fixed >= kinds.size() ? std::nullopt : by;
  }

  void put_together(std::string_view shape, std::span<const std::uint32_t> some,
                    const std::vector<std::size_t>& kinds) {
    std::string form;
    std::size_t place = 0;
    for (const char c : shape) {
      if (c != form_mark::place) {
        form += c;
      } else if (kinds[place++] > 1) {
        form += form_mark::word;
      } else {
        form += texts_[word(some.front(), place - 1)];
      }
    }
    for (const std::uint32_t each : some) clusters_.of[each] = static_cast<std::uint32_t>(clusters_.forms.size());
    clusters_.forms.push_back(std::move(form));
  }

  std::span<const std::string_view> forms_;
  Clusters clusters_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;  // of words
  std::vector<std::string_view> texts_;
  std::vector<std::uint32_t> words_;  // of all forms, one after the other
  std::vector<std::size_t> first_;    // of each form
  std::vector<std::uint32_t> seen_;   // by word
  std::uint32_t stamp_ = 0;
};

}  // namespace

Clusters cluster_forms(std::span<const std::string_view> forms) { return Parting(forms).run(); }

}  // namespace taffrail::history
