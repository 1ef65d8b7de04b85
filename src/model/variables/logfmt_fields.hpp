#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/value.hpp"

namespace taffrail {

/// The members of a logfmt line for expressions, read when one looks inside for the first time. Of a key that comes
/// twice the first counts. One is used for one line after the other, by one thread.
class LogfmtFields final : public expr::MapSource {
 public:
  /// Takes the next line, which must live until the next call.
  void set(std::string_view line);

  [[nodiscard]] expr::Value find(std::string_view key) const override;
  [[nodiscard]] bool contains(std::string_view key) const override;
  [[nodiscard]] std::size_t size() const override;
  void each(const std::function<void(std::string_view, expr::Value)>& visit) const override;

 private:
  void read() const;

  std::string_view line_;
  // Reading on demand is no change that anybody can see.
  mutable bool read_ = false;
  mutable std::vector<std::pair<std::string_view, std::string_view>> members_;
  mutable std::deque<std::string> unescaped_;
};

}  // namespace taffrail
