#include "source/docker/docker_source.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <iterator>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/timeout.hpp"
#include "base/turn.hpp"
#include "source/cgroup/cgroup_find.hpp"
#include "source/docker/api_log_reader.hpp"
#include "source/docker/list_reader.hpp"
#include "source/docker/log_options.hpp"
#include "source/docker/own_path.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::docker {
namespace {

constexpr Duration request_limit = std::chrono::seconds(10);
/// An engine that hangs has one question open, and answers it when it goes on.
constexpr Duration info_limit = std::chrono::seconds(60);
/// A list of 30,000 stopped containers takes an engine several seconds.
constexpr Duration list_limit = std::chrono::seconds(60);
constexpr std::size_t max_info_bytes = 1 << 20;
/// Events taken within a second; an engine that says more waits. A thousand containers that start and stop at once make
/// some 8,000.
constexpr int most_events = 5000;
constexpr Duration first_wait = std::chrono::milliseconds(250);
constexpr Duration longest_wait = std::chrono::seconds(15);
/// After a session of this length the next failure is a new one: an engine that takes a session and ends it at once is
/// not listed four times a second.
constexpr Duration lasting_session = std::chrono::seconds(5);

/// {"type":["container"]} and the actions that matter, percent-encoded: a container with a health check alone makes
/// three exec_* events each time. Podman's filter knows other names of actions, so it gets the type alone.
constexpr std::string_view docker_filter =
    "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22create%22%2C%22start%22%2C%22restart%22%2C%22stop%22%"
    "2C"
    "%22kill%22%2C%22die%22%2C%22oom%22%2C%22pause%22%2C%22unpause%22%2C%22rename%22%2C%22update%22%2C%22destroy%22%2C"
    "%22health_status%22%5D%7D";
constexpr std::string_view podman_filter = "%7B%22type%22%3A%5B%22container%22%5D%7D";

std::string unix_time(Time time) {
  const auto nanos = time.time_since_epoch().count();
  return fmt::format("{}.{:09}", nanos / 1'000'000'000, nanos % 1'000'000'000);
}

/// What stands for an engine's id until it is known, or where it has none (Podman, a proxy that hides it).
HostId id_of_endpoint(const net::Endpoint& endpoint) {
  std::string id;
  for (const char c : net::to_string(endpoint)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    if (plain)
      id += c;
    else if (!id.ends_with('-'))
      id += '-';
  }
  return HostId(id);
}

/// Why an engine is not taken for what it says it is, and what a person can do. It is then known by its address.
std::string shares_id(const HostId& id) {
  return "this engine has the id '" + id.str() +
         "', which another one that is watched has too, so it is left out. If both addresses lead to one engine, name "
         "one of them only; if this is a copy of the other's machine, give it an id of its own: stop it, remove its "
         "key "
         "(/etc/docker/key.json; from Docker 23 on engine-id in its data folder), start it again";
}

/// The one of two that ends first, with its value or exception; the other is cancelled, and has ended too.
Task<Result<>> first_of(Executor executor, Task<Result<>> one, Task<Result<>> other) {
  auto race = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(one), asio::deferred),
                                                      asio::co_spawn(executor, std::move(other), asio::deferred));
  auto [order, one_failure, one_value, other_failure, other_value] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool is_one = order[0] == 0;
  if (const auto& failure = is_one ? one_failure : other_failure) std::rethrow_exception(failure);
  co_return is_one ? std::move(one_value) : std::move(other_value);
}

/// The log of a container that was never started.
class EmptyLog final : public LogReader {
 public:
  Task<Result<std::optional<LogChunk>>> next() override {
    if (std::exchange(given_, true)) co_return std::optional<LogChunk>();
    LogChunk end;
    end.at_end = true;
    co_return std::optional(std::move(end));
  }

 private:
  bool given_ = false;
};

}  // namespace

