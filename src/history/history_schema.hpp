#pragma once

#include <array>

#include "store/migration.hpp"

namespace taffrail::history {

/// The tables of history.db (docs/formats/history.md). Times are nanoseconds since 1970. The id of a block is never
/// given twice, so what is known of one stays true.
inline constexpr std::array history_schema{
    store::Migration{"logs, their blocks and what is missing between them", R"sql(
      CREATE TABLE log(
        id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, container TEXT NOT NULL, about TEXT NOT NULL,
        removed INTEGER, last_seq INTEGER NOT NULL, last_place INTEGER NOT NULL, UNIQUE(host, container)) STRICT;
      CREATE TABLE block(
        id INTEGER PRIMARY KEY AUTOINCREMENT, log INTEGER NOT NULL, kind INTEGER NOT NULL,
        first_seq INTEGER NOT NULL, first_place INTEGER NOT NULL, last_seq INTEGER NOT NULL, last_place INTEGER NOT NULL,
        least INTEGER NOT NULL, greatest INTEGER NOT NULL, lines INTEGER NOT NULL, raw INTEGER NOT NULL,
        size INTEGER NOT NULL, levels INTEGER NOT NULL, roll_up BLOB NOT NULL) STRICT;
      CREATE UNIQUE INDEX block_of_log ON block(log, last_seq);
      CREATE INDEX block_by_place ON block(last_place);
      CREATE TABLE part(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
      CREATE TABLE filter(block INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
      CREATE TABLE gap(
        id INTEGER PRIMARY KEY, log INTEGER NOT NULL, after_seq INTEGER, after_place INTEGER, before_seq INTEGER NOT NULL,
        before_place INTEGER NOT NULL, lines INTEGER, reason TEXT NOT NULL) STRICT;
      CREATE UNIQUE INDEX gap_of_log ON gap(log, before_seq);
    )sql"},
    store::Migration{"the time that ages go by", R"sql(
      CREATE TABLE age(id INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
    )sql"},
};

}  // namespace taffrail::history
