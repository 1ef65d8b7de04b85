#include "store/write_queue.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "store/store_limits.hpp"

namespace taffrail::store {

bool WriteQueue::fits(std::size_t bytes) const {
  // What is larger than the bound is let in alone: it would wait for ever otherwise.
  if (depth_ == 0) return true;
  return depth_ < limits::queued_transactions && bytes_ + bytes <= limits::queued_bytes;
}

Task<std::optional<WriteQueue::Room>> WriteQueue::admit(std::shared_ptr<WriteQueue> queue, std::size_t bytes) {
  while (!queue->closed() && !queue->fits(bytes)) co_await queue->room_.wait();
  if (queue->closed()) co_return std::nullopt;
  ++queue->depth_;
  queue->bytes_ += bytes;
  co_return Room(std::move(queue), bytes);
}

bool WriteQueue::put(std::unique_ptr<WriteJob>& job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::unique_ptr<WriteJob> WriteQueue::take_back(const WriteJob* job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(jobs_, job, &std::unique_ptr<WriteJob>::get);
  if (found == jobs_.end()) return nullptr;
  std::unique_ptr<WriteJob> taken = std::move(*found);
  jobs_.erase(found);
  return taken;
}

void WriteQueue::release(std::size_t bytes) {
  --depth_;
  bytes_ -= bytes;
  room_.notify();
}

std::deque<std::unique_ptr<WriteJob>> WriteQueue::close(bool drop) {
  std::deque<std::unique_ptr<WriteJob>> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped_ = dropped_ || drop;
    if (drop) dropped.swap(jobs_);
  }
  changed_.notify_one();
  room_.notify();
  return dropped;
}

std::deque<std::unique_ptr<WriteJob>> WriteQueue::take(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [&] { return !jobs_.empty() || closed_ || woken_; });
  woken_ = false;
  std::deque<std::unique_ptr<WriteJob>> group;
  if (jobs_.size() <= limits::group_transactions) {
    group.swap(jobs_);
    return group;
  }
  const auto end = jobs_.begin() + static_cast<std::ptrdiff_t>(limits::group_transactions);
  group.assign(std::move_iterator(jobs_.begin()), std::move_iterator(end));
  jobs_.erase(jobs_.begin(), end);
  return group;
}

void WriteQueue::put_back(std::deque<std::unique_ptr<WriteJob>>& jobs) {
  const std::lock_guard lock(mutex_);
  if (dropped_) return;
  jobs_.insert(jobs_.begin(), std::move_iterator(jobs.begin()), std::move_iterator(jobs.end()));
  jobs.clear();
}

bool WriteQueue::closed() {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Task<> WriteQueue::ended() {
  while (!ended_) co_await end_.wait();
}

void WriteQueue::say_ended(std::shared_ptr<WriteQueue> self) {
  const Executor owner = self->owner_;
  asio::post(owner, [self = std::move(self)] {
    self->ended_ = true;
    self->end_.notify();
  });
}

void WriteQueue::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

}  // namespace taffrail::store
