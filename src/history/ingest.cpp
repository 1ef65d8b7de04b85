#include "history/ingest.hpp"

#include <algorithm>
#include <iterator>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/backoff.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"
#include "history/block/block_limits.hpp"
#include "history/container_about.hpp"
#include "history/stored_log.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

std::size_t size_of(const Batch& batch) { return batch.bytes.size() + batch.records.size() * sizeof(Record); }
std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

/// Cuts lines into blocks: pure.
Result<std::vector<EncodedRow>> encode(RowWriter& writer, const std::vector<BatchPtr>& batches) {
  std::size_t left = 0;
  for (const BatchPtr& batch : batches)
    for (const Record& record : batch->batch().records) left += record.size;
  const bool templates = left >= Ingest::template_bytes;
  std::vector<EncodedRow> rows;
  Batch piece;
  const auto finish = [&]() -> Result<> {
    auto row = templates ? writer.templates(piece) : writer.plain(piece);
    if (!row) return forward(row);
    rows.push_back(std::move(*row));
    piece.bytes.clear();
    piece.records.clear();
    return {};
  };
  for (const BatchPtr& batch : batches) {
    for (const Record& record : batch->batch().records) {
      Record& copy = piece.records.emplace_back(record);
      copy.offset = static_cast<std::uint32_t>(piece.bytes.size());
      piece.bytes += batch->batch().text(record);
      if (piece.bytes.size() < target_block_bytes && piece.records.size() < max_block_lines) continue;
      if (auto done = finish(); !done) return forward(done);
    }
  }
  if (!piece.records.empty())
    if (auto done = finish(); !done) return forward(done);
  return rows;
}

}  // namespace

/// What is to be written of one log. It owns all of it: the writer may have it when nobody waits any more.
struct Ingest::Job {
  ContainerId id;
  LogKey key = 0;  // 0: it has none yet
  ContainerPtr container;
  bool told = false;  // what the container is has to be written, too
  std::vector<BatchPtr> batches;
  std::vector<Gap> gaps;
  std::optional<Place> lost_after;  // the last gap, where nothing stands behind it
  Place last;
  std::vector<EncodedRow> rows;

  Result<> run(store::Transaction& transaction) {
    Result<> done;
    if (key == 0) {
      done =
          transaction.run("INSERT INTO log(host, container, about, last_seq, last_place) VALUES (?1, ?2, ?3, ?4, ?5)",
                          id.host().str(), id.str(), about(*container), last.seq, ns_of(last.time));
      if (done) key = transaction.last_row();
    } else if (!told) {
      done = transaction.run("UPDATE log SET last_seq = ?2, last_place = ?3 WHERE id = ?1", key, last.seq,
                             ns_of(last.time));
    } else {
      done = transaction.run("UPDATE log SET last_seq = ?2, last_place = ?3, about = ?4, removed = NULL WHERE id = ?1",
                             key, last.seq, ns_of(last.time), about(*container));
    }
    for (EncodedRow& row : rows) {
      if (!done) return done;
      auto block = insert_block(transaction, key, row);
      if (!block) return forward(block);
      row.info.key = *block;
      row.info.log = key;
    }
    for (const Gap& gap : gaps)
      if (done) done = put_gap(transaction, key, gap);
    return done;
  }
};

Ingest::Ingest(const Executor& executor, store::Store& store, WorkerPool& workers, const Clock& clock,
               const Registry& registry, Catalogue& catalogue, Acknowledge acknowledge, Written written)
    : store_(store),
      workers_(workers),
      clock_(clock),
      registry_(registry),
      catalogue_(catalogue),
      acknowledge_(std::move(acknowledge)),
      written_(std::move(written)),
      wake_(executor),
      room_(executor),
      idle_(executor),
      asked_(executor) {}

Place Ingest::last_of(const ContainerId& id) const {
  const auto at = pending_.find(id);
  if (at != pending_.end() && at->second.last.seq > 0) return at->second.last;
  const auto written = being_written_.find(id);
  if (written != being_written_.end()) return written->second.last;
  const StoredLog* log = catalogue_.find(id);
  return log ? log->last : Place{};
}

