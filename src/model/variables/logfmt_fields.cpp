#include "model/variables/logfmt_fields.hpp"

#include <algorithm>

#include "text/kind.hpp"

namespace taffrail {
namespace {

/// Takes off the backslashes of a quoted value, as Go's and most other logfmt writers put them.
std::string unescape(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
      continue;
    }
    switch (value[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      default: out += value[i];
    }
  }
  return out;
}

}  // namespace

void LogfmtFields::set(std::string_view line) {
  line_ = line;
  read_ = false;
}

void LogfmtFields::read() const {
  if (read_) return;
  read_ = true;
  members_.clear();
  unescaped_.clear();
  for (std::size_t at = 0; at < line_.size();) {
    if (line_[at] == ' ' || line_[at] == '\t') {
      ++at;
      continue;
    }
    const text::LogfmtPair pair = text::read_logfmt_pair(line_, at);
    if (pair.end == 0) {
      at = std::min(line_.find(' ', at), line_.size());
      continue;
    }
    std::string_view value = pair.value;
    if (value.contains('\\')) value = unescaped_.emplace_back(unescape(value));
    members_.emplace_back(pair.key, value);
    at = pair.end;
  }
}

expr::Value LogfmtFields::find(std::string_view key) const {
  read();
  const auto at = std::ranges::find(members_, key, &std::pair<std::string_view, std::string_view>::first);
  return at == members_.end() ? missing() : expr::Value(at->second);
}

bool LogfmtFields::contains(std::string_view key) const {
  read();
  return std::ranges::find(members_, key, &std::pair<std::string_view, std::string_view>::first) != members_.end();
}

std::size_t LogfmtFields::size() const {
  read();
  return members_.size();
}

void LogfmtFields::each(const std::function<void(std::string_view, expr::Value)>& visit) const {
  read();
  for (const auto& [key, value] : members_) visit(key, expr::Value(value));
}

}  // namespace taffrail
