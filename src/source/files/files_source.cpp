#include "source/files/files_source.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t folder_events =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR;
constexpr Duration gone_for_good = 2s;
/// Files often come many at a time; one look serves them all. Of ten thousand files a look takes tens of milliseconds,
/// so after each there is a rest of nine times as long: looking costs a tenth of one thread at most.
constexpr Duration gather = 50ms;
constexpr int rest_per_look = 9;
constexpr Duration longest_rest = 5s;
constexpr Duration watched_limit = 10s;
constexpr Duration unwatched_limit = 1s;

std::string hash_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

FilesSource::FilesSource(const Executor& executor, WorkerPool& workers, const Clock& clock, files::Glob glob)
    : workers_(workers), clock_(clock), glob_(std::move(glob)) {
  host_.id = HostId("files-" + hash_of(glob_.text()).substr(0, 16));
  host_.name = glob_.text();
  host_.kind = "files";
  host_.state = HostState::connected;
  auto inotify = Inotify::open(executor);
  if (inotify)
    inotify_ = std::move(*inotify);
  else
    host_.detail = inotify.error().detail + "; looking every second instead";
}

Container FilesSource::describe(const std::string& path) const {
  Container container;
  container.id = ContainerId(host_.id, hash_of(path));
  container.host = host_.id;
  container.name = glob_.name_of(path);
  container.image = "file";
  container.command = path;
  container.state = ContainerState::running;
  if (const auto status = logfile::status_of(path))
    container.created = status->has_birth() ? status->identity.born : status->modified;
  container.started = container.created;
  container.tty = false;
  container.log_driver = "file";
  return container;
}

/// Watches the folders that were found, in one watch.
Task<> FilesSource::cover() {
  Inotify::Addition addition(*inotify_);
  std::set<std::string> watched;
  co_await workers_.run([&] {
    for (const std::string& folder : found_.folders)
      if (addition.watch(folder, folder_events)) watched.insert(folder);
  });
  // The old watch lives until the new one stands, so that nothing that both cover is missed.
  auto fresh = watched.empty() ? nullptr : inotify_->watch();
  // What went away meanwhile is found by looking again.
  if (fresh && !addition.enter(*fresh)) watched.clear();
  folders_ = std::move(fresh);
  watched_ = std::move(watched);
}

/// Looks at the folders, on a worker.
Task<> FilesSource::find() {
  found_ = co_await workers_.run([this] { return glob_.find(); });
  const std::size_t all = found_.folders.size();
  // The kernel tells little of them, and setting a watch there can hang.
  co_await workers_.run([this] { std::erase_if(found_.folders, logfile::is_remote); });
  remote_ = found_.folders.size() < all;
}

Task<> FilesSource::look(SourceSink& sink) {
  co_await find();
  // What came into a folder before it was watched is found by looking again; a few times at most, for folders can come
  // faster than that.
  for (int tries = 0; inotify_ && found_.folders != watched_ && tries < 3; ++tries) {
    co_await cover();
    co_await find();
  }
  std::string detail;
  for (const std::string& problem : found_.problems) detail += (detail.empty() ? "" : "; ") + problem;
  if (found_.cut_off)
    detail += (detail.empty() ? "" : "; ") + std::string("more files or folders match than are shown");
  if (!told_ || detail != host_.detail) {
    host_.detail = detail;
    sink.host_changed(host_);
  }

  std::vector<std::string> fresh;
  for (const std::string& path : found_.files) {
    const auto id = ids_.find(path);
    Known* known = id == ids_.end() ? nullptr : &known_.at(id->second);
    if (known) known->missing.reset();
    if (!known || !known->listed) fresh.push_back(path);
  }
  std::vector<Container> listed = co_await workers_.run([&] {
    std::vector<Container> described;
    described.reserve(fresh.size());
    for (const std::string& path : fresh) described.push_back(describe(path));
    return described;
  });
  for (const Container& container : listed) {
    Known& known = known_[container.id];
    known.container = container;
    known.path = container.command;
    ids_.insert_or_assign(known.path, container.id);
    known.listed = true;
    if (told_) sink.container_changed(container);
  }
  if (!told_) co_await sink.containers_listed(host_.id, std::move(listed));
  told_ = true;

  const SteadyTime now = clock_.steady_now();
  for (auto entry = known_.begin(); entry != known_.end();) {
    Known& known = entry->second;
    if (!found_.files.contains(known.path)) {
      if (!known.missing) known.missing = now;
      if (known.listed && now - *known.missing >= gone_for_good) {
        known.listed = false;
        sink.container_removed(entry->first);
      }
      if (!known.listed) {
        logs_.forget(known.path);
        ids_.erase(known.path);
        entry = known_.erase(entry);
        continue;
      }
    }
    ++entry;
  }
}

/// How long to wait for the kernel before the next look.
Duration FilesSource::patience() const {
  for (const auto& [id, known] : known_)
    if (known.missing && known.listed) return gone_for_good / 4;
  return folders_ && !remote_ ? watched_limit : unwatched_limit;
}

Task<> FilesSource::watch_folders(SourceSink& sink) {
  for (;;) {
    const SteadyTime begun = clock_.steady_now();
    co_await look(sink);
    const Duration rest = std::clamp<Duration>(rest_per_look * (clock_.steady_now() - begun), gather, longest_rest);
    const Duration limit = patience();
    if (folders_)
      co_await folders_->wait(limit);
    else
      co_await sleep_for(limit);
    co_await sleep_for(rest);
  }
}

Task<> FilesSource::run(SourceSink& sink) {
  if (inotify_)
    co_await first_of(inotify_->run(), watch_folders(sink));  // both go on for ever, unless one breaks
  else
    co_await watch_folders(sink);
}

Task<Result<Container>> FilesSource::inspect(ContainerId id) {
  const auto found = known_.find(id);
  if (found == known_.end()) co_return fail(ErrorCode::not_found, "no file has the id " + id.str());
  co_return found->second.container;
}

Task<Result<std::unique_ptr<LogReader>>> FilesSource::open_log(ContainerId id, LogQuery query) {
  const auto found = known_.find(id);
  if (found == known_.end()) co_return fail(ErrorCode::not_found, "no file has the id " + id.str());
  logfile::LogOptions options;
  options.path = found->second.path;
  const logfile::LogFileReader::Shared shared{workers_, clock_, inotify_.get()};
  auto reader = co_await logfile::LogFileReader::open(shared, logs_.at(options), std::move(id), std::move(query));
  co_return reader;
}

Task<std::vector<std::pair<ContainerId, StatCounters>>> FilesSource::read_stats(std::vector<ContainerId>) {
  co_return std::vector<std::pair<ContainerId, StatCounters>>();
}

}  // namespace taffrail