DockerSource::DockerSource(Executor executor, WorkerPool& workers, WorkerPool& file_workers, const Clock& clock,
                           DockerOptions options)
    : executor_(std::move(executor)),
      workers_(workers),
      file_workers_(file_workers),
      clock_(clock),
      options_(std::move(options)),
      is_local_(std::holds_alternative<net::UnixEndpoint>(options_.endpoint)),
      client_(executor_, options_.endpoint, options_.tls),
      inventory_({[this](const ContainerId& id) { ended(id); }, [this](const ContainerId& id) { followers_.wake(id); },
                  [this](const ContainerId& id, bool urgent) { inspections_.ask(id, urgent); },
                  [this] { ask_list(); }}),
      followers_([this](const ContainerId& id) { return inventory_.can_grow(id); }),
      backoff_(first_wait, longest_wait, std::hash<std::string>()(net::to_string(options_.endpoint))),
      meters_(executor_, clock_, options_.host_root, options_.descriptors ? *options_.descriptors : own_descriptors_),
      mounts_(
          executor_, clock_, options_.host_root,
          options_.measure_disk ? options_.measure_disk
                                : [root = options_.host_root](const std::string& path) { return disk_use(root, path); },
          [this](const DiskUse& use) {
            if (sink_) sink_->disk_measured(host_.id, {data_root_, use});
          },
          options_.mounts),
      pulse_(executor_, client_, options_.pulse, [this] { pulse_turned(); }),
      inspections_(executor_, client_, workers_, inventory_, pulse_),
      random_(std::hash<std::string>()(net::to_string(options_.endpoint))),
      list_timer_(executor_),
      stats_streams_(executor_, client_, clock_),
      tasks_(executor_, [](std::string_view what) { spdlog::error("docker: {}", what); }) {
  host_.id = id_of_endpoint(options_.endpoint);
  host_.name = options_.name.empty() ? net::to_string(options_.endpoint) : options_.name;
  host_.kind = "docker";
  if (!is_local_) return;
  if (auto inotify = Inotify::open(executor_))
    inotify_ = std::move(*inotify);
  else
    spdlog::warn("docker: {}; log files are looked at every 2 s", inotify.error().detail);
}

DockerSource::~DockerSource() = default;

