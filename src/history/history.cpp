#include "history/history.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/timeout.hpp"
#include "history/history_label.hpp"
#include "history/history_schema.hpp"
#include "history/salvage.hpp"
#include "history/stored_log.hpp"
#include "store/salvage_order.hpp"

namespace taffrail::history {
namespace {

using namespace std::chrono_literals;

/// Unpacked lines of blocks that were read lately; let go when nothing was read for a while.
constexpr std::size_t cache_bytes = 16UZ << 20;
constexpr Duration cache_time = 30s;
/// A search writes what waits when that was not done for so long.
constexpr Duration settle_time = 200ms;
/// What the write-ahead log has of the disk at any time: a second's lines, so that on a full disk they are stored in
/// the place of the oldest ones.
constexpr std::size_t log_reserve = 8UZ << 20;
/// How often hosts that were not asked yet are looked at.
constexpr Duration look_time = 5s;

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

/// What metrics and events may have beside the lines.
MetricRetention metric_retention(const Retention& lines) {
  return {std::max(lines.bytes / 16, MetricHistory::least_bytes), lines.age};
}

}  // namespace

Result<std::unique_ptr<store::Store>> History::open_store(const Executor& owner,
                                                          const std::filesystem::path& directory) {
  store::StoreOptions wanted;
  wanted.file.path = directory / "history.db";
  wanted.file.migrations = history_schema;
  wanted.log_reserve = log_reserve;
  auto opened = store::Store::open(owner, std::move(wanted));
  if (!opened || !(*opened)->opened().set_aside) return opened;
  const std::filesystem::path& damaged = *(*opened)->opened().set_aside;
  spdlog::error("history.db was damaged ({}) and stands in {} now; history begins anew with what can be read of it",
                (*opened)->opened().damage, damaged.string());
  if (auto ordered = store::order_salvage(directory / "history.db", damaged); !ordered)
    spdlog::error("what can be read of it is not taken over: {}", ordered.error().detail);
  return opened;
}

History::History(Pipeline& pipeline, std::unique_ptr<store::Store> store, const HistoryOptions& options,
                 const TaskGroup::Report& report, std::unique_ptr<store::Store> metrics)
    : pipeline_(pipeline),
      clock_(pipeline.clock()),
      store_(std::move(store)),
      backlog_(options.backlog),
      began_(clock_.now()),
      cache_(pipeline.executor(), pipeline.memory(), cache_bytes),
      origin_({*store_, pipeline.workers(), cache_}, catalogue_, pipeline.registry(), pipeline.source_origin()),
      ingest_(
          pipeline.executor(), *store_, pipeline.workers(), clock_, pipeline.registry(), catalogue_,
          [this](const ContainerId& id, Seq seq) { pipeline_.hub().acknowledge(*this, id, seq); },
          [this](std::uint64_t full) { upkeep_.make_room(full); }),
      upkeep_(pipeline.executor(), *store_, pipeline.workers(), clock_, catalogue_,
              [this](const ContainerId& id) {
                if (!catalogue_.find(id)) pipeline_.registry().forget_removed(id);
              }),
      metrics_(metrics ? std::make_unique<MetricHistory>(pipeline, std::move(metrics),
                                                         metric_retention(options.retention), report)
                       : nullptr),
      moved_wake_(pipeline.executor()),
      tasks_(pipeline.executor(), report),
      tidying_(pipeline.executor(), report) {
  upkeep_.set_retention(options.retention);
}

History::~History() = default;

void History::start() {
  tasks_.spawn("history", run());
  if (metrics_) metrics_->start();
}

void History::set_retention(const Retention& retention) {
  upkeep_.set_retention(retention);
  if (metrics_) metrics_->set_retention(metric_retention(retention));
}

Task<> History::run() {
  co_await salvage_as_ordered(*store_, pipeline_.workers());
  auto logs =
      co_await store_->read(pipeline_.workers(), [](store::Snapshot& snapshot) { return Catalogue::load(snapshot); });
  if (!logs) {
    // What was stored is not shown, and nothing is written over it.
    spdlog::error("history.db cannot be read: {}; history is off until the next start", logs.error().detail);
    co_return;
  }
  catalogue_.adopt(std::move(*logs));
  ready_ = true;
  Registry& registry = pipeline_.registry();
  for (const auto& [id, log] : catalogue_.logs()) {
    if (registry.find(id)) continue;
    // One that is not listed yet is shown as it was, until its host has been asked.
    registry.keep_removed(log.container);
    if (!log.removed) unconfirmed_.insert(id);
  }
  pipeline_.read_from(&origin_);
  registry.set_remembers([this](const ContainerId& id) { return catalogue_.find(id) != nullptr; });
  observing_ = registry.observe(*this);
  pipeline_.hub().add_consumer(*this);
  tasks_.spawn("history ingest", ingest_.run());
  tidying_.spawn("history upkeep", upkeep_.run());
  tasks_.spawn("history removals", note_removed());
  tasks_.spawn("history cache", empty_cache());
  tasks_.spawn("history missing", look_for_missing());
}

Task<> History::stop() {
  // All the time there is belongs to the lines that are not written yet.
  tidying_.cancel();
  co_await pipeline_.hub().remove_consumer(*this);
  if (ready_) {
    auto written = co_await ingest_.flush();
    if (!written) spdlog::error("the last lines of history could not be written: {}", written.error().detail);
  }
  pipeline_.read_from(nullptr);
  pipeline_.registry().set_remembers({});
  tasks_.cancel();
  co_await tasks_.join();
  co_await tidying_.join();
  co_await store_->close();
  if (metrics_) co_await metrics_->stop();
}

// --- lines

/// Of a container that stands still nothing new comes. Ten thousands of them are passed over, but for those that are
/// newer than this server, and those that it has seen running: their last lines may have yet to be read.
bool History::wants(const Container& container) {
  const auto label = history_label(container);
  if (label && label->off) return false;
  if (container.is_running() || container.state == ContainerState::restarting) return true;
  const StoredLog* log = catalogue_.find(container.id);
  if (log) return log->container->is_running() || log->container->state == ContainerState::restarting;
  return container.created && *container.created >= began_;
}

LogStart History::start_of(const ContainerId& id) {
  LogStart start;
  const Host* host = pipeline_.registry().find_host(id.host());
  if (const StoredLog* log = catalogue_.find(id); log && log->last.seq > 0)
    start.after = Cursor{log->last.seq, log->last.time, id};
  else if (!host || (host->kind != "files" && host->kind != "stdin"))
    start.since = moved(began_, -backlog_);
  return start;
}

Task<Result<>> History::take(LogDelivery delivery) {
  auto taken = co_await ingest_.take(std::move(delivery));
  co_return taken;
}

void History::log_waits(const ContainerId& id) {
  (void)id;  // all logs are written together
  ingest_.hurry();
}

void History::ended(const ContainerId& id) {
  moved_.insert_or_assign(id, clock_.now());
  moved_wake_.notify();
}

Task<> History::settle() {
  if (!ready_ || clock_.steady_now() - settled_ < settle_time) co_return;
  settled_ = clock_.steady_now();
  auto written = co_await ingest_.flush();
  (void)written;  // it is told by the ingest's state
}

// --- containers that come and go

void History::on_container(const ContainerPtr& container, const ContainerPtr& before) {
  if (before) return;
  const StoredLog* log = catalogue_.find(container->id);
  if (!log || !log->removed) return;
  moved_.insert_or_assign(container->id, std::nullopt);
  moved_wake_.notify();
}

void History::on_gone(const Container& container) {
  moved_.insert_or_assign(container.id, clock_.now());
  moved_wake_.notify();
}

Task<> History::note_removed() {
  for (;;) {
    while (moved_.empty()) co_await moved_wake_.wait();
    // Its last lines first.
    co_await sleep_for(1s);
    auto written = co_await ingest_.flush();
    if (!written) continue;
    const auto moved = std::exchange(moved_, {});
    std::vector<std::pair<LogKey, std::optional<Time>>> rows;
    for (const auto& [id, removed] : moved) {
      StoredLog* log = catalogue_.find(id);
      const bool there = pipeline_.registry().find(id) != nullptr;
      if (!log || there == removed.has_value()) continue;
      log->removed = removed;
      rows.emplace_back(log->key, removed);
      if (!removed) continue;
      Container gone = *log->container;
      gone.state = ContainerState::removed;
      log->container = std::make_shared<const Container>(std::move(gone));
      pipeline_.registry().keep_removed(log->container);
    }
    auto noted = co_await store_->write([rows](store::Transaction& transaction) -> Result<bool> {
      for (const auto& [key, removed] : rows) {
        auto done = removed ? transaction.run("UPDATE log SET removed = ?2 WHERE id = ?1", key, ns_of(*removed))
                            : transaction.run("UPDATE log SET removed = NULL WHERE id = ?1", key);
        if (!done) return forward(done);
      }
      return true;
    });
    if (!noted) spdlog::warn("which containers were removed could not be stored: {}", noted.error().detail);
    co_await forget_too_many_removed();
  }
}

/// Those that went while this server was down are found when their host has been asked for its containers.
Task<> History::look_for_missing() {
  while (!unconfirmed_.empty()) {
    const Registry& registry = pipeline_.registry();
    std::erase_if(unconfirmed_, [&](const ContainerId& id) {
      if (registry.find(id)) return true;
      if (!registry.listed(id.host())) return false;
      moved_.insert_or_assign(id, clock_.now());
      moved_wake_.notify();
      return true;
    });
    co_await sleep_for(look_time);
  }
}

Task<> History::forget_too_many_removed() {
  std::vector<std::pair<Time, ContainerId>> removed;
  for (const auto& [id, log] : catalogue_.logs())
    if (log.removed) removed.emplace_back(*log.removed, id);
  if (removed.size() <= most_removed) co_return;
  const std::size_t many = removed.size() - most_removed;
  std::ranges::nth_element(removed, removed.begin() + static_cast<std::ptrdiff_t>(many));
  for (std::size_t i = 0; i < many; ++i) {
    auto done = co_await forget(removed[i].second);
    if (!done) spdlog::warn("a removed container could not be forgotten: {}", done.error().detail);
  }
}

/// A container that is being forgotten.
struct History::Forgetting {
  explicit Forgetting(const Executor& executor) : over(executor) {}
  SignalFlag over;
  std::optional<Result<>> outcome;
};

Task<Result<>> History::forget(ContainerId id) {
  if (!catalogue_.find(id) && !(metrics_ && metrics_->knows(id)))
    co_return fail(ErrorCode::not_found, "nothing of the container " + id.str() + " is stored");
  const auto [at, fresh] = forgetting_.try_emplace(id);
  if (fresh) at->second = std::make_shared<Forgetting>(pipeline_.executor());
  const std::shared_ptr<Forgetting> under_way = at->second;
  // In a task of its own: lines, metrics and events are written one after the other, and who asks may leave between.
  if (fresh) tasks_.spawn("forget a container", forget_all_of(std::move(id), under_way));
  while (!under_way->outcome) co_await under_way->over.wait();
  co_return *under_way->outcome;
}

Task<> History::forget_all_of(ContainerId id, std::shared_ptr<Forgetting> under_way) {
  struct End {
    ~End() {
      all.erase(id);
      if (!of.outcome) of.outcome = fail(ErrorCode::cancelled, "the server stopped before all of it was forgotten");
      of.over.notify();
    }
    std::map<ContainerId, std::shared_ptr<Forgetting>>& all;
    const ContainerId& id;
    Forgetting& of;
  };
  const End end{forgetting_, id, *under_way};
  under_way->outcome = co_await forget_parts(id);
}

Task<Result<>> History::forget_parts(ContainerId id) {
  const bool measured = metrics_ && metrics_->knows(id);
  auto settled = co_await ingest_.flush();
  if (settled && measured) settled = co_await metrics_->forget(id);
  if (!settled) co_return settled;
  StoredLog* log = catalogue_.find(id);
  if (!log) co_return Result<>();
  const LogKey key = log->key;
  if (!log->removed && !pipeline_.registry().find(id)) {
    // Its host has not been asked yet. It goes as a whole then.
    const Time now = clock_.now();
    auto noted = co_await store_->write([key, now](store::Transaction& transaction) {
      return transaction.run("UPDATE log SET removed = ?2 WHERE id = ?1", key, ns_of(now));
    });
    if (!noted) co_return noted;
    if (StoredLog* still = catalogue_.find(key)) still->removed = now;
  }
  auto forgotten = co_await upkeep_.forget(key);
  co_return forgotten;
}

Task<> History::empty_cache() {
  for (;;) {
    co_await sleep_for(cache_time);
    cache_.age();
  }
}

// --- what there is

Task<Result<std::vector<Gap>>> History::gaps(std::size_t most) {
  struct Row {
    LogKey log;
    Gap gap;
  };
  auto rows = co_await store_->read(pipeline_.workers(), [most](store::Snapshot& snapshot) -> Result<std::vector<Row>> {
    auto row = snapshot.query(fmt::format("SELECT log, {} FROM gap ORDER BY id DESC LIMIT ?1", gap_columns), most);
    if (!row) return forward(row);
    std::vector<Row> found;
    for (;;) {
      auto there = row->step();
      if (!there) return forward(there);
      if (!*there) return found;
      found.push_back({row->integer(0), read_gap(*row, 1, {})});
    }
  });
  if (!rows) co_return forward(rows);
  std::vector<Gap> gaps;
  for (Row& row : *rows) {
    const StoredLog* log = catalogue_.find(row.log);
    if (!log) continue;
    row.gap.container = log->container->id;
    gaps.push_back(std::move(row.gap));
  }
  co_return gaps;
}

void History::add_queues(QueueLevels& levels) const {
  levels.add("history_bytes", ingest_.bytes(), Ingest::most_bytes);
  store_->add_levels(levels);
  if (metrics_) metrics_->add_queues(levels);
}

}  // namespace taffrail::history
