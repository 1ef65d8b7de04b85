#include "history/archive/history_backup.hpp"

#include "store/backup.hpp"

namespace taffrail::history {

Result<> back_up(const std::filesystem::path& file, ArchiveOf what, const std::filesystem::path& target) {
  auto connection = open_archive(file, what);
  if (!connection) return forward(connection);
  auto copied = in_snapshot(*connection, [&](store::Snapshot& snapshot) -> Result<> {
    // The reading begins with the first row; without it the copy would begin anew at each change.
    auto first = snapshot.query("SELECT count(*) FROM sqlite_schema");
    if (!first) return forward(first);
    if (auto there = first->step(); !there) return forward(there);
    auto copy = store::Backup::begin(*connection, target);
    if (!copy) return forward(copy);
    while (true) {
      auto whole = copy->step();
      if (!whole) return forward(whole);
      if (*whole) return {};
    }
  });
  if (!copied) return copied;
  // So that nothing is made beside it by who only reads it.
  auto copy = store::Connection::open(target, store::Connection::Mode::write);
  if (!copy) return forward(copy);
  return copy->run("PRAGMA journal_mode=DELETE");
}

}  // namespace taffrail::history
