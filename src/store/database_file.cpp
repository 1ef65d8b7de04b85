#include "store/database_file.hpp"

#include <condition_variable>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <sqlite3.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "base/time_format.hpp"

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const char* suffix) { return path.string() + suffix; }

/// An empty file beside the database: `suspect` was called since it was last found whole or set aside.
constexpr const char* suspect_suffix = "-suspect";

/// Ends what a connection does when the time is up. SQLite's check asks no progress handler while it walks the trees,
/// only whether it was interrupted; and an interruption before a statement begins is forgotten, so it is repeated.
class Alarm {
 public:
  Alarm(sqlite3* database, std::chrono::milliseconds limit)
      : thread_([this, database, limit] {
          std::unique_lock lock(mutex_);
          auto wait = limit;
          while (!changed_.wait_for(lock, wait, [&] { return over_; })) {
            sqlite3_interrupt(database);
            wait = std::chrono::milliseconds(10);
          }
        }) {}
  ~Alarm() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

/// Whether SQLite's own check finds the file whole. Nothing: its time was up. Without a limit it takes what it takes.
Result<std::optional<bool>> check(Connection& connection, std::optional<std::chrono::milliseconds> limit,
                                  std::string& damage) {
  if (limit && limit->count() <= 0) return std::optional<bool>();
  auto statement = connection.prepare("PRAGMA quick_check(1)");
  if (!statement) return forward(statement);
  std::optional<Alarm> alarm;
  if (limit) alarm.emplace(connection.handle(), *limit);
  auto row = statement->step();
  alarm.reset();
  if (!row && row.error().code == ErrorCode::timeout) return std::optional<bool>();
  if (!row) return forward(row);
  damage = *row ? std::string(statement->text(0)) : "the check answered nothing";
  return std::optional(damage == "ok");
}

/// Moves the database and its log to names that no file has. The log goes first: left behind, it would be taken for the
/// new database's.
Result<fs::path> set_aside(const fs::path& path) {
  // A name that can be typed: 2026-11-26T17:00:00.…Z without its colons and fraction.
  std::string stamp = to_rfc3339(std::chrono::system_clock::now()).substr(0, 19);
  std::erase(stamp, ':');
  std::erase(stamp, '-');
  fs::path target = fmt::format("{}.damaged-{}", path.string(), stamp);
  std::error_code error;
  for (int i = 2; fs::exists(target, error); ++i) target = fmt::format("{}.damaged-{}-{}", path.string(), stamp, i);
  fs::remove(beside(path, "-shm"), error);  // an index of the log that is made anew
  fs::remove(beside(path, suspect_suffix), error);
  for (const char* suffix : {"-wal", ""}) {
    if (!fs::exists(beside(path, suffix), error)) continue;
    fs::rename(beside(path, suffix), beside(target, suffix), error);
    if (error)
      return std::unexpected(system_error("set " + path.string() + " aside as " + target.string(), error.value()));
  }
  return target;
}

/// What a new file is laid out by. It has to be said before the first table is made.
Result<> lay_out(Connection& connection) {
  for (const std::string& pragma :
       {fmt::format("PRAGMA page_size={}", limits::page_bytes), std::string("PRAGMA auto_vacuum=INCREMENTAL")}) {
    auto set = connection.run(pragma);
    if (!set) return set;
  }
  return {};
}

Result<> set_up_writing(Connection& connection) {
  for (const std::string& pragma :
       {std::string("PRAGMA journal_mode=WAL"), std::string("PRAGMA synchronous=NORMAL"),
        // Debian's SQLite writes zeros over every page that is deleted, which costs as much as to write it did. What
        // lies on pages that are written anyhow is overwritten.
        std::string("PRAGMA secure_delete=FAST"),
        // The writer itself moves the log to the file, between two groups.
        std::string("PRAGMA wal_autocheckpoint=0"), fmt::format("PRAGMA journal_size_limit={}", limits::log_bytes)}) {
    auto set = connection.run(pragma);
    if (!set) return set;
  }
  return {};
}

Result<OpenedDatabase> open_once(const DatabaseFile& file) {
  auto connection = Connection::open(file.path, Connection::Mode::create);
  if (!connection) return forward(connection);
  OpenReport report;
  // Until the file is known to be ours and readable, closing it must not move its log into it.
  sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto version = schema_version(*connection, file.application, file.migrations.size());
  if (!version) return forward(version);
  report.version_found = *version;
  if (*version == 0) {
    auto done = lay_out(*connection);
    if (!done) return forward(done);
  } else {
    std::error_code ignored;
    const bool suspected = fs::exists(beside(file.path, suspect_suffix), ignored);
    auto whole = check(*connection, suspected ? std::nullopt : std::optional(file.check_limit), report.damage);
    if (!whole) return forward(whole);
    report.checked_whole = whole->has_value();
    if (*whole && !**whole) return fail(ErrorCode::damaged, report.damage);
    report.damage.clear();
    if (*whole) fs::remove(beside(file.path, suspect_suffix), ignored);
  }
  sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  auto done = set_up_writing(*connection);
  if (done) done = migrate(*connection, file.application, *version, file.migrations);
  if (!done) return forward(done);
  return OpenedDatabase{std::move(*connection), std::move(report)};
}

}  // namespace

Result<OpenedDatabase> open_database(const DatabaseFile& file) {
  auto opened = open_once(file);
  if (opened || opened.error().code != ErrorCode::damaged) return opened;
  auto target = set_aside(file.path);
  if (!target) return forward(target);
  std::string damage = std::move(opened.error().detail);
  opened = open_once(file);
  if (!opened) return opened;
  opened->report.set_aside = std::move(*target);
  opened->report.damage = std::move(damage);
  return opened;
}

void suspect(const fs::path& path) {
  // On a disk that cannot even take this there is nothing more to do; the message was given.
  const int file = ::open(beside(path, suspect_suffix).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

}  // namespace taffrail::store
