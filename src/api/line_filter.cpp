#include "api/line_filter.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "api/container_filter.hpp"
#include "model/json.hpp"
#include "model/variables/container_view.hpp"
#include "model/variables/line_view.hpp"

namespace taffrail::api {
namespace {

/// A set of levels as bits, so that the test of a record is one instruction.
template <class Value>
std::uint32_t bits_of(const std::set<Value>& values) {
  std::uint32_t bits = 0;
  for (const Value value : values) bits |= 1U << static_cast<unsigned>(value);
  return values.empty() ? ~0U : bits;
}

/// Keeps the records of these levels and streams, given as bits.
class SimpleFilter final : public LineFilter {
 public:
  SimpleFilter(std::uint32_t levels, std::uint32_t streams)
      : levels_(levels), streams_(streams), key_(std::to_string(levels) + ' ' + std::to_string(streams)) {}
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return true; }
  [[nodiscard]] bool wants(const Batch&, const Record& record) const override {
    return ((levels_ >> static_cast<unsigned>(record.head_level)) & (streams_ >> static_cast<unsigned>(record.stream)) &
            1U) != 0;
  }

 private:
  std::uint32_t levels_;
  std::uint32_t streams_;
  std::string key_;
};

/// Asks an expression about the lines of one container.
class ExpressionFilter final : public LineFilter {
 public:
  ExpressionFilter(expr::Condition condition, const Container& container, const Host* host, FilterPtr first)
      : condition_(std::move(condition)), container_(container, host), first_(std::move(first)) {
    key_ = first_ ? first_->key() : "";
    key_ += '\n';
    key_ += condition_.source();
    // What the expression may say of the container: as that is now, and may not have been for an earlier reader.
    key_ += '\n';
    append_json(key_, container, nullptr);
  }
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return false; }

  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override {
    if (first_ && !first_->wants(batch, record)) return false;
    // Scratch of this thread: it holds what was parsed of a line for all parts of the expression.
    thread_local LineView line;
    line.set(batch, record, &container_.fields());
    bool failed = false;
    const bool keep = condition_.test(line.variables(), failed);
    line.clear();  // nothing may point into this batch once it is gone
    return keep;
  }

 private:
  expr::Condition condition_;
  ContainerView container_;
  FilterPtr first_;
  std::string key_;
};

}  // namespace

FilterPtr level_and_stream_filter(const std::set<text::Level>& levels, const std::set<text::StdStream>& streams) {
  if (levels.empty() && streams.empty()) return nullptr;
  return std::make_shared<const SimpleFilter>(bits_of(levels), bits_of(streams));
}

LineFilters for_all(FilterPtr filter) {
  if (!filter) return {};
  return [filter = std::move(filter)](const Container&) { return filter; };
}

Answer<LineFilters> expression_filters(std::string_view source, const Registry& registry, FilterPtr first) {
  auto condition = expr::Condition::check(source, expr::Environment::log());
  if (!condition) return refuse_expression("filter", condition.error());
  return [condition = std::move(*condition), &registry, first = std::move(first)](const Container& container) {
    return std::make_shared<const ExpressionFilter>(condition, container, registry.find_host(container.host), first);
  };
}

}  // namespace taffrail::api
