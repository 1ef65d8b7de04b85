#pragma once

#include <array>

#include "store/migration.hpp"

namespace taffrail::alert {

/// The tables of alerts.db. An origin is the file that a row comes from, empty for the API. Times are nanoseconds since
/// 1970, texts that end in `json` are objects of the API, groups are named by their values as a JSON array. An id is
/// never given twice.
inline constexpr std::array alert_schema{
    store::Migration{"rules, destinations, what they remember and what is to be sent", R"sql(
      CREATE TABLE installation(name TEXT NOT NULL);
      INSERT INTO installation SELECT lower(hex(randomblob(6)));
      CREATE TABLE rule(
        id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, json TEXT NOT NULL,
        origin TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, changed INTEGER NOT NULL, matches INTEGER NOT NULL DEFAULT 0, last_match INTEGER);
      CREATE TABLE rule_version(
        rule INTEGER NOT NULL, version INTEGER NOT NULL, time INTEGER NOT NULL, author TEXT NOT NULL,
        json TEXT NOT NULL, PRIMARY KEY(rule, version)) WITHOUT ROWID;
      CREATE TABLE destination(
        id INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL, origin TEXT NOT NULL DEFAULT '',
        created INTEGER NOT NULL, changed INTEGER NOT NULL);
      CREATE TABLE silence(
        id INTEGER PRIMARY KEY AUTOINCREMENT, filter TEXT NOT NULL, until INTEGER NOT NULL, comment TEXT NOT NULL,
        created INTEGER NOT NULL);
      CREATE TABLE cursor(
        container TEXT PRIMARY KEY, time INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE alive(only INTEGER PRIMARY KEY CHECK(only = 1), time INTEGER NOT NULL);
      CREATE TABLE grp(
        rule INTEGER NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL, container TEXT NOT NULL,
        alert INTEGER NOT NULL, untold INTEGER NOT NULL, touched INTEGER NOT NULL,
        PRIMARY KEY(rule, name)) WITHOUT ROWID;
      CREATE TABLE alert(
        id INTEGER PRIMARY KEY AUTOINCREMENT, rule INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,
        container TEXT NOT NULL, started INTEGER NOT NULL, changed INTEGER NOT NULL, ended INTEGER,
        count INTEGER NOT NULL, escalate INTEGER, author TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
        json TEXT NOT NULL);
      CREATE INDEX alert_by_state ON alert(state, id);
      CREATE TABLE notification(
        id INTEGER PRIMARY KEY AUTOINCREMENT, alert INTEGER NOT NULL, rule INTEGER NOT NULL, container TEXT NOT NULL,
        kind TEXT NOT NULL, time INTEGER NOT NULL, json TEXT NOT NULL);
      CREATE INDEX notification_by_rule ON notification(rule, id);
      CREATE TABLE delivery(
        notification INTEGER NOT NULL, destination INTEGER NOT NULL, lane TEXT NOT NULL, state INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL, deadline INTEGER NOT NULL, status INTEGER,
        error TEXT NOT NULL DEFAULT '', changed INTEGER NOT NULL,
        PRIMARY KEY(destination, notification)) WITHOUT ROWID;
      CREATE INDEX delivery_of ON delivery(notification);
      CREATE INDEX delivery_pending ON delivery(destination, notification) WHERE state = 0;
      CREATE INDEX delivery_lane ON delivery(destination, lane, notification) WHERE state = 0;
      CREATE TABLE attempt(
        id INTEGER PRIMARY KEY, notification INTEGER NOT NULL, destination INTEGER NOT NULL, time INTEGER NOT NULL,
        outcome INTEGER NOT NULL, status INTEGER, error TEXT NOT NULL, answer TEXT NOT NULL, took INTEGER NOT NULL);
      CREATE INDEX attempt_of ON attempt(notification, destination);
    )sql"},
    store::Migration{"the lines around those with which alerts begin, and who has said what of them", R"sql(
      CREATE TABLE alert_line(
        alert INTEGER NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY(alert, seq)) WITHOUT ROWID;
      CREATE TABLE acknowledgement(
        id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, time INTEGER NOT NULL, author TEXT NOT NULL,
        comment TEXT NOT NULL);
      CREATE INDEX acknowledgement_of ON acknowledgement(alert, id);
      CREATE INDEX notification_by_alert ON notification(alert, id);
    )sql"},
};

}  // namespace taffrail::alert
