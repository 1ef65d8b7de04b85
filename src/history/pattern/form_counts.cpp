#include "history/pattern/form_counts.hpp"

namespace taffrail::history {

std::uint32_t FormCounts::intern(std::string_view form) {
  if (const auto known = ids_.find(form); known != ids_.end()) return known->second;
  if (forms_.size() == max_forms) return none;
  const auto id = static_cast<std::uint32_t>(forms_.size());
  ids_.emplace(forms_.emplace_back(form), id);
  return id;
}

FormTally* FormCounts::tally(std::uint32_t form, std::size_t log) {
  if (form == none) return nullptr;
  const auto [known, is_new] =
      entry_of_.try_emplace(std::uint64_t{form} << 32U | log, static_cast<std::uint32_t>(entries_.size()));
  if (!is_new) return &entries_[known->second].tally;
  if (entries_.size() == max_tallies) {
    entry_of_.erase(known);
    return nullptr;
  }
  return &entries_.emplace_back(form, static_cast<std::uint32_t>(log)).tally;
}

void FormCounts::add(std::uint32_t form, std::size_t log, const FormTally& lines) {
  FormTally* to = tally(form, log);
  if (to == nullptr) {
    other_lines_ += lines.lines();
  } else {
    *to += lines;
  }
}

void FormCounts::add(std::uint32_t form, std::size_t log, const Record& record, BlockKey block, std::uint32_t line) {
  FormTally* to = tally(form, log);
  if (to == nullptr) {
    ++other_lines_;
  } else {
    to->add(record, block, line);
  }
}

void FormCounts::merge(const FormCounts& other) {
  std::vector<std::uint32_t> ids(other.size());
  for (std::uint32_t id = 0; id < ids.size(); ++id) ids[id] = intern(other.form(id));
  for (const Entry& entry : other.entries_) add(ids[entry.form], entry.log, entry.tally);
  other_lines_ += other.other_lines_;
}

}  // namespace taffrail::history
