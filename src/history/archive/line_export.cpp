#include "history/archive/line_export.hpp"

#include <fmt/format.h>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "expr/base64.hpp"
#include "history/archive/archive_file.hpp"
#include "history/container_about.hpp"
#include "history/stored_block.hpp"
#include "history/stored_log.hpp"
#include "model/json.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::history {
namespace {

/// A log and its key.
struct KeyedLog {
  LogKey key = 0;
  LogRow row;
};

/// What an export has beyond the object of the API: all that a record is made of again.
void append_line(std::string& out, const Batch& batch, const Record& record) {
  append_json(out, batch, record);
  if (record.head_level != record.level) {
    out.back() = ',';
    out += fmt::format(R"("head_level":"{}"}})", text::to_string(record.head_level));
  }
  if (!text::is_valid_utf8(batch.text(record))) {
    out.back() = ',';
    out += fmt::format(R"("base64":"{}"}})", expr::to_base64(batch.text(record)));
  }
  out += '\n';
}

void append_log(std::string& out, const LogRow& log) {
  text::JsonWriter json(out);
  json.begin_object().key("log").begin_object().member("host", log.id.host().str()).member("container", log.id.str());
  json.member("removed", log.removed).member("last_seq", log.last.seq).member("last_place", log.last.time);
  json.key("about").raw(log.about).end_object().end_object();
  out += '\n';
}

class Export {
 public:
  Export(store::Connection& connection, const ExportOptions& options, std::ostream& out)
      : connection_(connection), options_(options), out_(out) {}

  Result<ExportReport> run() {
    auto logs = in_snapshot(connection_, [](store::Snapshot& snapshot) -> Result<std::vector<KeyedLog>> {
      std::vector<KeyedLog> found;
      auto rows = snapshot.query(fmt::format("SELECT {} FROM log ORDER BY host, container", log_columns));
      if (!rows) return forward(rows);
      auto done = each_row(*rows, [&](store::Statement& row) -> Result<> {
        found.push_back({row.integer(0), read_log(row)});
        return {};
      });
      if (!done) return forward(done);
      return found;
    });
    if (!logs) return forward(logs);
    for (KeyedLog& log : *logs) {
      const Container container = read_about(log.row.id, log.row.about);
      if (options_.wants && !options_.wants(container)) continue;
      log.row.about = about(container);
      if (auto done = write_log(log); !done) return forward(done);
    }
    out_.flush();
    if (auto done = write_out(out_, ""); !done) return forward(done);
    return report_;
  }

 private:
  Result<> write_log(const KeyedLog& log) {
    ++report_.logs;
    std::string text;
    append_log(text, log.row);
    // Blocks that are merged meanwhile have the lines behind the last one that was written, too.
    Seq passed = 0;
    for (bool more = true; more;) {
      auto next = in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<bool> {
        return write_block(snapshot, log, passed, text);
      });
      if (!next) return forward(next);
      more = *next;
      if (auto written = write_out(out_, text); !written) return written;
      text.clear();
    }
    return {};
  }

  Result<bool> write_block(store::Snapshot& snapshot, const KeyedLog& log, Seq& passed, std::string& text) {
    auto row =
        snapshot.query(fmt::format("SELECT {} FROM block WHERE log = ?1 AND last_seq > ?2 ORDER BY last_seq LIMIT 1",
                                   BlockInfo::columns),
                       log.key, passed);
    if (!row) return forward(row);
    auto there = row->step();
    if (!there) return forward(there);
    if (!*there) return false;
    const BlockInfo block = BlockInfo::read(*row);
    if (auto done = write_gaps(snapshot, log, passed, block.last.seq, text); !done) return forward(done);
    auto lines = read_lines(snapshot, block);
    if (!lines && lines.error().code != ErrorCode::damaged) return forward(lines);
    if (!lines) {
      ++report_.damaged;
      append_json(text, Gap{log.row.id, std::nullopt, Cursor{block.last.seq + 1, block.last.time, log.row.id},
                            block.lines, "damaged"});
      text += '\n';
      passed = block.last.seq;
      return true;
    }
    lines->container = log.row.id;
    for (const Record& record : lines->records) {
      if (record.seq <= passed || (options_.since && record.time < *options_.since) ||
          (options_.until && record.time >= *options_.until))
        continue;
      append_line(text, *lines, record);
      ++report_.lines;
    }
    passed = block.last.seq;
    return true;
  }

  Result<> write_gaps(store::Snapshot& snapshot, const KeyedLog& log, Seq from, Seq to, std::string& text) {
    auto rows = snapshot.query(
        fmt::format("SELECT {} FROM gap WHERE log = ?1 AND before_seq > ?2 AND before_seq <= ?3 ORDER BY before_seq",
                    gap_columns),
        log.key, from, to);
    if (!rows) return forward(rows);
    return each_row(*rows, [&](store::Statement& row) -> Result<> {
      append_json(text, read_gap(row, 0, log.row.id));
      text += '\n';
      return {};
    });
  }

  store::Connection& connection_;
  const ExportOptions& options_;
  std::ostream& out_;
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_lines(const std::filesystem::path& file, const ExportOptions& options, std::ostream& out) {
  auto connection = open_archive(file, ArchiveOf::lines);
  if (!connection) return forward(connection);
  return Export(*connection, options, out).run();
}

}  // namespace taffrail::history
