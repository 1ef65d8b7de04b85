#include "model/variables/line_view.hpp"

#include <cstdint>

#include "text/ansi.hpp"

namespace taffrail {

expr::LineKind line_kind(text::Kind kind) {
  switch (kind) {
    case text::Kind::text: return expr::LineKind::text;
    case text::Kind::json: return expr::LineKind::json;
    case text::Kind::logfmt: return expr::LineKind::logfmt;
  }
  return expr::LineKind::text;
}

void LineView::set(const Batch& batch, const Record& record, const expr::ContainerFields* container) {
  expr::LogFields line;
  line.text = batch.text(record);
  if (text::has_ansi(line.text)) {
    plain_.clear();
    text::append_without_ansi(plain_, line.text);
    line.text = plain_;
  }
  line.level = text::to_string(record.head_level);
  line.stream = text::to_string(record.stream);
  line.kind = line_kind(record.kind);
  line.sequence = static_cast<std::int64_t>(record.seq);
  line.time = record.time;
  if (record.kind == text::Kind::logfmt) {
    logfmt_.set(line.text);
    line.logfmt = &logfmt_;
  }
  line.container = container;
  variables_.set(line);
}

}  // namespace taffrail
