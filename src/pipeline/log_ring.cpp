#include "pipeline/log_ring.hpp"

#include <algorithm>

namespace taffrail {
namespace {

/// What an entry and its place in the containers take besides its batch.
constexpr std::size_t entry_overhead = sizeof(LogRing::Entry) + sizeof(ClassifiedBatch) + 64;

std::size_t memory_of(const LogRing::Entry& entry) {
  std::size_t bytes = entry_overhead + entry.batch->memory();
  for (const auto& view : entry.views) bytes += sizeof(LogRing::View) + (view->batch ? view->batch->memory() : 0);
  return bytes;
}

}  // namespace

void RingMemory::resize(LogRing& ring, std::size_t before, std::size_t after) {
  if (before > 0) by_size_.erase({before, &ring});
  if (after > 0) by_size_.emplace(after, &ring);
  bytes_ += after - before;
}

void RingMemory::trim() {
  // From the largest down; one whose old end is held is passed over, its publisher will wait.
  auto largest = by_size_.rbegin();
  while (bytes_ > bound_ && largest != by_size_.rend()) {
    if (largest->second->drop_oldest())
      largest = by_size_.rbegin();
    else
      ++largest;
  }
}

LogRing::~LogRing() { set_bytes(0); }

void LogRing::set_bytes(std::size_t bytes) {
  const std::size_t before = std::exchange(bytes_, bytes);
  if (before != bytes) memory_.resize(*this, before, bytes);
}

void LogRing::push(BatchPtr batch, std::optional<Gap> gap) {
  const auto& records = batch->batch().records;
  const Tally before = end_.tally;
  end_.tally.lines += records.size();
  end_.tally.losses += gap ? 1 : 0;
  if (!records.empty()) end_.last = records.back().seq;
  Held held{std::make_shared<Entry>(Entry{std::move(batch), std::move(gap), before, end_}), 0};
  held.bytes = memory_of(*held.entry);
  const std::size_t bytes = bytes_ + held.bytes;
  entries_.push_back(std::move(held));
  set_bytes(bytes);
  trim();
  memory_.trim();
  notify_followers();
}

void LogRing::recount(std::uint64_t index) {
  if (index < first_index_ || index >= end_index()) return;
  Held& held = entries_[index - first_index_];
  const std::size_t now = memory_of(*held.entry);
  const std::size_t bytes = bytes_ + now - std::exchange(held.bytes, now);
  set_bytes(bytes);
  memory_.trim();
}

bool LogRing::drop_oldest() {
  if (entries_.empty()) return false;
  for (const Follower* follower : followers_)
    if (follower->owed_ && follower->next_ == first_index_) return false;
  const Held& oldest = entries_.front();
  const std::size_t bytes = bytes_ - oldest.bytes;
  last_dropped_ = oldest.entry->end.last;
  dropped_.push_back(oldest.entry->end);
  if (dropped_.size() > dropped_marks) dropped_.pop_front();
  entries_.pop_front();
  ++first_index_;
  set_bytes(bytes);
  return true;
}

/// Drops what is beyond the ring's own bounds, and of what everybody has taken all but a little.
void LogRing::trim() {
  while (entries_.size() > 1 && (bytes_ > most_bytes || entries_.size() > most_entries))
    if (!drop_oldest()) return;
  std::uint64_t taken = end_index();
  for (const Follower* follower : followers_) taken = std::min(taken, follower->next_);
  while (bytes_ > idle_bytes && first_index_ < taken && drop_oldest()) {
  }
}

bool LogRing::has_room() const {
  if (bytes_ <= owed_bytes && memory_.bytes() <= memory_.bound()) return true;
  return std::ranges::none_of(followers_, [this](const Follower* follower) {
    return follower->owed_ && follower->next_ <= first_index_ && !entries_.empty();
  });
}

std::optional<LogRing::Mark> LogRing::mark_among(Seq first, Seq last) const {
  std::optional<Mark> mark;
  const auto held = [](const Held& entry) { return entry.entry->end.last; };
  if (const auto dropped = std::ranges::lower_bound(dropped_, first, {}, &Mark::last); dropped != dropped_.end())
    mark = *dropped;
  else if (const auto entry = std::ranges::lower_bound(entries_, first, {}, held); entry != entries_.end())
    mark = entry->entry->end;
  return mark && mark->last <= last ? mark : std::nullopt;
}

LogRing::Follower::Follower(LogRing& ring, SignalFlag& flag, std::uint64_t next, bool owed, Duration patience)
    : ring_(ring),
      flag_(flag),
      next_(next),
      owed_(owed),
      patience_(patience),
      self_(ring.followers_.insert(ring.followers_.end(), this)) {
  ring_.on_joined_();
}

LogRing::Follower::~Follower() {
  ring_.followers_.erase(self_);
  if (owed_) ring_.moved_.notify();
}

void LogRing::Follower::move_to(std::uint64_t next) {
  next_ = next;
  if (owed_) ring_.moved_.notify();
}

Duration LogRing::patience() const {
  if (followers_.empty()) return {};
  return (*std::ranges::min_element(followers_, {}, &Follower::patience_))->patience_;
}

void LogRing::notify_followers() {
  for (const Follower* follower : followers_) follower->flag_.notify();
}

void LogRing::add_queues(QueueLevels& levels) const {
  levels.add("log_ring_bytes", bytes_, most_bytes);
  levels.add("log_ring_batches", entries_.size(), most_entries);
  for (const Follower* follower : followers_) {
    if (follower->next_ == not_in_ring) continue;
    const std::uint64_t behind = end_index() - std::max(follower->next_, first_index_);
    levels.add("viewer_batches", static_cast<std::size_t>(behind), most_entries);
  }
}

}  // namespace taffrail
