#include "store/readers.hpp"

#include "store/database_file.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {

Task<std::unique_ptr<Readers::Place>> Readers::take() {
  while (!closed_ && busy_ >= limits::readers) co_await changed_.wait();
  if (closed_) co_return nullptr;
  ++busy_;
  if (idle_.empty()) co_return std::make_unique<Place>();
  std::unique_ptr<Place> place = std::move(idle_.back());
  idle_.pop_back();
  co_return place;
}

void Readers::give_back(std::unique_ptr<Place> place) {
  --busy_;
  if (!closed_) idle_.push_back(std::move(place));
  changed_.notify();
}

Result<> Readers::run(Place& place, const std::function<Result<>(Connection&)>& body) const {
  if (!place.connection) {
    auto opened = Connection::open(path_, Connection::Mode::read);
    if (!opened) return forward(opened);
    place.connection.emplace(std::move(*opened));
  }
  Connection& connection = *place.connection;
  connection.set_deadline(std::chrono::steady_clock::now() + limits::read_limit, &closed_);
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
  if (!outcome && outcome.error().code == ErrorCode::damaged) suspect(path_);
  return outcome;
}

void Readers::close() {
  closed_ = true;
  idle_.clear();
  changed_.notify();
}

Task<> Readers::all_back() {
  while (busy_ > 0) co_await changed_.wait();
}

}  // namespace taffrail::store
