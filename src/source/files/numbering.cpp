#include "source/files/numbering.hpp"

#include <algorithm>

#include "source/sequencer.hpp"

namespace taffrail::files {
namespace {

/// What the file before may still grow after its successor was first seen: its writer reopens the path a little later.
constexpr std::uint64_t room_to_grow = 64 << 20;

}  // namespace

Numbering::Generation& Numbering::find(const FileStatus& status) {
  const auto known = std::ranges::find(generations_, status.identity, &Generation::identity);
  if (known != generations_.end()) return *known;
  Generation fresh{status.identity, {}, status.size};
  fresh.place.base = status.has_birth() ? Sequencer::first_of(status.identity.born) : 0;
  // An older file that is found later, such as a rotated one when somebody scrolls back, must end below the next.
  auto next = std::ranges::find_if(generations_, [&](const Generation& generation) {
    return status.has_birth() && generation.identity.born > status.identity.born;
  });
  if (next != generations_.begin()) {
    const Generation& before = *std::prev(next);
    fresh.place.base = std::max(fresh.place.base, before.place.base + before.size + room_to_grow);
  }
  if (next != generations_.end()) {
    const Seq end = next->place.base;
    fresh.place.base = std::min(fresh.place.base, end > status.size ? end - status.size : 0);
  }
  next = generations_.insert(next, fresh);
  if (generations_.size() > max_generations && next != generations_.begin()) {
    next = std::prev(next);
    generations_.erase(generations_.begin());
  }
  return *next;
}

void Numbering::start_over(Generation& generation, std::uint64_t size) {
  generation.place.base += generation.size;
  generation.place.epoch += 1;
  generation.size = size;
}

Result<Numbering::Look> Numbering::look(const OpenFile& file) {
  const std::scoped_lock lock(mutex_);
  auto status = file.status();
  if (!status) return forward(status);
  Generation& generation = find(*status);
  if (status->size < generation.size)
    start_over(generation, status->size);
  else
    generation.size = status->size;
  return Look{*status, generation.place};
}

void Numbering::reached(const FileIdentity& identity, std::uint32_t epoch, std::uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  const auto known = std::ranges::find(generations_, identity, &Generation::identity);
  if (known != generations_.end() && known->place.epoch == epoch) known->size = std::max(known->size, offset);
}

Result<Numbering::Look> Numbering::truncated(const OpenFile& file, std::uint32_t epoch) {
  const std::scoped_lock lock(mutex_);
  auto status = file.status();
  if (!status) return forward(status);
  Generation& generation = find(*status);
  if (generation.place.epoch == epoch) start_over(generation, status->size);
  return Look{*status, generation.place};
}

Numbering::Place Numbering::above(const FileStatus& status, Seq floor) {
  const std::scoped_lock lock(mutex_);
  Generation& generation = find(status);
  if (generation.place.base <= floor) {
    generation.place.base = floor + room_to_grow;
    generation.place.epoch += 1;
  }
  return generation.place;
}

}  // namespace taffrail::files
