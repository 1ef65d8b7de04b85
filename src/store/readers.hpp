#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/fair_places.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"
#include "store/connection.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {

/// The connections that read, each for one reading at a time, opened when first needed. On the owner thread, but for
/// the readings themselves.
///
/// Held by shared_ptr although it changes: a reading on a worker may come to its end after the store did, and gives
/// back its connection here.
class Readers {
 public:
  Readers(const Executor& owner, std::filesystem::path path)
      : path_(std::move(path)), places_(owner, limits::readers), all_back_(owner) {}

  /// Waits for a free place, which goes to whoever has read least. Null: closed. The connection in it is opened by who
  /// uses it first, on a worker.
  struct Place {
    std::optional<Connection> connection;
    FairPlaces::Asker* asker = nullptr;  // who has it
    Duration took{};                     // their reading
  };
  Task<std::unique_ptr<Place>> take(FairPlaces::Asker* asker);
  /// Gives the place back when it ends.
  class Lease {
   public:
    Lease(std::shared_ptr<Readers> readers, std::unique_ptr<Place> place)
        : readers_(std::move(readers)), place_(std::move(place)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (place_) readers_->give_back(std::move(place_));
    }
    explicit operator bool() const { return place_ != nullptr; }
    Place& operator*() const { return *place_; }

   private:
    std::shared_ptr<Readers> readers_;
    std::unique_ptr<Place> place_;
  };

  /// Runs `body` in a read transaction on this thread, opening the connection first where that is needed.
  [[nodiscard]] Result<> run(Place& place, const std::function<Result<>(Connection&)>& body) const;

  /// No more readings: those that run are ended at once, their tasks are told timeout.
  void close();
  /// Waits until every place has been given back.
  Task<> all_back();

 private:
  void give_back(std::unique_ptr<Place> place);

  std::filesystem::path path_;
  FairPlaces places_;
  SignalFlag all_back_;
  std::vector<std::unique_ptr<Place>> idle_;
  std::size_t busy_ = 0;
  std::atomic<bool> closed_{false};
};

}  // namespace taffrail::store
