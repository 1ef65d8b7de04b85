#include "views/saved_views.hpp"

#include <array>
#include <optional>
#include <utility>

#include "store/migration.hpp"

namespace taffrail::views {
namespace {

/// The table of views.db. Times are nanoseconds since 1970; an id is never given twice.
constexpr std::array schema{store::Migration{"saved views", R"sql(
  CREATE TABLE view(
    id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, name TEXT NOT NULL, shows TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL);
)sql"}};

std::int64_t to_number(Time time) { return time.time_since_epoch().count(); }
Time to_time(std::int64_t number) { return Time(Duration(number)); }

SavedView view_in(const store::Statement& row) {
  return {.id = row.integer(0),
          .version = row.integer(1),
          .name = std::string(row.text(2)),
          .shows = std::string(row.text(3)),
          .created = to_time(row.integer(4)),
          .changed = to_time(row.integer(5))};
}

std::unexpected<Error> missing(std::int64_t id) {
  return fail(ErrorCode::not_found, "there is no saved view " + std::to_string(id));
}

Result<SavedView> view_of(store::Snapshot& snapshot, std::int64_t id) {
  auto rows = snapshot.query("SELECT id, version, name, shows, created, changed FROM view WHERE id = ?1", id);
  if (!rows) return forward(rows);
  auto row = rows->step();
  if (!row) return forward(row);
  if (!*row) return missing(id);
  return view_in(*rows);
}

Result<> check(const std::string& name, const std::string& shows) {
  if (name.size() > SavedViews::most_name)
    return fail(ErrorCode::too_large,
                "the name of a view may have " + std::to_string(SavedViews::most_name) + " bytes");
  if (shows.size() > SavedViews::most_bytes)
    return fail(ErrorCode::too_large, "a view may have " + std::to_string(SavedViews::most_bytes) + " bytes");
  return {};
}

}  // namespace

Result<std::unique_ptr<store::Store>> SavedViews::open_store(const Executor& owner,
                                                             const std::filesystem::path& directory) {
  store::StoreOptions wanted;
  wanted.file.path = directory / "views.db";
  wanted.file.migrations = schema;
  return store::Store::open(owner, std::move(wanted));
}

Task<Result<std::vector<SavedView>>> SavedViews::all() {
  co_return co_await store_->read(workers_, [](store::Snapshot& snapshot) -> Result<std::vector<SavedView>> {
    auto rows =
        snapshot.query("SELECT id, version, name, shows, created, changed FROM view ORDER BY name COLLATE NOCASE, id");
    if (!rows) return forward(rows);
    std::vector<SavedView> views;
    for (;;) {
      auto row = rows->step();
      if (!row) return forward(row);
      if (!*row) return views;
      views.push_back(view_in(*rows));
    }
  });
}

Task<Result<SavedView>> SavedViews::find(std::int64_t id) {
  co_return co_await store_->read(workers_, [id](store::Snapshot& snapshot) { return view_of(snapshot, id); });
}

Task<Result<SavedView>> SavedViews::add(std::string name, std::string shows) {
  if (auto fits = check(name, shows); !fits) co_return forward(fits);
  const std::int64_t now = to_number(clock_.now());
  const std::size_t bytes = shows.size();
  co_return co_await store_->write(
      [name = std::move(name), shows = std::move(shows), now](store::Transaction& t) -> Result<SavedView> {
        auto done = t.run(
            "INSERT INTO view(version, name, shows, created, changed) SELECT 1, ?1, ?2, ?3, ?3 "
            "WHERE (SELECT count(*) FROM view) < ?4",
            name, shows, now, most);
        if (!done) return forward(done);
        if (t.changed_rows() == 0)
          return fail(ErrorCode::conflict,
                      "there are " + std::to_string(most) + " saved views already: remove some first");
        return view_of(t, t.last_row());
      },
      bytes);
}

Task<Result<SavedView>> SavedViews::replace(std::int64_t id, std::int64_t version, std::string name,
                                            std::string shows) {
  if (auto fits = check(name, shows); !fits) co_return forward(fits);
  const std::int64_t now = to_number(clock_.now());
  const std::size_t bytes = shows.size();
  co_return co_await store_->write(
      [id, version, name = std::move(name), shows = std::move(shows), now](store::Transaction& t) -> Result<SavedView> {
        auto done = t.run(
            "UPDATE view SET version = version + 1, name = ?3, shows = ?4, changed = ?5 WHERE id = ?1 AND version = ?2",
            id, version, name, shows, now);
        if (!done) return forward(done);
        const bool changed = t.changed_rows() > 0;
        auto view = view_of(t, id);
        if (!view || changed) return view;
        return fail(ErrorCode::conflict, "the view '" + view->name + "' has been changed meanwhile: it has version " +
                                             std::to_string(view->version) + " now, not " + std::to_string(version));
      },
      bytes);
}

Task<Result<>> SavedViews::remove(std::int64_t id) {
  auto gone = co_await store_->write([id](store::Transaction& t) -> Result<std::int64_t> {
    auto done = t.run("DELETE FROM view WHERE id = ?1", id);
    if (!done) return forward(done);
    if (t.changed_rows() == 0) return missing(id);
    return id;
  });
  if (!gone) co_return forward(gone);
  co_return Result<>();
}

}  // namespace taffrail::views
