#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/task.hpp"
#include "model/container.hpp"
#include "source/docker/engine_json.hpp"
#include "source/docker/list_reader.hpp"
#include "source/source.hpp"

namespace taffrail::docker {

/// What is known of one engine's containers, from its lists, events and inspections, which come in any order and may
/// contradict each other: an event may be missed, told twice, late, or dated in another century; a list or an
/// inspection may be older than an event that has overtaken it. So an event changes what it plainly says and makes the
/// inspection stale; an answer changes nothing that an event has changed since it was asked for; and in the end the
/// next list is right.
class Inventory {
 public:
  /// As many as a list may have.
  static constexpr std::size_t most_containers = ListReader::most_containers;
  /// Containers that are known from an event alone: until an inspection or a list confirms them, they may be made up.
  /// Events of further ones are counted, and the engine is asked for its list. A kilobyte each.
  static constexpr std::size_t most_strangers = 1000;

  struct Entry {
    Container container;
    std::string log_path;
    std::map<std::string, std::string> log_options;
    std::int64_t pid = 0;
    MountPoints mounts;
    bool inspected = false;        ///< an inspection told what only one does
    bool stale = false;            ///< something has happened since
    bool confirmed = false;        ///< the engine has listed or inspected it
    std::uint64_t digest = 0;      ///< of its list entry
    std::uint64_t changed_at = 0;  ///< when an event or an inspection last changed it, in `now` of the inventory
    std::uint64_t event_at = 0;    ///< the same of events alone
    std::uint64_t listed_in = 0;   ///< the listing that last had it
  };

  struct Hooks {
    std::function<void(const ContainerId&)> ended;                 ///< a run of this container is over
    std::function<void(const ContainerId&)> inspected;             ///< its log's followers may know more now
    std::function<void(const ContainerId&, bool urgent)> inspect;  ///< it should be inspected
    std::function<void()> list;                                    ///< the engine should be asked for its list soon
  };
  explicit Inventory(Hooks hooks) : hooks_(std::move(hooks)) {}

  /// Another engine answers.
  void reset();

  [[nodiscard]] const Entry* find(const ContainerId& id) const;
  [[nodiscard]] std::size_t size() const { return containers_.size(); }
  [[nodiscard]] std::size_t strangers() const { return strangers_; }
  /// Whether the log of this container may still get lines.
  [[nodiscard]] bool can_grow(const ContainerId& id) const;
  /// Counts what happens: an answer is older than what has changed since its question.
  [[nodiscard]] std::uint64_t now() const { return now_; }

  void take_event(ContainerEvent event, SourceSink& sink);

  /// An inspection that was asked for at `asked`.
  void take_inspection(const ContainerId& id, Entry fresh, std::uint64_t asked, SourceSink& sink);
  /// The engine does not know it (any more).
  void remove(const ContainerId& id, SourceSink& sink);

  /// A list is about to be asked for.
  void begin_listing();
  /// The answer. Goes through it in turns; only what is new or different is told.
  /// @param whole tells the sink all containers, as the first list of a session
  Task<> take_list(HostId host, std::vector<ListReader::Entry> listed, bool whole, SourceSink& sink);

  Refusals& refusals() { return refusals_; }
  [[nodiscard]] const Refusals& refusals() const { return refusals_; }

 private:
  Entry* entry_of(const ContainerEvent& event, SourceSink& sink);
  void confirm(Entry& entry);
  void erase(const ContainerId& id);
  /// Whether the list entry changed what is known.
  bool merge(ListReader::Entry& listed, Entry& entry);
  void sweep(bool whole, std::vector<Container>& told, SourceSink& sink);

  Hooks hooks_;
  std::unordered_map<ContainerId, Entry> containers_;
  std::size_t strangers_ = 0;
  std::uint64_t now_ = 1;
  std::uint64_t listing_ = 0;        // number of the newest listing
  std::uint64_t listing_asked_ = 0;  // when it was asked for
  bool listing_under_way_ = false;
  std::unordered_set<ContainerId> gone_;  // while a listing is under way: removed since it was asked for
  bool gone_overflow_ = false;
  Refusals refusals_;
};

}  // namespace taffrail::docker
