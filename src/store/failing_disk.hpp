#pragma once

// A disk for tests that fails, kills or is slow on demand: SQLite's own file system with another write function. It is
// SQLite's default as long as this lives, for connections opened meanwhile; those must be closed before. Files are
// opened by one thread.

#include <atomic>
#include <chrono>
#include <csignal>
#include <limits>
#include <map>
#include <sqlite3.h>
#include <thread>
#include <unistd.h>

namespace taffrail::store {

class FailingDisk {
 public:
  FailingDisk() : original_(sqlite3_vfs_find(nullptr)), mine_(*original_) {
    mine_.zName = "failing-disk";
    mine_.xOpen = &open;
    sqlite3_vfs_register(&mine_, 1);
    here_ = this;
  }
  ~FailingDisk() {
    sqlite3_vfs_unregister(&mine_);
    sqlite3_vfs_register(original_, 1);
    here_ = nullptr;
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  /// After `writes` more writes every one fails with that result of SQLite's.
  void fail_after(long writes, int code) {
    code_ = code;
    left_ = writes;
  }
  void mend() { left_ = std::numeric_limits<long>::max(); }
  /// After `writes` more writes the process is killed by the next one, which is not done.
  void kill_after(long writes) { fail_after(writes, killed); }
  /// Every write takes so much longer.
  void slow_by(std::chrono::microseconds time) { slowness_ = time.count(); }
  [[nodiscard]] bool has_failed() const { return left_ < 0; }

 private:
  static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = here_->original_->xOpen(here_->original_, name, file, flags, out_flags);
    if (code != SQLITE_OK || !file->pMethods) return code;
    // Databases have other functions for locks than logs do; they write by the same one.
    const auto [known, is_new] = here_->methods_.try_emplace(file->pMethods, *file->pMethods);
    if (is_new) {
      here_->write_ = file->pMethods->xWrite;
      known->second.xWrite = &write;
    }
    file->pMethods = &known->second;
    return code;
  }
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    if (const long slowness = here_->slowness_; slowness > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(slowness));
    if (--here_->left_ < 0) {
      if (here_->code_ == killed) (void)::kill(::getpid(), SIGKILL);
      return here_->code_;
    }
    return here_->write_(file, data, size, offset);
  }

  static constexpr int killed = -1;  // no result of SQLite's
  static inline FailingDisk* here_ = nullptr;

  sqlite3_vfs* original_;
  sqlite3_vfs mine_;
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;  // ours by the original ones
  int (*write_)(sqlite3_file*, const void*, int, sqlite3_int64) = nullptr;
  std::atomic<long> left_{std::numeric_limits<long>::max()};
  std::atomic<int> code_{SQLITE_FULL};
  std::atomic<long> slowness_{0};  // in microseconds
};

}  // namespace taffrail::store