Task<> DockerSource::run(SourceSink& sink) {
  sink_ = &sink;
  if (inotify_) tasks_.spawn("watch log files", inotify_->run());
  if (is_local_) tasks_.spawn("look at mounts", mounts_.run());
  inspections_.attach(&sink);
  for (int i = 0; i < Inspections::in_background; ++i) tasks_.spawn("inspect containers", inspections_.run());
  std::exception_ptr end;
  try {
    co_await supervise(sink);
  } catch (...) {
    end = std::current_exception();  // cancelled, or a bug: the tasks end first either way
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  tasks_.cancel();
  co_await tasks_.join();
  co_await stats_streams_.stop();
  co_await meters_.stop();
  co_await mounts_.stop();
  inspections_.attach(nullptr);
  sink_ = nullptr;
  if (end) std::rethrow_exception(end);
}

Task<> DockerSource::supervise(SourceSink& sink) {
  for (;;) {
    auto ended = co_await session(sink);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
    if (!ended && host_.state != HostState::unreachable) spdlog::warn("docker: {}", ended.error().detail);
    tell_host(HostState::unreachable, ended ? "the engine ended its stream of events" : ended.error().detail);
    co_await sleep_for(backoff_.next());
  }
}

Task<Result<>> DockerSource::session(SourceSink& sink) {
  const SteadyTime begun = std::chrono::steady_clock::now();
  set_established(false);
  pulse_.begin();
  auto listening = first_of(executor_, pulse_.ask(), pulse_.watch());
  auto race = first_of(executor_, converse(sink), std::move(listening));
  auto ended = co_await std::move(race);
  if (established_ && std::chrono::steady_clock::now() - begun >= lasting_session) backoff_.reset();
  set_established(false);
  co_return ended;
}

Task<Result<>> DockerSource::converse(SourceSink& sink) {
  auto introduced = co_await introduce(sink);
  if (!introduced) co_return introduced;
  std::string target = "/events?filters=";
  target += host_.kind == "podman" ? podman_filter : docker_filter;
  if (const auto since = events_.resume_from()) target += "&since=" + unix_time(*since);
  auto stream = co_await client_.open("events", std::move(target), request_limit);
  if (!stream) co_return forward(stream);
  auto listed = co_await list(sink, true);
  if (!listed) co_return listed;
  set_established(true);
  tell_host(HostState::connected, {});
  auto race = first_of(executor_, read_events(*stream, sink), keep_listing(sink));
  co_return co_await std::move(race);
}

void DockerSource::set_established(bool established) {
  established_ = established;
  inspections_.go_on(established);
}

void DockerSource::tell_host(HostState state, std::string detail) {
  host_.state = state;
  host_.detail = std::move(detail);
  if (!sink_ || told_ == host_) return;
  told_ = host_;
  sink_->host_changed(host_);
}

/// The engine hangs, or goes on.
void DockerSource::pulse_turned() {
  const std::string where = net::to_string(options_.endpoint);
  if (pulse_.is_silent()) {
    const std::string what = "the engine at " + where + " is connected but does not answer";
    if (host_.state != HostState::unreachable) spdlog::warn("docker: {}", what);
    tell_host(HostState::unreachable, what);
    return;
  }
  spdlog::info("docker: the engine at {} answers again", where);
  tell_host(established_ ? HostState::connected : HostState::connecting, {});
  inspections_.go_on(established_);
}

/// Agrees on a version and learns who the engine is.
Task<Result<>> DockerSource::introduce(SourceSink& sink) {
  auto version = co_await client_.negotiate();
  if (!version) co_return forward(version);
  auto body = co_await client_.get("info", "/info", max_info_bytes, info_limit);
  EngineInfo info;
  if (body) {
    auto parsed = parse_info(*body);
    if (!parsed) co_return forward(parsed);
    info = std::move(*parsed);
  } else if (body.error().code != ErrorCode::permission_denied && body.error().code != ErrorCode::not_found) {
    co_return forward(body);  // a proxy may hide the info, the rest works without
  }
  Host host = host_;
  // Podman makes up a new id for each answer.
  host.id = info.id.empty() || version->podman ? id_of_endpoint(options_.endpoint) : HostId(info.id);
  if (options_.name.empty() && !info.name.empty()) host.name = info.name;
  host.kind = version->podman ? "podman" : "docker";
  host.engine = version->engine;
  host.api_version = client_.api_version();
  host.os = info.os;
  host.arch = info.arch;
  host.cpus = info.cpus;
  host.memory = info.memory;
  if (!sink.may_be_host(host.id)) co_return fail(ErrorCode::conflict, shares_id(host.id));
  if (host.id != host_.id) {
    // Another engine answers here than before, or the first one.
    if (std::exchange(told_, std::nullopt)) {
      co_await sink.containers_listed(host_.id, {});
      sink.host_removed(host_.id);
    }
    inventory_.reset();
    events_.forget();
    inspections_.clear();
  }
  host_ = std::move(host);
  tell_host(host_.state, host_.detail);  // before its first containers
  if (!sink.may_be_host(host_.id)) {
    // The other one has introduced itself at the same time, and was first.
    told_.reset();
    const HostId shared = std::exchange(host_.id, id_of_endpoint(options_.endpoint));
    co_return fail(ErrorCode::conflict, shares_id(shared));
  }
  inspections_.set_podman(version->podman);
  data_root_ = std::move(info.data_root);
  mounts_.set_engine_folder(data_root_);
  co_return Result<>();
}

Task<Result<>> DockerSource::list(SourceSink& sink, bool whole) {
  last_list_ = std::chrono::steady_clock::now();
  inventory_.begin_listing();
  ListReader reader(host_.id);
  auto reading = read_list(reader);
  auto read = co_await with_timeout(list_limit, "list", std::move(reading));
  if (!read) co_return read;
  auto listed = reader.finish();
  if (!listed) co_return forward(listed);
  const Refusals& refused = reader.refusals();
  Refusals& all = inventory_.refusals();
  all.entries += refused.entries;
  all.duplicates += refused.duplicates;
  all.labels += refused.labels;
  if (whole && refused.entries + refused.duplicates > 0)
    spdlog::warn("docker: of the list of {}, {} entries were left out (no proper id, too large, or no JSON), {} twice",
                 net::to_string(options_.endpoint), refused.entries, refused.duplicates);
  auto taking = inventory_.take_list(host_.id, std::move(*listed), whole, sink);
  co_await std::move(taking);
  co_return Result<>();
}

Task<Result<>> DockerSource::read_list(ListReader& reader) {
  auto stream = co_await client_.open("list", "/containers/json?all=1", list_limit);
  if (!stream) co_return forward(stream);
  std::vector<std::byte> buffer(64 << 10);
  for (;;) {
    auto n = co_await stream->read_some(buffer);
    if (!n) co_return forward(n);
    if (*n == 0) co_return Result<>();
    client_.note_heard();
    const std::string_view bytes(reinterpret_cast<const char*>(buffer.data()), *n);
    auto fed = co_await workers_.run_sized(*n, [&] { return reader.feed(bytes); });
    if (!fed) co_return fed;
  }
}

/// Lists again, in the course of time or when events speak of what no list knows.
Task<Result<>> DockerSource::keep_listing(SourceSink& sink) {
  for (;;) {
    const auto most = options_.list_again.count();
    const Duration wait(std::uniform_int_distribution<Duration::rep>(most / 2, most)(random_));
    next_list_ = std::chrono::steady_clock::now() + wait;
    while (std::chrono::steady_clock::now() < next_list_ || !is_answering()) {
      list_timer_.expires_at(std::max(next_list_, SteadyTime(std::chrono::steady_clock::now()) + first_wait));
      auto [error] = co_await list_timer_.async_wait(as_result);
      (void)error;  // cut short by ask_list, or this task is cancelled, which its next await tells
    }
    auto listed = co_await list(sink, false);
    // An engine that is gone ends the session by its pulse or its events.
    if (!listed) spdlog::warn("docker: {}", listed.error().detail);
  }
}

void DockerSource::ask_list() {
  next_list_ =
      std::min(next_list_, std::max(last_list_ + options_.list_soon, SteadyTime(std::chrono::steady_clock::now())));
  list_timer_.cancel();
}

Task<Result<>> DockerSource::read_events(net::ResponseStream& stream, SourceSink& sink) {
  text::LineSplitter lines;
  std::vector<std::byte> buffer(8 << 10);
  SteadyTime second{};
  int taken = 0;
  for (;;) {
    auto n = co_await stream.read_some(buffer);
    if (!n) co_return forward(n);
    if (*n == 0) co_return Result<>();
    client_.note_heard();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now - second >= std::chrono::seconds(1)) {
      second = now;
      taken = 0;
    }
    lines.feed(std::string_view(reinterpret_cast<const char*>(buffer.data()), *n), [&](const text::Line& line) {
      ++taken;
      handle_event(line.bytes, sink);
    });
    if (taken >= most_events) co_await sleep_for(second + std::chrono::seconds(1) - now);
  }
}

