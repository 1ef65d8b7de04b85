#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "store/connection.hpp"

namespace taffrail::store {

// Room on the disk that is taken before it is needed, so that a disk on which others take the last byte stops neither a
// deletion nor what is written in its place. Where the file system copies what it overwrites (btrfs, ZFS) no room is
// sure; there it is as it would be without.

/// Takes room in the file for all pages of the transaction under way; before it is committed. What is in the log can
/// always be moved to the file then. Error no_space.
[[nodiscard]] Result<> reserve_pages(Connection& connection);
/// Has the write-ahead log take so many bytes, where a quarter of what is free suffices; else tried again later.
void reserve_log(Connection& connection, std::size_t bytes);

}  // namespace taffrail::store
