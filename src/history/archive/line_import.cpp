#include "history/archive/line_import.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/base64.hpp"
#include "history/archive/archive_file.hpp"
#include "history/archive/import_members.hpp"
#include "history/history_schema.hpp"
#include "history/ingest.hpp"
#include "history/stored_block.hpp"
#include "history/stored_log.hpp"
#include "model/record.hpp"

namespace taffrail::history {
namespace {

namespace json = boost::json;

/// A line of 256 KiB, all of it escapes of six bytes, and once more in base64.
constexpr std::size_t longest_line = std::size_t{2} << 20;
/// Blocks between two times that the write-ahead log is emptied.
constexpr std::size_t checkpoint_blocks = 8;
/// Names of lines that JavaScript holds exactly (model/record.hpp).
constexpr std::int64_t largest_seq = (std::int64_t{1} << 53) - 1;

std::optional<Seq> seq_of(const json::object& object, std::string_view key) {
  const auto number = integer_of(object, key);
  if (!number || *number < 0 || *number > largest_seq) return std::nullopt;
  return static_cast<Seq>(*number);
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

std::optional<text::Kind> kind_of(std::string_view name) {
  for (const auto kind : {text::Kind::text, text::Kind::json, text::Kind::logfmt})
    if (text::to_string(kind) == name) return kind;
  return std::nullopt;
}

class Import {
 public:
  Import(store::Connection& connection, std::filesystem::path metrics)
      : connection_(connection), metrics_file_(std::move(metrics)) {}

  Result<ImportReport> run(std::istream& in) {
    std::string line(longest_line, '\0');
    for (std::uint64_t number = 1;; ++number) {
      in.getline(line.data(), static_cast<std::streamsize>(line.size()));
      const auto size = static_cast<std::size_t>(in.gcount());
      if (in.fail() && size > 0) return at(number, wrong("it is longer than a line of an export can be"));
      if (in.fail()) break;  // the end
      const std::string_view text = std::string_view(line).substr(0, in.eof() ? size : size - 1);
      if (text.empty()) continue;
      if (auto done = take(text); !done) return at(number, std::move(done));
    }
    if (in.bad()) return fail(ErrorCode::io, "the export cannot be read to its end");
    if (auto done = end_part(); !done) return forward(done);
    if (metrics_) report_.metrics = metrics_->report();
    return report_;
  }

 private:
  /// What is wrong with a line has its number; what was read before it is stored.
  Result<ImportReport> at(std::uint64_t number, Result<> failed) {
    if (failed.error().code != ErrorCode::invalid_argument) return forward(failed);
    if (log_) log_->last = last_;
    if (auto done = end_part(); !done) return forward(done);
    return fail(ErrorCode::invalid_argument, fmt::format("line {}: {}", number, failed.error().detail));
  }

  Result<> take(std::string_view text) {
    boost::system::error_code failed;
    const json::value value = json::parse(text, failed);
    if (failed || !value.is_object()) return wrong("it is no JSON object");
    const json::object& object = value.get_object();
    if (const json::value* log = object.if_contains("log"); log && log->is_object())
      return begin_log(log->get_object());
    if (const json::value* metrics = object.if_contains("metrics"); metrics && metrics->is_object())
      return begin_metrics(metrics->get_object());
    if (of_metrics_) return metrics_->take(object);
    if (!log_) return wrong("the first line of an export names a log, or whose metrics follow");
    if (const json::value* gap = object.if_contains("gap"); gap && gap->is_object()) return take_gap(gap->get_object());
    return take_line(object);
  }

  Result<> begin_metrics(const json::object& object) {
    if (auto done = end_part(); !done) return done;
    if (!metrics_) {
      auto opened = MetricImport::open(metrics_file_);
      if (!opened) return forward(opened);
      metrics_.emplace(std::move(*opened));
    }
    auto begun = metrics_->begin(object);
    of_metrics_ = begun.has_value();
    return begun;
  }

  Result<> begin_log(const json::object& object) {
    if (auto done = end_part(); !done) return done;
    const auto host = text_of(object, "host");
    const auto container = text_of(object, "container");
    const json::value* about = object.if_contains("about");
    const auto last_seq = seq_of(object, "last_seq");
    const auto last_place = time_of(object, "last_place");
    if (!host || !container || container->empty() || !about || !about->is_object() || !last_seq || !last_place)
      return wrong("a log has 'host', 'container', 'about', 'last_seq' and 'last_place'");
    log_ = LogRow{ContainerId(HostId(*host), std::string(*container)), json::serialize(*about),
                  time_of(object, "removed"), Place{*last_place, *last_seq}};
    ++report_.logs;
    // Its last line counts once all before it is stored.
    LogRow begun = *log_;
    begun.last = {};
    auto key = in_transaction([&](store::Transaction& transaction) { return put_log(transaction, begun); });
    if (!key) return forward(key);
    key_ = *key;
    last_ = {Time::min(), 0};
    stored_.clear();
    return in_snapshot(connection_, [&](store::Snapshot& snapshot) -> Result<> {
      auto rows = blocks_of(snapshot, key_);
      if (!rows) return forward(rows);
      return each_row(*rows, [&](store::Statement& row) -> Result<> {
        const BlockInfo block = BlockInfo::read(row);
        stored_.emplace_back(block.first.seq, block.last.seq);
        return {};
      });
    });
  }

  Result<> take_gap(const json::object& object) {
    const auto before = text_of(object, "before_cursor");
    const auto after = text_of(object, "after_cursor");
    auto end = Cursor::parse(before.value_or(""));
    if (!end) return wrong("a gap has 'before_cursor'");
    Gap gap{log_->id, std::nullopt, *end, seq_of(object, "lines"), std::string(text_of(object, "reason").value_or(""))};
    if (after) {
      auto begin = Cursor::parse(*after);
      if (!begin) return wrong("'after_cursor' is no cursor");
      gap.after = *begin;
    }
    auto done = in_transaction([&](store::Transaction& transaction) -> Result<bool> {
      auto put = put_gap(transaction, key_, gap);
      if (!put) return forward(put);
      return true;
    });
    if (!done) return forward(done);
    return {};
  }

  Result<> take_line(const json::object& object) {
    const auto seq = seq_of(object, "seq");
    const auto time = time_of(object, "time");
    const auto said = text_of(object, "text");
    const auto level = text::parse_level(text_of(object, "level").value_or(""));
    const auto stream = text::parse_std_stream(text_of(object, "stream").value_or(""));
    const auto kind = kind_of(text_of(object, "kind").value_or(""));
    if (!seq || !time || !said || !level || !stream || !kind)
      return wrong("a line has 'seq', 'time', 'stream', 'level', 'kind' and 'text'");
    const Place place{object.contains("place") ? time_of(object, "place").value_or(Time::min()) : *time, *seq};
    if (place.seq <= last_.seq || place.time < last_.time) return wrong("the names and places of a log's lines rise");
    std::optional<std::string> raw;
    if (const auto base64 = text_of(object, "base64")) {
      raw = expr::from_base64(*base64);
      if (!raw) return wrong("'base64' is none");
    }
    const auto behind = std::ranges::upper_bound(stored_, place.seq, {}, &std::pair<Seq, Seq>::first);
    const bool known = behind != stored_.begin() && std::prev(behind)->second >= place.seq;
    // A block ends before lines that are stored.
    if (!batch_.records.empty() && (known || (behind != stored_.begin() && std::prev(behind)->first > last_.seq)))
      if (auto done = write(); !done) return done;
    last_ = place;
    if (known) {
      ++report_.known;
      return {};
    }
    batch_.append(*time, *stream, raw ? std::string_view(*raw) : *said, is_true(object, "truncated"));
    Record& record = batch_.records.back();
    record.seq = place.seq;
    record.place_time = place.time;
    record.level = *level;
    record.head_level = text::parse_level(text_of(object, "head_level").value_or("")).value_or(*level);
    record.kind = *kind;
    record.continues = is_true(object, "continues");
    if (record.size > max_block_bytes - target_block_bytes) return wrong("its text is longer than a line may be");
    if (batch_.bytes.size() < target_block_bytes && batch_.records.size() < max_block_lines) return {};
    return write();
  }

  Result<> write() {
    if (batch_.records.empty()) return {};
    auto row = batch_.bytes.size() >= Ingest::template_bytes ? writer_.templates(batch_) : writer_.plain(batch_);
    if (!row) return forward(row);
    auto done = in_transaction([&](store::Transaction& transaction) { return insert_block(transaction, key_, *row); });
    if (!done) return forward(done);
    report_.lines += batch_.records.size();
    batch_.records.clear();
    batch_.bytes.clear();
    if (++blocks_ % checkpoint_blocks != 0) return {};
    return connection_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /// The end of a log, or of a container's metrics.
  Result<> end_part() {
    if (std::exchange(of_metrics_, false)) return metrics_->end();
    if (auto done = write(); !done) return done;
    if (!log_) return {};
    log_->last = std::max(log_->last, last_, [](const Place& one, const Place& other) { return one.seq < other.seq; });
    auto key = in_transaction([&](store::Transaction& transaction) { return put_log(transaction, *log_); });
    log_.reset();
    if (!key) return forward(key);
    return {};
  }

  template <class Function>
  std::invoke_result_t<Function&, store::Transaction&> in_transaction(Function function) {
    if (auto begun = connection_.run("BEGIN IMMEDIATE"); !begun) return forward(begun);
    store::Transaction transaction(connection_);
    auto outcome = function(transaction);
    if (outcome) {
      auto committed = connection_.run("COMMIT");
      if (!committed) outcome = forward(committed);
    }
    connection_.abandon_transaction();
    return outcome;
  }

  store::Connection& connection_;
  std::filesystem::path metrics_file_;
  std::optional<MetricImport> metrics_;
  bool of_metrics_ = false;  // the line before was of metrics
  RowWriter writer_;
  ImportReport report_;
  std::optional<LogRow> log_;
  LogKey key_ = 0;
  Place last_;
  std::vector<std::pair<Seq, Seq>> stored_;  // the first and last lines of the log's blocks, in order
  Batch batch_;
  std::size_t blocks_ = 0;
};

}  // namespace

Result<ImportReport> import_history(const std::filesystem::path& file, const std::filesystem::path& metrics,
                                    std::istream& in) {
  auto opened = open_for_import(file, history_schema);
  if (!opened) return forward(opened);
  return Import(*opened, metrics).run(in);
}

}  // namespace taffrail::history