void DockerSource::handle_event(std::string_view json, SourceSink& sink) {
  if (json.find_first_not_of(" \r") == std::string_view::npos) return;
  auto parsed = parse_event(json, host_.id, inventory_.refusals());
  if (!parsed) {
    ++inventory_.refusals().events;
    spdlog::debug("docker: {}", parsed.error().detail);
    return;
  }
  if (!*parsed || !events_.note((*parsed)->time, json, clock_.now())) return;
  inventory_.take_event(std::move(**parsed), sink);
}

/// A run of a container is over: its log ends, and its cgroup's descriptors have nothing more to say.
void DockerSource::ended(const ContainerId& id) {
  followers_.wake(id);
  meters_.forget(id);
  mounts_.forget(id);
  if (inventory_.find(id)) return;
  // It is gone, and so is what is known of its log.
  if (const auto path = log_paths_.find(id); path != log_paths_.end()) {
    logs_.forget(path->second);
    log_paths_.erase(path);
  }
}

void DockerSource::add_queues(QueueLevels& levels) const {
  levels.add_unbounded("file_workers", file_workers_.depth());
  levels.add("log_index_bytes", logs_.memory(), logs_.bound());
  levels.add("inspections", inspections_.waiting(), inventory_.size());
  levels.add("stats_streams", stats_streams_.open_streams(), StatsStreams::most_streams);
  levels.add("containers_by_event_alone", inventory_.strangers(), Inventory::most_strangers);
  meters_.add_queues(levels);
  mounts_.add_queues(levels);
}

/// The container under the name that it has here, also where the caller says no host.
ContainerId DockerSource::own(ContainerId id) const {
  return id.host().empty() ? ContainerId(host_.id, id.str()) : std::move(id);
}

Task<Result<Container>> DockerSource::inspect(ContainerId id) {
  auto entry = co_await inspections_.of(own(std::move(id)));
  if (!entry) co_return forward(entry);
  co_return std::move(entry->container);
}

Task<Result<ContainerSetup>> DockerSource::setup_of(ContainerId id) {
  co_return co_await inspections_.setup_of(own(std::move(id)));
}

/// Where to read the log as files; nothing where that is not to be done.
Task<std::optional<logfile::LogOptions>> DockerSource::log_files_of(const Entry& entry) {
  if (!options_.log_files || !is_local_) co_return std::nullopt;
  auto files = file_log_options(entry.container, entry.log_path, entry.log_options, options_.host_root);
  if (!files) co_return std::nullopt;
  auto checked = co_await file_workers_.run(
      [&] { return check_own_path(options_.host_root, data_root_, entry.log_path, entry.container.id); });
  if (checked) co_return files;
  const bool refused = checked.error().code != ErrorCode::not_found;
  if (refused) ++inventory_.refusals().paths;
  // A container that was never started has no file yet, which is no reason to say anything.
  if ((refused || entry.container.state != ContainerState::created) && !std::exchange(refused_files_, true))
    spdlog::warn("docker: {}; reading logs through the engine instead", checked.error().detail);
  co_return std::nullopt;
}

