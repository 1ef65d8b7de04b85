#pragma once

#include <chrono>
#include <cstddef>

/// What the store bounds, and why each bound is what it is. The figures behind the layout are in
/// docs/adr/0010-store.md.
namespace taffrail::store::limits {

/// A BLOB's first bytes lie in the row's own page: larger pages waste more of it than they save in reading.
inline constexpr int page_bytes = 4096;
/// Pages kept by each connection, in KiB. There are a handful of connections; the system's page cache holds the rest.
inline constexpr int cache_kib = 2000;
/// Pages in the write-ahead log after which the writer moves them to the file: more make a start after a crash longer.
inline constexpr int checkpoint_pages = 1000;
/// The same for some time after the disk was full: what the log takes then may be all that is left.
inline constexpr int scarce_checkpoint_pages = 64;
inline constexpr int scarce_commits = 10'000;
/// What the write-ahead log may keep on disk when it has been emptied, and from where on the writer asks readers to let
/// it be emptied.
inline constexpr std::size_t log_bytes = std::size_t{16} << 20;
/// From here on the writer waits for running reads (bounded by `read_limit`) rather than let the log grow.
inline constexpr std::size_t log_wait_bytes = 4 * log_bytes;

/// The file grows by so much at a time.
inline constexpr int file_chunk_bytes = 256 << 10;
/// What the write-ahead log has of the disk even when it holds nothing: enough to delete something.
inline constexpr std::size_t log_reserve = std::size_t{1} << 20;

/// Transactions that wait or run. A caller beyond it waits; each holds its function and what that captured.
inline constexpr std::size_t queued_transactions = 4096;
/// Bytes that callers said their transactions hold. One larger than this is let in alone.
inline constexpr std::size_t queued_bytes = std::size_t{32} << 20;
/// Transactions in one commit. Beyond some hundreds the cost of the commit itself is no longer seen.
inline constexpr std::size_t group_transactions = 1024;
/// A group that has run this long is committed with what it holds, so that the first of it does not wait for the last.
inline constexpr std::chrono::milliseconds group_time{50};

/// Compiled statements kept by each connection, the longest unused one going first. A component has a few dozen.
inline constexpr std::size_t cached_statements = 64;
/// Connections that read at the same time. Each costs its cache; there are no more workers than that anyway.
inline constexpr std::size_t readers = 4;
/// A read that takes longer is ended: as long as it runs the log behind it cannot be emptied.
inline constexpr std::chrono::seconds read_limit{20};
/// How long another process may hold the file before it is called busy. A copy or a check takes milliseconds; what
/// takes longer is a second server.
inline constexpr std::chrono::milliseconds busy_limit{1000};
/// What the check at the start may take. A gigabyte takes some seconds when it is not cached; the rest is then found
/// when it is read.
inline constexpr std::chrono::milliseconds check_limit{3000};
/// Pages that a backup copies between two groups: 1 MiB, a few milliseconds.
inline constexpr int backup_pages = 256;
/// Virtual machine steps of SQLite between two looks at a deadline: some tens of microseconds.
inline constexpr int steps_between_looks = 10'000;

}  // namespace taffrail::store::limits
