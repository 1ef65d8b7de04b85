#include "api/line_filter.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "api/container_filter.hpp"
#include "api/logfmt_fields.hpp"
#include "expr/log_variables.hpp"
#include "text/ansi.hpp"

namespace taffrail::api {
namespace {

/// A set of levels as bits, so that the test of a record is one instruction.
template <class Value>
std::uint32_t bits_of(const std::set<Value>& values) {
  std::uint32_t bits = 0;
  for (const Value value : values) bits |= 1U << static_cast<unsigned>(value);
  return values.empty() ? ~0U : bits;
}

expr::LineKind kind_of(text::Kind kind) {
  switch (kind) {
    case text::Kind::text: return expr::LineKind::text;
    case text::Kind::json: return expr::LineKind::json;
    case text::Kind::logfmt: return expr::LineKind::logfmt;
  }
  return expr::LineKind::text;
}

/// Asks an expression about the lines of one container. Copies share what they look at; any number of threads may ask.
class ExpressionFilter {
 public:
  ExpressionFilter(expr::Condition condition, std::shared_ptr<const ContainerView> container, RecordFilter first)
      : condition_(std::move(condition)), container_(std::move(container)), first_(std::move(first)) {}

  bool operator()(const Batch& batch, const Record& record) const {
    if (first_ && !first_(batch, record)) return false;
    // Scratch of this thread: it holds what was parsed of a line for all parts of the expression.
    thread_local expr::LogVariables variables;
    thread_local LogfmtFields logfmt;
    thread_local std::string plain;
    expr::LogFields line;
    line.text = batch.text(record);
    if (text::has_ansi(line.text)) {
      plain.clear();
      text::append_without_ansi(plain, line.text);
      line.text = plain;
    }
    line.level = text::to_string(record.head_level);
    line.stream = text::to_string(record.stream);
    line.kind = kind_of(record.kind);
    line.sequence = static_cast<std::int64_t>(record.seq);
    line.time = record.time;
    if (record.kind == text::Kind::logfmt) {
      logfmt.set(line.text);
      line.logfmt = &logfmt;
    }
    line.container = &container_->fields();
    variables.set(line);
    bool failed = false;
    const bool keep = condition_.test(variables, failed);
    variables.set({});  // nothing may point into this batch once it is gone
    return keep;
  }

 private:
  expr::Condition condition_;
  std::shared_ptr<const ContainerView> container_;
  RecordFilter first_;
};

}  // namespace

RecordFilter level_and_stream_filter(const std::set<text::Level>& levels, const std::set<text::StdStream>& streams) {
  if (levels.empty() && streams.empty()) return {};
  return [level_bits = bits_of(levels), stream_bits = bits_of(streams)](const Batch&, const Record& record) {
    return ((level_bits >> static_cast<unsigned>(record.head_level)) &
            (stream_bits >> static_cast<unsigned>(record.stream)) & 1U) != 0;
  };
}

LineFilters for_all(RecordFilter filter) {
  if (!filter) return {};
  return [filter = std::move(filter)](const Container&) { return filter; };
}

Answer<LineFilters> expression_filters(std::string_view source, const Registry& registry, RecordFilter first) {
  auto condition = expr::Condition::check(source, expr::Environment::log());
  if (!condition) return refuse_expression("filter", condition.error());
  return [condition = std::move(*condition), &registry, first = std::move(first)](const Container& container) {
    auto view = std::make_shared<const ContainerView>(container, registry.find_host(container.host));
    return RecordFilter(ExpressionFilter(condition, std::move(view), first));
  };
}

}  // namespace taffrail::api