Task<Result<std::unique_ptr<LogReader>>> DockerSource::open_log(ContainerId id, LogQuery query) {
  id = own(std::move(id));
  Entry entry;
  if (const Entry* known = inventory_.find(id)) entry = *known;
  if (!entry.inspected || entry.stale) {
    auto fresh = co_await inspections_.of(id);
    if (!fresh) co_return forward(fresh);
    entry = std::move(*fresh);
  }
  // Once it is started it has a file, which costs the engine nothing to be read: it is opened anew then.
  const std::string& driver = entry.container.log_driver;
  const bool has_file = driver == "json-file" || driver == "k8s-file";
  if (entry.container.state == ContainerState::created && has_file && options_.log_files && is_local_)
    co_return std::make_unique<EmptyLog>();
  if (entry.container.log_driver == "none")
    co_return fail(ErrorCode::unsupported, "This container's log driver is \"none\": the engine keeps no log of it.");
  if (auto files = co_await log_files_of(entry)) {
    const logfile::LogFileReader::Shared shared{file_workers_, clock_, inotify_.get(), &followers_};
    log_paths_.insert_or_assign(id, files->path);
    auto reader = co_await logfile::LogFileReader::open(shared, logs_.at(*files), id, query);
    if (reader) co_return reader;
    if (!std::exchange(refused_files_, true))
      spdlog::debug("docker: {}; reading logs through the engine instead", reader.error().detail);
  }
  auto is_running = [this](ContainerId asked) -> Task<Result<bool>> {
    // The end of a container's log comes before the event that tells of its end.
    auto fresh = co_await inspections_.of(std::move(asked), true);
    if (!fresh) co_return forward(fresh);
    co_return fresh->container.is_running() || fresh->container.state == ContainerState::restarting;
  };
  ApiLogReader::Log log;
  log.id = id;
  log.tty = entry.container.tty.value_or(false);
  log.unsafe_turnover = loses_lines_at_turnover(host_, entry.container, entry.log_options);
  log.coarse_times = host_.kind == "podman";
  log.stopped = !inventory_.can_grow(id);
  auto reader = std::make_unique<ApiLogReader>(client_, workers_, std::move(is_running), std::move(log), query);
  auto opened = co_await reader->open();
  if (!opened && is_unreadable_driver(opened.error()))
    co_return fail(ErrorCode::unsupported,
                   fmt::format("This container's log driver is \"{}\", which its engine cannot read back.",
                               entry.container.log_driver));
  if (!opened) co_return forward(opened);
  co_return std::move(reader);
}

/// Metrics: from the cgroup files; then from the engine's streams for the containers whose files cannot be read.
Task<std::vector<std::pair<ContainerId, StatCounters>>> DockerSource::read_stats(std::vector<ContainerId> ids) {
  std::vector<CgroupMeters::Wanted> wanted;
  std::vector<ContainerId> by_engine;
  for (ContainerId& id : ids) {
    id = own(std::move(id));
    const Entry* entry = inventory_.find(id);
    // One that is not inspected yet has no process that is known.
    if (!entry || !entry->container.is_running() || entry->pid <= 0) continue;
    if (options_.cgroup && is_local_ && cgroup::is_full_id(id.str()))
      wanted.push_back({std::move(id), entry->pid});
    else
      by_engine.push_back(std::move(id));
  }
  CgroupMeters::Readings readings =
      co_await meters_.read(std::move(wanted), [this](const CgroupMeters::Wanted& container) {
        const Entry* entry = inventory_.find(container.id);
        return entry && inventory_.can_grow(container.id) && entry->pid == container.pid;
      });
  if (!readings.unreadable.empty() && !std::exchange(refused_cgroup_, true))
    spdlog::debug("docker: cgroup files of {} cannot be read; taking metrics from the engine",
                  readings.unreadable.front().str());
  std::ranges::move(readings.unreadable, std::back_inserter(by_engine));
  std::vector<std::pair<ContainerId, StatCounters>> out = std::move(readings.counters);
  for (auto& [id, counters] : stats_streams_.read(by_engine)) {
    // The engine states the host's memory for a container without a limit.
    if (host_.memory && counters.memory_limit && *counters.memory_limit >= *host_.memory) counters.memory_limit.reset();
    out.emplace_back(std::move(id), counters);
  }
  if (!is_local_) co_return out;
  Turn turn;
  for (auto& [id, counters] : out) {
    co_await yield_if_due(turn);
    if (const Entry* entry = inventory_.find(id)) counters.mounts = mounts_.of(id, entry->mounts);
  }
  co_return out;
}

}  // namespace taffrail::docker
