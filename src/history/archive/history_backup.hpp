#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "history/archive/archive_file.hpp"

namespace taffrail::history {

/// Copies a history.db or a metrics.db as it stands at this moment to a new file, while a server works with it. The
/// copy has its name once it is whole and on the disk; it stands alone, and is what it was copied from. Errors:
/// conflict when there is such a file, and the store's.
///
/// It is one reading (docs/adr/0030-durability.md): what is written meanwhile stays in the write-ahead log until it
/// ends.
[[nodiscard]] Result<> back_up(const std::filesystem::path& file, ArchiveOf what, const std::filesystem::path& target);

}  // namespace taffrail::history
