#include "source/docker/docker_source.hpp"

#include <algorithm>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <iterator>
#include <spdlog/spdlog.h>
#include <utility>

#include "base/timeout.hpp"
#include "source/docker/api_log_reader.hpp"
#include "source/docker/container_update.hpp"
#include "source/docker/log_options.hpp"
#include "text/line_splitter.hpp"

namespace taffrail::docker {
namespace {

constexpr Duration request_limit = std::chrono::seconds(10);
/// A list of 30,000 stopped containers takes an engine several seconds.
constexpr Duration list_limit = std::chrono::seconds(60);
/// 30,000 containers with long labels come to about 50 MiB.
constexpr std::size_t max_list_bytes = 256 << 20;
constexpr std::size_t max_inspection_bytes = 16 << 20;
constexpr std::size_t max_info_bytes = 4 << 20;
/// How long a silently broken connection (a remote host that vanished) goes unnoticed.
constexpr Duration ping_interval = std::chrono::seconds(30);
/// Background inspections: this many at once, with this rest after each, so that a thousand containers are known within
/// seconds and the engine always has time for others.
constexpr int inspectors = 2;
constexpr Duration inspector_rest = std::chrono::milliseconds(5);
constexpr Duration first_wait = std::chrono::milliseconds(250);
constexpr Duration longest_wait = std::chrono::seconds(15);

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

}  // namespace

DockerSource::DockerSource(Executor executor, WorkerPool& workers, WorkerPool& file_workers, const Clock& clock,
                           DockerOptions options)
    : executor_(std::move(executor)),
      workers_(workers),
      file_workers_(file_workers),
      clock_(clock),
      options_(std::move(options)),
      client_(executor_, options_.endpoint, options_.tls),
      followers_([this](const ContainerId& id) { return can_grow(id); }),
      backoff_(first_wait, longest_wait, std::hash<std::string>()(net::to_string(options_.endpoint))),
      meters_(workers_, clock_, options_.host_root),
      more_to_inspect_(executor_),
      stats_streams_(executor_, client_, clock_),
      tasks_(executor_, [](std::string_view what) { spdlog::error("docker: {}", what); }) {
  host_.id = id_of_endpoint(options_.endpoint);
  host_.name = options_.name.empty() ? net::to_string(options_.endpoint) : options_.name;
  host_.kind = "docker";
  if (auto inotify = Inotify::open(executor_))
    inotify_ = std::move(*inotify);
  else
    spdlog::warn("docker: {}; log files are looked at every 2 s", inotify.error().detail);
}

DockerSource::~DockerSource() = default;

Task<> DockerSource::run(SourceSink& sink) {
  sink_ = &sink;
  if (inotify_) tasks_.spawn("watch log files", inotify_->run());
  for (int i = 0; i < inspectors; ++i) tasks_.spawn("inspect containers", inspect_in_turn());
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
  sink_ = nullptr;
  if (end) std::rethrow_exception(end);
}

Task<> DockerSource::supervise(SourceSink& sink) {
  for (;;) {
    auto ended = co_await session(sink);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
    if (!ended) {
      if (host_.state != HostState::unreachable) spdlog::warn("docker: {}", ended.error().detail);
      host_.detail = ended.error().detail;
    } else {
      host_.detail = "the engine ended its stream of events";
    }
    host_.state = HostState::unreachable;
    tell_host(sink);
    co_await sleep_for(backoff_.next());
  }
}

Task<Result<>> DockerSource::session(SourceSink& sink) {
  auto introduced = co_await introduce(sink);
  if (!introduced) co_return introduced;
  std::string target = "/events?filters=";
  target += host_.kind == "podman" ? podman_filter : docker_filter;
  if (const Time since = events_.begin_session(); since > Time{}) target += "&since=" + unix_time(since);
  auto stream = co_await client_.open("events", std::move(target), request_limit);
  if (!stream) co_return forward(stream);
  auto listed = co_await list(sink);
  if (!listed) co_return listed;
  host_.state = HostState::connected;
  host_.detail.clear();
  backoff_.reset();
  tell_host(sink);
  auto race =
      asio::experimental::make_parallel_group(asio::co_spawn(executor_, read_events(*stream, sink), asio::deferred),
                                              asio::co_spawn(executor_, keep_asking(), asio::deferred));
  auto [order, read_failure, read, ask_failure, asked] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool read_ended = order[0] == 0;
  if (const auto& failure = read_ended ? read_failure : ask_failure) std::rethrow_exception(failure);
  co_return read_ended ? std::move(read) : std::move(asked);
}

void DockerSource::tell_host(SourceSink& sink) {
  host_told_ = true;
  sink.host_changed(host_);
}

/// Agrees on a version and learns who the engine is.
Task<Result<>> DockerSource::introduce(SourceSink& sink) {
  auto version = co_await client_.negotiate();
  if (!version) co_return forward(version);
  auto body = co_await client_.get("info", "/info", max_info_bytes, request_limit);
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
  if (host.id != host_.id) {
    // Another engine answers here than before, or the first one.
    if (std::exchange(host_told_, false)) {
      sink.containers_listed(host_.id, {});
      sink.host_removed(host_.id);
    }
    containers_.clear();
    events_.forget();
  }
  host_ = std::move(host);
  co_return Result<>();
}

Task<Result<>> DockerSource::list(SourceSink& sink) {
  auto body = co_await client_.get("list", "/containers/json?all=1", max_list_bytes, list_limit);
  if (!body) co_return forward(body);
  auto listed = co_await workers_.run([&] { return parse_list(*body, host_.id); });
  if (!listed) co_return forward(listed);
  std::unordered_map<ContainerId, Entry> before = std::exchange(containers_, {});
  for (Container& container : *listed) {
    Entry entry;
    if (const auto known = before.find(container.id); known != before.end()) {
      entry = known->second;
      if (entry.inspected) keep_inspected(container, entry.container);
    }
    if (container.is_running() || container.state == ContainerState::restarting) ask_inspection(container.id, false);
    entry.container = container;
    containers_.insert_or_assign(container.id, std::move(entry));
  }
  tell_host(sink);  // before its first containers
  sink.containers_listed(host_.id, std::move(*listed));
  for (const auto& [id, entry] : before)
    if (!can_grow(id)) ended(id);
  co_return Result<>();
}

Task<Result<>> DockerSource::keep_asking() {
  for (;;) {
    co_await sleep_for(ping_interval);
    auto answer = co_await client_.get("ping", "/_ping", 4096, request_limit);
    if (!answer && answer.error().code != ErrorCode::permission_denied) co_return forward(answer);
  }
}

Task<Result<>> DockerSource::read_events(net::ResponseStream& stream, SourceSink& sink) {
  text::LineSplitter lines;
  std::vector<std::byte> buffer(8 << 10);
  for (;;) {
    auto n = co_await stream.read_some(buffer);
    if (!n) co_return forward(n);
    if (*n == 0) co_return Result<>();
    lines.feed(std::string_view(reinterpret_cast<const char*>(buffer.data()), *n),
               [&](const text::Line& line) { handle_event(line.bytes, sink); });
  }
}

void DockerSource::handle_event(std::string_view json, SourceSink& sink) {
  if (json.find_first_not_of(" \r") == std::string_view::npos) return;
  auto parsed = parse_event(json, host_.id);
  if (!parsed) {
    spdlog::debug("docker: {}", parsed.error().detail);
    return;
  }
  if (!*parsed) return;
  ContainerEvent event = std::move(**parsed);
  if (events_.seen_before(event.time, json)) return;
  const ContainerId id = event.container;
  if (event.action == "destroy" && !containers_.contains(id)) return;  // a replayed one, of before the list
  Entry& entry = entry_of(event);
  const Container before = entry.container;
  if (event.action == "die") entry.pid = 0;  // the number may be another process's from now on
  apply_event(event, entry.container);
  // An event repeats all the labels, which the container has.
  std::erase_if(event.attributes, [&](const auto& attribute) { return before.labels.contains(attribute.first); });
  if (event.action == "destroy") {
    sink.container_event(std::move(event));
    if (const auto files = log_files_of(entry)) logs_.forget(files->path);
    containers_.erase(id);
    sink.container_removed(id);
    ended(id);
    return;
  }
  if (!(before == entry.container)) sink.container_changed(entry.container);
  if (wants_inspection(event.action)) ask_inspection(id, true);
  if (event.action == "die") ended(id);
  sink.container_event(std::move(event));
}

/// The container of an event; a new one is made from what the event says, and told.
DockerSource::Entry& DockerSource::entry_of(const ContainerEvent& event) {
  const auto [found, made] = containers_.try_emplace(event.container);
  Entry& entry = found->second;
  if (!made) return entry;
  Container& container = entry.container;
  container.id = event.container;
  container.host = host_.id;
  container.created = event.time;
  container.labels = event.attributes;
  std::string name;
  if (const auto attribute = event.attributes.find("name"); attribute != event.attributes.end())
    name = attribute->second;
  if (const auto attribute = event.attributes.find("image"); attribute != event.attributes.end())
    container.image = attribute->second;
  for (const char* own : {"name", "image", "exitCode", "signal", "execDuration", "health", "oldName"})
    container.labels.erase(own);
  apply_labels(container, name);
  if (sink_) sink_->container_changed(container);
  return entry;
}

/// A run of a container is over: its log ends, and its cgroup's descriptors have nothing more to say.
void DockerSource::ended(const ContainerId& id) {
  followers_.wake(id);
  meters_.forget(id);
}

void DockerSource::ask_inspection(const ContainerId& id, bool urgent) {
  if (!waiting_.insert(id).second) return;
  if (urgent)
    to_inspect_.push_front(id);
  else
    to_inspect_.push_back(id);
  more_to_inspect_.notify();
}

Task<> DockerSource::inspect_in_turn() {
  for (;;) {
    while (to_inspect_.empty()) co_await more_to_inspect_.wait();
    const ContainerId id = to_inspect_.front();
    to_inspect_.pop_front();
    waiting_.erase(id);
    if (!containers_.contains(id)) continue;
    auto entry = co_await refresh(id);
    // Gone already, which its event tells; or the engine is, which the session finds out.
    if (!entry) spdlog::debug("docker: {}", entry.error().detail);
    co_await sleep_for(inspector_rest);
  }
}

Task<Result<DockerSource::Entry>> DockerSource::refresh(ContainerId id) {
  if (!is_container_id(id.str())) co_return fail(ErrorCode::not_found, "no container has the id '" + id.str() + "'");
  auto body = co_await client_.get("inspect", "/containers/" + id.str() + "/json", max_inspection_bytes, request_limit);
  if (!body) co_return forward(body);
  auto inspection = parse_inspection(*body, host_.id);
  if (!inspection) co_return forward(inspection);
  Entry entry;
  entry.container = std::move(inspection->container);
  // Podman's Docker API calls its own form of files by Docker's name.
  if (host_.kind == "podman" && entry.container.log_driver == "json-file") entry.container.log_driver = "k8s-file";
  entry.inspected = true;
  entry.log_path = std::move(inspection->log_path);
  entry.log_options = std::move(inspection->log_options);
  entry.pid = inspection->pid;
  // Under the id that was asked for: a container removed meanwhile does not come back.
  const auto known = containers_.find(id);
  if (known != containers_.end() && entry.container.id == id) {
    const bool changed = !(known->second.container == entry.container);
    known->second = entry;
    if (changed && sink_) sink_->container_changed(entry.container);
    followers_.wake(id);
  }
  co_return entry;
}

void DockerSource::add_queues(QueueLevels& levels) const {
  levels.add_unbounded("file_workers", file_workers_.depth());
  levels.add("log_index_bytes", logs_.memory(), logs_.bound());
  levels.add("inspections", to_inspect_.size(), containers_.size());
  levels.add("stats_streams", stats_streams_.open_streams(), StatsStreams::most_streams);
}

Task<Result<Container>> DockerSource::inspect(ContainerId id) {
  auto entry = co_await refresh(std::move(id));
  if (!entry) co_return forward(entry);
  co_return std::move(entry->container);
}

bool DockerSource::can_grow(const ContainerId& id) const {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return false;
  const Container& container = found->second.container;
  return container.is_running() || container.state == ContainerState::restarting;
}

std::optional<logfile::LogOptions> DockerSource::log_files_of(const Entry& entry) const {
  if (!options_.log_files) return std::nullopt;
  return file_log_options(entry.container, entry.log_path, entry.log_options, options_.host_root);
}

Task<Result<std::unique_ptr<LogReader>>> DockerSource::open_log(ContainerId id, LogQuery query) {
  Entry entry;
  if (const auto known = containers_.find(id); known != containers_.end()) entry = known->second;
  if (!entry.inspected) {
    auto fresh = co_await refresh(id);
    if (!fresh) co_return forward(fresh);
    entry = std::move(*fresh);
  }
  if (entry.container.log_driver == "none")
    co_return fail(ErrorCode::unsupported, "This container's log driver is \"none\": the engine keeps no log of it.");
  if (auto files = log_files_of(entry)) {
    const logfile::LogFileReader::Shared shared{file_workers_, clock_, inotify_.get(), &followers_};
    auto reader = co_await logfile::LogFileReader::open(shared, logs_.at(*files), id, query);
    if (reader) co_return reader;
    // A container that was never started has no file yet, which is no reason to say anything.
    if (!refused_files_ && entry.container.state != ContainerState::created) {
      refused_files_ = true;
      spdlog::debug("docker: {}; reading logs through the engine instead", reader.error().detail);
    }
  }
  auto is_running = [this](ContainerId asked) -> Task<Result<bool>> {
    auto fresh = co_await refresh(std::move(asked));
    if (!fresh) co_return forward(fresh);
    co_return fresh->container.is_running() || fresh->container.state == ContainerState::restarting;
  };
  ApiLogReader::Log log;
  log.id = id;
  log.tty = entry.container.tty.value_or(false);
  log.unsafe_turnover = loses_lines_at_turnover(host_, entry.container, entry.log_options);
  log.coarse_times = host_.kind == "podman";
  log.stopped = !can_grow(id);
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
    const auto entry = containers_.find(id);
    // One that is not inspected yet has no process that is known.
    if (entry == containers_.end() || !entry->second.container.is_running() || entry->second.pid <= 0) continue;
    if (options_.cgroup)
      wanted.push_back({std::move(id), entry->second.pid});
    else
      by_engine.push_back(std::move(id));
  }
  CgroupMeters::Readings readings =
      co_await meters_.read(std::move(wanted), [this](const CgroupMeters::Wanted& container) {
        const auto entry = containers_.find(container.id);
        return entry != containers_.end() && can_grow(container.id) && entry->second.pid == container.pid;
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
  co_return out;
}

}  // namespace taffrail::docker
