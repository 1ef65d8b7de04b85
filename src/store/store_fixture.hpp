#pragma once

// What the tests of the store share.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/temporary_folder.hpp"
#include "store/store.hpp"

namespace taffrail::store {

inline constexpr Migration note_schema[] = {
    {"notes", "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"}};

inline StoreOptions options_for(const std::filesystem::path& path) {
  StoreOptions options;
  options.file.path = path;
  options.file.migrations = note_schema;
  return options;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Adds one note.
inline auto add_note(std::string text) {
  return [text = std::move(text)](Transaction& t) -> Result<std::int64_t> {
    auto done = t.run("INSERT INTO note(text) VALUES (?1)", text);
    if (!done) return forward(done);
    return t.last_row();
  };
}

/// How many notes there are.
inline Result<std::int64_t> count_notes(Snapshot& snapshot) {
  auto rows = snapshot.query("SELECT count(*) FROM note");
  if (!rows) return forward(rows);
  auto row = rows->step();
  if (!row) return forward(row);
  return rows->integer(0);
}

class StoreFixture : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "notes.db"; }
  std::unique_ptr<Store> open() { return open(options_for(path())); }
  std::unique_ptr<Store> open(StoreOptions options) {
    auto store = Store::open(io_.get_executor(), std::move(options));
    if (!store) throw std::runtime_error(store.error().detail);
    return std::move(*store);
  }

  /// Runs the owner thread until the task has ended, and gives its value.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown, T result) {
      failure = thrown;
      if (!thrown) value.emplace(std::move(result));
      io_.stop();
    });
    io_.run();
    io_.restart();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
  void run(Task<> task) {
    run([](Task<> inner) -> Task<bool> {
      co_await std::move(inner);
      co_return true;
    }(std::move(task)));
  }

  TemporaryFolder folder_;
  asio::io_context io_;
  // A worker may let go of the last piece of work when the next run has begun already, which would end that.
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  WorkerPool workers_{2};
};

}  // namespace taffrail::store