Task<Result<>> Ingest::take(LogDelivery delivery) {
  // Nothing is waited for that may never come: while nothing can be written, what is too much is dropped.
  while (bytes_ >= most_bytes && !state_.failing_since) co_await room_.wait();
  const ContainerId id = delivery.gap ? delivery.gap->container : delivery.batch->batch().container;
  const Place last = last_of(id);
  // What is stored is not stored again, whoever brings it.
  if (const auto& records = delivery.batch->batch().records; !records.empty() && records.front().seq <= last.seq) {
    Batch rest = delivery.batch->batch();
    std::erase_if(rest.records, [&](const Record& record) { return record.seq <= last.seq; });
    delivery.batch = std::make_shared<const ClassifiedBatch>(std::move(rest));
  }
  const Batch& batch = delivery.batch->batch();
  if (delivery.gap && !delivery.gap->before && !batch.records.empty())
    delivery.gap->before = Cursor::of(batch.records.front(), id);
  const bool gap = delivery.gap && delivery.gap->before && delivery.gap->before->seq > last.seq;
  if (batch.records.empty() && !gap) co_return Result<>();
  const bool first = pending_.empty();
  Pending& pending = pending_[id];
  // Once lines were dropped, those behind them are, too, until there is room for all: it is one gap.
  if (state_.failing_since && (bytes_ >= most_bytes || pending.lost || pending.bytes >= large_bytes)) {
    drop(pending, id, batch, last);
    co_return Result<>();
  }
  if (gap) pending.gaps.push_back(std::move(*delivery.gap));
  pending.bytes += size_of(batch);
  bytes_ += size_of(batch);
  pending.last = batch.records.empty() ? last : batch.records.back().place();
  if (!batch.records.empty()) pending.batches.push_back(std::move(delivery.batch));
  urgent_ |= pending.bytes >= large_bytes || bytes_ >= most_bytes;
  if (state_.failing_since) acknowledge_(id, pending.last.seq);
  // The writing of this second is waited for already.
  if (first || urgent_) wake_.notify();
  co_return Result<>();
}

void Ingest::drop(Pending& pending, const ContainerId& id, const Batch& batch, const Place& last) {
  if (batch.records.empty()) return;
  if (!pending.lost) {
    pending.lost = Gap{id, std::nullopt, std::nullopt, 0, std::string(lost_to_disk)};
    if (last.seq > 0) pending.lost->after = Cursor{last.seq, last.time, id};
  }
  *pending.lost->lines += batch.records.size();
  pending.last = batch.records.back().place();
  pending.lost->before = Cursor{pending.last.seq + 1, pending.last.time, id};
  state_.lost += batch.records.size();
  acknowledge_(id, pending.last.seq);
}

void Ingest::hurry() {
  if (pending_.empty()) return;
  urgent_ = true;
  wake_.notify();
}

Task<> Ingest::run() {
  Backoff backoff(1s, 15s, 0);
  for (;;) {
    while (pending_.empty()) co_await wake_.wait();
    const SteadyTime due = clock_.steady_now() + interval;
    while (!urgent_ && clock_.steady_now() < due) co_await first_of(wake_.wait(), sleep_for(due - clock_.steady_now()));
    co_await write_pending();
    if (outcome_)
      backoff.reset();
    else if (rounds_ >= asked_round_)  // else somebody has come to wait meanwhile, who is not to wait for this pause
      co_await first_of(asked_.wait(), sleep_for(backoff.next()));
  }
}

Task<Result<>> Ingest::flush() {
  const std::uint64_t round = rounds_ + (being_written_.empty() ? 0 : 1) + (pending_.empty() ? 0 : 1);
  asked_round_ = std::max(asked_round_, round);
  hurry();
  asked_.notify();
  while (rounds_ < round) co_await idle_.wait();
  co_return outcome_;
}

