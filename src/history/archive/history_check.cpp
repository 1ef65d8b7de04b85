#include "history/archive/history_check.hpp"

#include <fmt/format.h>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_format.hpp"
#include "history/archive/archive_file.hpp"
#include "history/block/block_filter.hpp"
#include "history/stored_block.hpp"
#include "history/stored_log.hpp"
#include "text/ansi.hpp"

namespace taffrail::history {
namespace {

constexpr int roll_up_column = 13;

std::string string_of(store::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

class Check {
 public:
  Check(store::Connection& connection, const std::function<void(const std::string&)>& tell)
      : connection_(connection), tell_(tell) {}

  CheckReport run() {
    part("the file", [this] { return check_file(); });
    part("the logs", [this] { return check_logs(); });
    part("the order of blocks", [this] { return check_order(); });
    part("the blocks", [this] { return check_blocks(); });
    part("the parts of blocks", [this] {
      return strays("SELECT id / 4 FROM part WHERE id / 4 NOT IN (SELECT id FROM block)", "a part of block {}");
    });
    part("the filters", [this] {
      return strays("SELECT block FROM filter WHERE block NOT IN (SELECT id FROM block)", "a filter of block {}");
    });
    part("the gaps",
         [this] { return strays("SELECT log FROM gap WHERE log NOT IN (SELECT id FROM log)", "a gap of log {}"); });
    return report_;
  }

 private:
  void fault(const std::string& what) {
    ++report_.faults;
    tell_(what);
  }
  template <class Function>
  void part(std::string_view what, Function function) {
    if (auto done = function(); !done)
      fault(fmt::format("{} cannot be read to the end: {}", what, done.error().detail));
  }

  Result<> check_file() {
    return in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query("PRAGMA integrity_check");
      if (!rows) return forward(rows);
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        if (row.text(0) != "ok") fault("SQLite says: " + std::string(row.text(0)));
        return {};
      });
    });
  }

  Result<> check_logs() {
    return in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query(fmt::format("SELECT {}, json_valid(about) FROM log", log_columns));
      if (!rows) return forward(rows);
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        ++report_.logs;
        const LogRow log = read_log(row);
        names_[row.integer(0)] = log.id.full();
        if (row.integer(7) == 0) fault(fmt::format("what is stored of the container {} is no JSON", log.id.full()));
        return {};
      });
    });
  }

  Result<> check_order() {
    return in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query(fmt::format(
          "SELECT {}, (SELECT last_seq FROM log WHERE log.id = block.log) FROM block ORDER BY log, last_seq",
          BlockInfo::columns));
      if (!rows) return forward(rows);
      std::optional<BlockInfo> before;
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        const BlockInfo block = BlockInfo::read(row);
        if (before && before->log == block.log && block.first.seq <= before->last.seq)
          fault(fmt::format("{} reaches into {}", name(block), name(*before)));
        if (row.is_null(roll_up_column))
          fault(fmt::format("{} is of a log that is not there", name(block)));
        else if (static_cast<Seq>(row.integer(roll_up_column)) < block.last.seq)
          fault(fmt::format("{} has lines behind the last one of its log", name(block)));
        before = block;
        return {};
      });
    });
  }

  Result<> strays(const std::string& sql, std::string_view what) {
    return in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = snapshot.query(sql);
      if (!rows) return forward(rows);
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        fault(fmt::format("there is {}, which is not there", fmt::format(fmt::runtime(what), row.integer(0))));
        return {};
      });
    });
  }

  Result<> check_blocks() {
    for (BlockKey key = 0;;) {
      auto next =
          in_snapshot(connection_, [&](store::Snapshot& snapshot) { return check_block_behind(snapshot, key); });
      if (!next) return forward(next);
      if (!*next) return {};
      key = **next;
    }
  }

  /// @return its key; nothing when there is none
  Result<std::optional<BlockKey>> check_block_behind(store::Snapshot& snapshot, BlockKey key) {
    auto row = snapshot.query(
        fmt::format("SELECT {}, roll_up FROM block WHERE id > ?1 ORDER BY id LIMIT 1", BlockInfo::columns), key);
    if (!row) return forward(row);
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return std::optional<BlockKey>();
    ++report_.blocks;
    const BlockInfo info = BlockInfo::read(*row);
    if (auto done = check_block(snapshot, info, string_of(row->bytes(roll_up_column))); !done)
      fault(fmt::format("{}: {}", name(info), done.error().detail));
    return std::optional(info.key);
  }

  Result<> check_block(store::Snapshot& snapshot, const BlockInfo& info, const std::string& roll_up) {
    EncodedRow stored{.info = info, .parts = {}, .filter = {}, .roll_up = {}};
    for (const PartOf of : parts_of(info.kind)) {
      auto part = read_part(snapshot, info.key, of);
      if (!part) return forward(part);
      stored.parts[std::to_underlying(of)] = std::move(*part);
    }
    auto lines = decode_lines(stored);
    if (!lines) return forward(lines);
    if (lines->records.empty()) return fail(ErrorCode::damaged, "it has no lines");
    report_.lines += lines->records.size();
    auto row = snapshot.query("SELECT bytes FROM filter WHERE block = ?1", info.key);
    if (!row) return forward(row);
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return fail(ErrorCode::damaged, "its filter is missing");
    stored.filter = string_of(row->bytes(0));
    describe(stored, *lines);
    if (stored.info != info) fault(name(info) + ": its row does not say what its lines are");
    if (stored.roll_up != roll_up) fault(name(info) + ": its roll-up does not count its lines");
    return check_filter(stored.filter, *lines, info);
  }

  Result<> check_filter(const std::string& bytes, const Batch& lines, const BlockInfo& info) {
    auto filter = BlockFilter::decode(bytes);
    if (!filter) return forward(filter);
    std::size_t hidden = 0;
    const auto look = [&](std::string text) {
      if (!text.empty() && !filter->may_hold(Literal{.text = std::move(text)})) ++hidden;
    };
    for (const Record& record : lines.records) {
      look(std::string(lines.text(record)));
      if (text::has_ansi(lines.text(record))) look(text::strip_ansi(lines.text(record)));
    }
    if (hidden > 0) fault(fmt::format("{}: its filter hides {} of its lines from searches", name(info), hidden));
    return {};
  }

  [[nodiscard]] std::string name(const BlockInfo& block) const {
    const auto log = names_.find(block.log);
    return fmt::format("block {} of {} (lines {} to {}, {} to {})", block.key,
                       log == names_.end() ? fmt::format("log {}", block.log) : log->second, block.first.seq,
                       block.last.seq, to_rfc3339(block.first.time), to_rfc3339(block.last.time));
  }

  store::Connection& connection_;
  const std::function<void(const std::string&)>& tell_;
  CheckReport report_;
  std::map<LogKey, std::string> names_;
};

}  // namespace

Result<CheckReport> check_history(const std::filesystem::path& file,
                                  const std::function<void(const std::string&)>& tell) {
  auto connection = open_archive(file, ArchiveOf::lines);
  if (!connection) return forward(connection);
  return Check(*connection, tell).run();
}

}  // namespace taffrail::history
