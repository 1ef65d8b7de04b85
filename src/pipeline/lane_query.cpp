#include "pipeline/lane_query.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace taffrail {
namespace {

/// The order of a merge: by place, then by container.
std::strong_ordering compare(const Place& place, const ContainerId& id, const Cursor& cursor) {
  if (const auto order = place <=> cursor.place(); order != 0) return order;
  if (cursor.container.host().empty()) return id.str() <=> cursor.container.str();
  return id <=> cursor.container;
}

/// Keeps the lines between two places of a merge that a further filter wants.
class Between final : public LineFilter {
 public:
  Between(std::optional<Cursor> after, std::optional<Cursor> before, FilterPtr wanted)
      : after_(std::move(after)), before_(std::move(before)), wanted_(std::move(wanted)) {
    if (after_) key_ += "after " + after_->to_string() + '\n';
    if (before_) key_ += "before " + before_->to_string() + '\n';
    if (wanted_) key_ += wanted_->key();
  }
  [[nodiscard]] const std::string& key() const override { return key_; }
  [[nodiscard]] bool is_cheap() const override { return !wanted_ || wanted_->is_cheap(); }
  [[nodiscard]] bool wants(const Batch& batch, const Record& record) const override {
    if (after_ && compare(record.place(), batch.container, *after_) <= 0) return false;
    if (before_ && compare(record.place(), batch.container, *before_) >= 0) return false;
    return !wanted_ || wanted_->wants(batch, record);
  }

 private:
  std::optional<Cursor> after_;
  std::optional<Cursor> before_;
  FilterPtr wanted_;
  std::string key_;
};

}  // namespace

bool names_line_of(const Cursor& cursor, const ContainerId& id, const LogRequest& request) {
  if (cursor.container.empty()) return request.containers.size() == 1 && request.containers.front() == id;
  if (cursor.container.host().empty()) return cursor.container.str() == id.str();
  return cursor.container == id;
}

LaneQuery lane_query(const LogRequest& request, const Container& container, const std::optional<Cursor>& after) {
  LaneQuery made;
  made.query.since = request.since;
  made.query.until = request.until;
  std::optional<Cursor> lower;
  std::optional<Cursor> upper;
  for (const auto& bound : {request.lower(), after}) {
    if (!bound) continue;
    if (names_line_of(*bound, container.id, request)) {
      if (!made.query.after || made.query.after->seq < bound->seq) made.query.after = bound;
    } else if (!lower || lower->place() < bound->place()) {
      lower = bound;
    }
  }
  if (request.upper() && names_line_of(*request.upper(), container.id, request))
    made.query.before = request.upper();
  else
    upper = request.upper();
  // (Of a thousand logs some are always in the middle of a line.)
  made.query.wait_for_last_line = !request.follow && request.containers.size() == 1 && !made.query.before;
  if (lower) made.query.from = lower->time;
  if (upper) made.query.to = upper->time;
  made.filter = request.filter_of ? request.filter_of(container) : nullptr;
  if (lower || upper)
    made.filter = std::make_shared<const Between>(std::move(lower), std::move(upper), std::move(made.filter));
  return made;
}

}  // namespace taffrail
