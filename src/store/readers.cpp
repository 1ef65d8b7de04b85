#include "store/readers.hpp"

#include <algorithm>

#include "store/database_file.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

/// What a reading counts as at least, from when it is asked for. Who asks for many at the same time is so behind who
/// asks for one, also where none of them has read anything yet. About what it takes to unpack a block of 300 KB.
constexpr Duration least_reading = std::chrono::milliseconds(1);

}  // namespace

Task<std::unique_ptr<Readers::Place>> Readers::take(FairPlaces::Asker* asker) {
  if (asker) asker->had += least_reading;
  const bool taken = co_await places_.take(asker);
  if (!taken) co_return nullptr;
  ++busy_;
  std::unique_ptr<Place> place;
  if (idle_.empty()) {
    place = std::make_unique<Place>();
  } else {
    place = std::move(idle_.back());
    idle_.pop_back();
  }
  place->asker = asker;
  place->took = Duration::zero();
  co_return place;
}

void Readers::give_back(std::unique_ptr<Place> place) {
  --busy_;
  if (place->asker) place->asker->had += std::max(place->took - least_reading, Duration::zero());
  if (!closed_) idle_.push_back(std::move(place));
  places_.give_back();
  if (busy_ == 0) all_back_.notify();
}

Result<> Readers::run(Place& place, const std::function<Result<>(Connection&)>& body) const {
  if (!place.connection) {
    auto opened = Connection::open(path_, Connection::Mode::read);
    if (!opened) return forward(opened);
    place.connection.emplace(std::move(*opened));
  }
  Connection& connection = *place.connection;
  const SteadyTime begun = std::chrono::steady_clock::now();
  connection.set_deadline(begun + limits::read_limit, &closed_);
  auto outcome = connection.run("BEGIN");
  if (outcome) {
    // The transaction ends whatever comes of it: a worker's next reading shall see what is written until then.
    struct End {
      Connection& connection;
      ~End() {
        connection.set_deadline(std::nullopt, nullptr);
        connection.abandon_transaction();
      }
    } end{connection};
    outcome = body(connection);
  }
  place.took = std::chrono::steady_clock::now() - begun;
  if (!outcome && outcome.error().code == ErrorCode::damaged) suspect(path_);
  return outcome;
}

void Readers::close() {
  closed_ = true;
  idle_.clear();
  places_.close();
}

Task<> Readers::all_back() {
  while (busy_ > 0) co_await all_back_.wait();
}

}  // namespace taffrail::store
