#include "source/docker/inventory.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "source/docker/container_update.hpp"

namespace taffrail::docker {
namespace {

/// List entries taken between two turns of others: some 100 µs of the owner thread.
constexpr std::size_t turn_size = 250;
/// Removals remembered while a list is under way. Beyond it, that list adds nothing: the next one does.
constexpr std::size_t most_gone = 10'000;

bool may_write(const Container& container) {
  return container.is_running() || container.state == ContainerState::restarting;
}

Task<> let_others() {
  const Executor executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

}  // namespace

void Inventory::reset() {
  strangers_ = 0;
  for (const auto& [id, entry] : std::exchange(containers_, {})) hooks_.ended(id);
}

const Inventory::Entry* Inventory::find(const ContainerId& id) const {
  const auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : &found->second;
}

bool Inventory::can_grow(const ContainerId& id) const {
  const Entry* entry = find(id);
  return entry && may_write(entry->container);
}

void Inventory::confirm(Entry& entry) {
  if (!std::exchange(entry.confirmed, true)) --strangers_;
}

void Inventory::erase(const ContainerId& id) {
  const auto found = containers_.find(id);
  if (!found->second.confirmed) --strangers_;
  containers_.erase(found);
}

void Inventory::take_event(ContainerEvent event, SourceSink& sink) {
  const ContainerId id = event.container;
  ++now_;
  if (event.action == "destroy") {
    if (listing_under_way_ && gone_.size() < most_gone)
      gone_.insert(id);
    else
      gone_overflow_ = listing_under_way_;
    if (!containers_.contains(id)) return;  // a replayed one, of before the list
  }
  Entry* entry = entry_of(event, sink);
  if (!entry) return;
  const Container before = entry->container;
  if (event.action == "die") entry->pid = 0;  // the number may be another process's from now on
  apply_event(event, entry->container);
  // An event repeats all the labels, which the container has.
  std::erase_if(event.attributes, [&](const auto& attribute) { return before.labels.contains(attribute.first); });
  if (event.action == "destroy") {
    sink.container_event(std::move(event));
    erase(id);
    sink.container_removed(id);
    hooks_.ended(id);
    return;
  }
  if (!(before == entry->container)) sink.container_changed(entry->container);
  if (wants_inspection(event.action)) {
    entry->changed_at = entry->event_at = now_;
    entry->stale = true;
    hooks_.inspect(id, true);
  }
  if (event.action == "die") hooks_.ended(id);
  sink.container_event(std::move(event));
}

/// The container of an event; a new one is made from what the event says, and told. Null where there are too many that
/// nothing else tells of.
Inventory::Entry* Inventory::entry_of(const ContainerEvent& event, SourceSink& sink) {
  if (const auto known = containers_.find(event.container); known != containers_.end()) return &known->second;
  if (strangers_ >= most_strangers || containers_.size() >= most_containers) {
    ++refusals_.strangers;
    hooks_.list();
    return nullptr;
  }
  ++strangers_;
  Entry& entry = containers_[event.container];
  gone_.erase(event.container);
  entry.changed_at = entry.event_at = now_;
  Container& container = entry.container;
  container.id = event.container;
  container.host = event.host;
  container.created = event.time;
  container.labels = event.attributes;
  std::string name;
  if (const auto attribute = event.attributes.find("name"); attribute != event.attributes.end())
    name = attribute->second;
  if (const auto attribute = event.attributes.find("image"); attribute != event.attributes.end())
    container.image = attribute->second;
  for (const char* own : {"name", "image", "exitCode", "signal", "execDuration", "health", "oldName"})
    container.labels.erase(own);
  apply_labels(container, name);
  // Whatever the event is of: only the engine knows whether this is a container and in what state.
  hooks_.inspect(event.container, true);
  sink.container_changed(container);
  return &entry;
}

void Inventory::take_inspection(const ContainerId& id, Entry fresh, std::uint64_t asked, SourceSink& sink) {
  const auto known = containers_.find(id);
  // Under the id that was asked for: a container removed meanwhile does not come back.
  if (known == containers_.end() || !(fresh.container.id == id)) return;
  Entry& entry = known->second;
  confirm(entry);
  const bool overtaken = entry.event_at > asked;
  if (overtaken && entry.inspected) return;  // the event has asked for another one
  const bool changed = !(entry.container == fresh.container);
  entry.container = std::move(fresh.container);
  entry.log_path = std::move(fresh.log_path);
  entry.log_options = std::move(fresh.log_options);
  entry.pid = fresh.pid;
  entry.mounts = std::move(fresh.mounts);
  entry.inspected = true;
  entry.stale = overtaken;
  entry.changed_at = ++now_;
  if (changed) sink.container_changed(entry.container);
  hooks_.inspected(id);
}

void Inventory::remove(const ContainerId& id, SourceSink& sink) {
  if (!containers_.contains(id)) return;
  erase(id);
  sink.container_removed(id);
  hooks_.ended(id);
}

void Inventory::begin_listing() {
  ++listing_;
  listing_asked_ = now_;
  listing_under_way_ = true;
  gone_.clear();
  gone_overflow_ = false;
}

bool Inventory::merge(ListReader::Entry& listed, Entry& entry) {
  Container& container = listed.container;
  const bool same = entry.digest == listed.digest && entry.container.state == container.state &&
                    entry.container.health == container.health;
  entry.digest = listed.digest;
  if (same) return false;
  if (entry.inspected) keep_inspected(container, entry.container);
  const bool changed = !(entry.container == container);
  if (changed) entry.stale = true;
  entry.container = std::move(container);
  if (!entry.container.is_running()) entry.pid = 0;  // the number may be another process's from now on
  return changed;
}

Task<> Inventory::take_list(HostId host, std::vector<ListReader::Entry> listed, bool whole, SourceSink& sink) {
  std::vector<Container> told;
  std::vector<ContainerId> to_inspect;
  std::size_t done = 0;
  for (ListReader::Entry& one : listed) {
    if (++done % turn_size == 0) co_await let_others();
    const ContainerId id = one.container.id;
    if (gone_.contains(id)) continue;
    const auto known = containers_.find(id);
    if (known == containers_.end() && (gone_overflow_ || containers_.size() >= most_containers)) continue;
    const auto [at, made] = containers_.try_emplace(id);
    Entry& entry = at->second;
    entry.listed_in = listing_;
    if (made)
      entry.confirmed = true;
    else
      confirm(entry);
    // While there was no session it may have been started anew, which the list does not tell.
    if (whole) entry.stale = true;
    // What changed it since the list was asked for is newer than the list.
    if (entry.changed_at <= listing_asked_) {
      const bool could_write = may_write(entry.container);
      const bool changed = merge(one, entry);
      if (changed && !whole) sink.container_changed(entry.container);
      if (could_write && !made && !may_write(entry.container)) hooks_.ended(id);
      if (may_write(entry.container) && (!entry.inspected || entry.stale)) to_inspect.push_back(id);
    }
    if (whole) told.push_back(entry.container);
  }
  sweep(whole, told, sink);
  listing_under_way_ = false;
  gone_.clear();
  if (whole) co_await sink.containers_listed(std::move(host), std::move(told));
  for (const ContainerId& id : to_inspect) hooks_.inspect(id, false);
}

/// Removes what the list does not have.
void Inventory::sweep(bool whole, std::vector<Container>& told, SourceSink& sink) {
  std::vector<ContainerId> gone;
  for (const auto& [id, entry] : containers_) {
    if (entry.listed_in == listing_) continue;
    if (entry.event_at <= listing_asked_)
      gone.push_back(id);
    else if (whole)
      told.push_back(entry.container);
  }
  for (const ContainerId& id : gone) {
    erase(id);
    if (!whole) sink.container_removed(id);
    hooks_.ended(id);
  }
}

}  // namespace taffrail::docker
