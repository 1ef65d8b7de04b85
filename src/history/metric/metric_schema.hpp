#pragma once

#include <array>

#include "store/migration.hpp"

namespace taffrail::history {

/// The tables of metrics.db (docs/formats/metrics.md). The id of a series is never given twice, so what is left of one
/// that was forgotten is nobody else's.
inline constexpr std::array metric_schema{
    store::Migration{"series, frames, blocks and events", R"sql(
      CREATE TABLE series(
        id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, container TEXT NOT NULL,
        UNIQUE(host, container)) STRICT;
      CREATE TABLE frame(
        id INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER NOT NULL, step INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
      CREATE INDEX frame_of_chunk ON frame(chunk, step);
      CREATE TABLE block(
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL, level INTEGER NOT NULL, window INTEGER NOT NULL,
        bytes BLOB NOT NULL) STRICT;
      CREATE UNIQUE INDEX block_of_series ON block(series, level, window);
      CREATE INDEX block_by_window ON block(level, window);
      CREATE TABLE event(
        id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL, time INTEGER NOT NULL, action TEXT NOT NULL,
        attributes TEXT NOT NULL) STRICT;
      CREATE UNIQUE INDEX event_of_series ON event(series, time, action);
      CREATE INDEX event_by_time ON event(time, id);
    )sql"},
    store::Migration{"the time that ages go by", R"sql(
      CREATE TABLE age(id INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
    )sql"},
};

}  // namespace taffrail::history