/// Only the task of `run` does this: whoever else waits for lines to be written may be cancelled in the middle.
Task<> Ingest::write_pending() {
  urgent_ = false;
  being_written_ = std::exchange(pending_, {});
  auto written = co_await write();
  if (written) {
    if (std::exchange(state_.failing_since, std::nullopt)) spdlog::info("history is written again");
    for (const auto& [id, pending] : being_written_) {
      bytes_ -= pending.bytes;
      acknowledge_(id, pending.last.seq);
    }
    being_written_.clear();
    written_(0);
  } else {
    if (!state_.failing_since) {
      state_.failing_since = clock_.now();
      spdlog::error("history cannot be written: {}; live logs go on, and what is lost will be shown as a gap",
                    written.error().detail);
    }
    state_.failure = written.error().detail;
    take_back();
    // Their logs must not wait for the disk: after a restart they are asked for again.
    for (const auto& [id, pending] : pending_) acknowledge_(id, pending.last.seq);
  }
  outcome_ = std::move(written);
  ++rounds_;
  room_.notify();
  idle_.notify();
}

/// Puts what could not be written before what came meanwhile.
void Ingest::take_back() {
  for (auto& [id, late] : pending_) {
    Pending& early = being_written_[id];
    // Lines behind those that were dropped end that gap.
    if (early.lost && !late.batches.empty()) early.gaps.push_back(*std::exchange(early.lost, std::nullopt));
    if (early.lost && late.lost) {
      *early.lost->lines += *late.lost->lines;
      early.lost->before = late.lost->before;
    } else if (late.lost) {
      early.lost = std::move(late.lost);
    }
    std::ranges::move(late.batches, std::back_inserter(early.batches));
    std::ranges::move(late.gaps, std::back_inserter(early.gaps));
    early.bytes += late.bytes;
    early.last = late.last;
  }
  pending_ = std::exchange(being_written_, {});
}

Task<Result<>> Ingest::write() {
  auto jobs = std::make_shared<std::vector<Job>>();
  for (auto& [id, pending] : being_written_) {
    Job& job = jobs->emplace_back();
    job.id = id;
    job.batches = pending.batches;
    job.gaps = pending.gaps;
    if (pending.lost) {
      job.gaps.push_back(*pending.lost);
      const auto& after = pending.lost->after;
      job.lost_after = after ? Place{after->time, after->seq} : Place{};
    }
    job.last = pending.last;
    const StoredLog* log = catalogue_.find(id);
    job.container = registry_.find_shared(id);
    if (log) {
      job.key = log->key;
      job.told = job.container && job.container != log->container;
      if (!job.container) job.container = log->container;
    } else if (!job.container) {
      Container nameless;
      nameless.id = id;
      nameless.host = id.host();
      nameless.name = id.str();
      job.container = std::make_shared<const Container>(std::move(nameless));
    }
  }
  auto encoded = co_await workers_.run([&]() -> Result<std::size_t> {
    std::size_t bytes = 0;
    for (Job& job : *jobs) {
      auto rows = encode(writer_, job.batches);
      if (!rows) return forward(rows);
      job.rows = std::move(*rows);
      job.batches.clear();
      for (const EncodedRow& row : job.rows) bytes += row.info.size;
    }
    // What it holds to be used again is as much as a block has.
    if (bytes > template_bytes / 4) writer_ = RowWriter();
    return bytes;
  });
  if (!encoded) co_return forward(encoded);
  auto written = co_await store_.write(
      [jobs](store::Transaction& transaction) -> Result<bool> {
        for (Job& job : *jobs)
          if (auto done = job.run(transaction); !done) return forward(done);
        return true;
      },
      *encoded);
  if (!written && written.error().code == ErrorCode::no_space) written_(*encoded);
  if (!written) co_return forward(written);
  state_.written_bytes += *encoded;
  for (const Job& job : *jobs) {
    StoredLog* log = catalogue_.find(job.id);
    if (!log) {
      StoredLog fresh;
      fresh.key = job.key;
      fresh.container = job.container;
      log = &catalogue_.put(std::move(fresh));
    } else if (job.told) {
      log->removed.reset();
      log->container = job.container;
    }
    log->last = job.last;
    if (!job.rows.empty()) log->lost_after.reset();
    if (!log->lost_after) log->lost_after = job.lost_after;
    for (const EncodedRow& row : job.rows) {
      catalogue_.note_added(*log, row.info);
      state_.written_lines += row.info.lines;
    }
  }
  co_return Result<>();
}

}  // namespace taffrail::history
