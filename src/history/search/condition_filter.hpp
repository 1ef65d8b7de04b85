#pragma once

#include <string>
#include <utility>

#include "expr/condition.hpp"
#include "model/variables/line_view.hpp"
#include "pipeline/line_filter.hpp"

namespace taffrail::history {

/// For tests and benches: wants the lines of which a condition is true.
class ConditionFilter final : public LineFilter {
 public:
  explicit ConditionFilter(expr::Condition condition) : condition_(std::move(condition)), key_(condition_.source()) {}
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return false; }
  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override {
    thread_local LineView line;
    line.set(batch, record, nullptr);
    bool failed = false;
    const bool yes = condition_.test(line.variables(), failed);
    line.clear();
    return yes;
  }

 private:
  expr::Condition condition_;
  std::string key_;
};

}  // namespace taffrail::history
