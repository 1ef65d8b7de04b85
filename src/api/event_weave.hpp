#pragma once

#include <deque>
#include <optional>
#include <string>

#include "api/ndjson_output.hpp"
#include "api/services.hpp"
#include "history/metric/stored_event.hpp"
#include "pipeline/log_events.hpp"
#include "pipeline/log_request.hpp"

namespace taffrail::api {

/// Puts what happened to containers among their lines (`events=true`): ascending, an event stands before the first line
/// whose place has a later time, so that pages which go on by a cursor have each event once. A read that ends at a
/// limit gives the events up to its last line, one that begins with a tail those from its first line on. What happens
/// while a read follows is told by the read (LogEvents); some of it the store has already.
class EventWeave {
 public:
  /// @param services with history; outlives this
  EventWeave(Services& services, const LogRequest& request);

  /// Whether the backlog is delivered.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  /// Adds lines of the backlog, with what happened before each of them. Errors: those of the store.
  Task<Result<>> add(NdjsonOutput& out, const LogLines& lines);
  /// The backlog is delivered: adds what happened since its last line.
  Task<Result<>> catch_up(NdjsonOutput& out);
  /// Adds what the read tells, unless it was given.
  void add_live(NdjsonOutput& out, const ContainerEvent& event);
  /// The read is over.
  /// @param truncated there are further lines
  Task<Result<>> end(NdjsonOutput& out, bool truncated);

 private:
  /// The key of an event in the store.
  struct Given {
    Time time;
    ContainerId container;
    std::string action;
  };

  Task<Result<>> load();
  Task<Result<>> rest(NdjsonOutput& out);
  [[nodiscard]] bool comes_before(const ContainerEvent& event, const Record& line) const;
  void give(NdjsonOutput& out, const ContainerEvent& event);
  static void write(NdjsonOutput& out, const ContainerEvent& event);

  Services& services_;
  history::EventQuery query_;
  bool from_first_line_;  // nothing before it
  bool ends_at_newest_;   // whatever was left out stands before the first line
  std::deque<history::StoredEvent> loaded_;
  bool all_loaded_ = false;
  bool caught_up_ = false;
  std::deque<Given> last_given_;  // which the read may tell as well: it cannot have heard of more
};

}  // namespace taffrail::api
