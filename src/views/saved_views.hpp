#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/queue_levels.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "store/store.hpp"

namespace taffrail::views {

/// A log view under a name.
struct SavedView {
  std::int64_t id = 0;
  std::int64_t version = 0;  ///< from 1 on; rises with every change
  std::string name;
  std::string shows;  ///< a JSON object: which containers, filter, range, columns
  Time created;
  Time changed;
};

/// The views that are saved on this server, for all who use it. Lives on the owner thread.
class SavedViews {
 public:
  /// Views; together with `most_bytes` of each it bounds the table, and the answer that lists it, to 8 MiB.
  static constexpr std::int64_t most = 500;
  /// Bytes of a name and of what a view shows.
  static constexpr std::size_t most_name = 200;
  static constexpr std::size_t most_bytes = 16UZ << 10;

  /// Opens `views.db` in a directory. Errors: those of store::open_database.
  [[nodiscard]] static Result<std::unique_ptr<store::Store>> open_store(const Executor& owner,
                                                                        const std::filesystem::path& directory);

  /// @param workers, clock must outlive this
  SavedViews(std::unique_ptr<store::Store> store, WorkerPool& workers, const Clock& clock)
      : store_(std::move(store)), workers_(workers), clock_(clock) {}

  /// In the order of their names, whatever their case.
  [[nodiscard]] Task<Result<std::vector<SavedView>>> all();
  /// Errors: not_found.
  [[nodiscard]] Task<Result<SavedView>> find(std::int64_t id);
  /// Errors: conflict where there are `most`; too_large for what is longer than a view may be.
  [[nodiscard]] Task<Result<SavedView>> add(std::string name, std::string shows);
  /// @param version that the caller has seen. Errors: not_found; conflict where it is another one by now; too_large.
  [[nodiscard]] Task<Result<SavedView>> replace(std::int64_t id, std::int64_t version, std::string name,
                                                std::string shows);
  /// Errors: not_found.
  [[nodiscard]] Task<Result<>> remove(std::int64_t id);

  /// Writes what waits. Nothing may be asked afterwards.
  [[nodiscard]] Task<> close() { return store_->close(); }

 private:
  std::unique_ptr<store::Store> store_;
  WorkerPool& workers_;
  const Clock& clock_;
};

}  // namespace taffrail::views
