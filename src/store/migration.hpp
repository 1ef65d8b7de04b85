#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "store/connection.hpp"

namespace taffrail::store {

/// One step of a schema: statements, separated by semicolons, that take it from version N-1 to N, N being the step's
/// place in its list, from 1 on. What was ever released is never changed, only followed by another.
struct Migration {
  std::string_view what;  ///< for messages, such as "rules get a schedule"
  std::string_view sql;
};

/// The version of the file's schema, 0 for an empty file. Refused: a newer one than `known` (unsupported), and a file
/// of another program's (conflict). Writes nothing.
/// @param application what marks the file as ours: SQLite's application_id
[[nodiscard]] Result<std::size_t> schema_version(Connection& connection, std::uint32_t application, std::size_t known);

/// Takes the schema from `version` to the last one, all steps in one transaction: a step that fails leaves the file as
/// it was.
[[nodiscard]] Result<> migrate(Connection& connection, std::uint32_t application, std::size_t version,
                               std::span<const Migration> migrations);

}  // namespace taffrail::store
