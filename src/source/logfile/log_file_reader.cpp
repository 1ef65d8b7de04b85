#include "source/logfile/log_file_reader.hpp"

#include <utility>

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;

/// Of the folder in which a successor will appear.
constexpr std::uint32_t folder_events = IN_CREATE | IN_MOVED_TO;
/// Looks in between, for what the kernel does not tell; also for what is due by time, such as a last line without a
/// newline.
constexpr Duration watched_limit = 2s;
constexpr Duration unwatched_limit = 500ms;
/// A container's end is told by its engine, and its last line has a newline or ends with it.
constexpr Duration followers_limit = 30s;
/// When somebody asks again only after this, there is likely more.
constexpr Duration a_while = 100ms;
/// A reading of more files than that is not at the end of the first of them.
constexpr std::size_t most_armed = 16;

}  // namespace

void LogFollowers::wake(const ContainerId& id) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  for (LogFileReader* reader : found->second) reader->wake();
}

LogFileReader::LogFileReader(Shared shared, std::shared_ptr<Log> log, ContainerId id, LogQuery query,
                             const Executor& executor)
    : shared_(shared), id_(id), reading_(std::move(log), std::move(id), std::move(query)), poll_(executor) {
  if (shared_.followers) shared_.followers->readers_[id_].push_back(this);
}

LogFileReader::~LogFileReader() {
  if (!shared_.followers) return;
  const auto found = shared_.followers->readers_.find(id_);
  std::erase(found->second, this);
  if (found->second.empty()) shared_.followers->readers_.erase(found);
}

Task<Result<std::unique_ptr<LogReader>>> LogFileReader::open(Shared shared, std::shared_ptr<Log> log, ContainerId id,
                                                             LogQuery query) {
  auto opened = co_await open_now(shared, log, id, query);
  if (opened && query.wait_for_last_line && (*opened)->reading_.unfinished_for() > Duration{}) {
    asio::steady_timer& timer = (*opened)->poll_;
    timer.expires_after(std::chrono::ceil<asio::steady_timer::duration>((*opened)->reading_.unfinished_for()));
    co_await timer.async_wait(asio::use_awaitable);
    opened = co_await open_now(shared, std::move(log), std::move(id), std::move(query));
  }
  if (!opened) co_return forward(opened);
  co_return std::move(*opened);
}

Task<Result<std::unique_ptr<LogFileReader>>> LogFileReader::open_now(Shared shared, std::shared_ptr<Log> log,
                                                                     ContainerId id, LogQuery query) {
  const Executor executor = co_await asio::this_coro::executor;
  std::unique_ptr<LogFileReader> reader(
      new LogFileReader(shared, std::move(log), std::move(id), std::move(query), executor));
  const LogReading::Moment now = reader->moment();
  auto opened = co_await shared.workers.run([&] { return reader->reading_.open(now); });
  if (!opened) co_return forward(opened);
  co_return std::move(reader);
}

LogReading::Moment LogFileReader::moment() const {
  return {.now = shared_.clock.now(),
          .steady = shared_.clock.steady_now(),
          .finished = shared_.followers && !shared_.followers->can_grow_(id_)};
}

/// On a worker: has the kernel tell the next change of the files being read, under whatever names they are, and, when
/// `whole` says so, of the folder in which a successor will appear. False: looking every now and then it is.
bool LogFileReader::add_watches(Inotify::Addition& addition, bool whole) const {
  const LogReading::Watched watched = reading_.watched();
  if (watched.remote) return false;
  if (whole && !addition.watch(watched.folder, folder_events)) return false;
  if (watched.files.size() > most_armed) return true;
  for (const std::string& file : watched.files)
    if (!addition.arm(file, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF)) return false;
  return true;
}

/// Reads on. Where there is likely something to read, nothing need be told of it: a log that is written all the time is
/// not watched at all.
Task<Result<LogReading::Step>> LogFileReader::step() {
  if (watch_ && std::exchange(may_have_grown_, false)) {
    const LogReading::Moment now = moment();
    auto step = co_await shared_.workers.run([&] { return reading_.read(now); });
    if (step && step->files_changed) watch_.reset();
    const bool brought = !step || !step->more || !step->chunk.at_end || step->chunk.gap ||
                         !step->chunk.batch.records.empty() || step->files_changed;
    if (brought) co_return step;
  }
  auto step = co_await step_watched();
  co_return step;
}

/// Reads on. What is read is watched before that, so that what comes after the look is told.
Task<Result<LogReading::Step>> LogFileReader::step_watched() {
  // Asked before reading: what was written before the container's end is then read.
  const LogReading::Moment now = moment();
  if (!shared_.inotify || !reading_.follows()) {
    auto step = co_await shared_.workers.run([&] { return reading_.read(now); });
    co_return step;
  }
  Inotify::Addition addition(*shared_.inotify);
  const bool whole = !watch_;
  bool added = false;
  auto step = co_await shared_.workers.run([&] {
    added = add_watches(addition, whole);
    return reading_.read(now);
  });
  if (added && whole) watch_ = shared_.inotify->watch();
  if (added && !addition.enter(*watch_)) added = false;
  // Of other files and perhaps another folder.
  if (!added || (step && step->files_changed)) watch_.reset();
  co_return step;
}

Task<> LogFileReader::wait() {
  if (watch_) {
    const Duration limit = shared_.followers ? followers_limit : watched_limit;
    const std::uint32_t happened = co_await watch_->wait(limit);
    may_have_grown_ = happened != 0;
    // The folder is gone and with it the watch; what is left is to hear that the container is, too.
    if (shared_.followers && (happened & IN_IGNORED)) watch_ = nullptr;
    co_return;
  }
  poll_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(unwatched_limit));
  auto [error] = co_await poll_.async_wait(as_result);
  (void)error;  // passed or woken, either way it is time to look
}

void LogFileReader::wake() {
  if (watch_)
    watch_->wake();
  else
    poll_.cancel();
}

Task<Result<std::optional<LogChunk>>> LogFileReader::next() {
  may_have_grown_ = given_ && shared_.clock.steady_now() - *given_ >= a_while;
  while (!done_) {
    auto step = co_await this->step();
    if (!step) co_return forward(step);
    done_ = !step->more;
    LogChunk& chunk = step->chunk;
    const bool catches_up = chunk.at_end && step->more && !told_end_;
    if (!chunk.batch.records.empty() || chunk.gap || catches_up) {
      told_end_ = told_end_ || chunk.at_end;
      given_ = shared_.clock.steady_now();
      co_return std::optional(std::move(chunk));
    }
    // A file that is watched only now may have changed before, so it is read once more; and a container that has
    // stopped between the question above and now wakes nobody.
    const bool grows = !shared_.followers || shared_.followers->can_grow_(id_);
    if (!done_ && chunk.at_end && !step->files_changed && grows) co_await wait();
  }
  co_return std::nullopt;
}

}  // namespace taffrail::logfile
