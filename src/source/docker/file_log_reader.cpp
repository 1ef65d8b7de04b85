#include "source/docker/file_log_reader.hpp"

#include <filesystem>
#include <spdlog/spdlog.h>
#include <utility>

namespace taffrail::docker {
namespace {

/// Of the folder: the engine turns the log over, or removes it.
constexpr std::uint32_t watched = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
/// Between looks where the kernel tells; what it costs is nothing, what it catches is a kernel that did not.
constexpr Duration watched_limit = std::chrono::seconds(30);
constexpr Duration unwatched_limit = std::chrono::seconds(2);

}  // namespace

void LogFollowers::wake(const ContainerId& id) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  for (FileLogReader* reader : found->second) reader->wake();
}

FileLogReader::FileLogReader(FileLogOptions options, const ContainerId& id, LogQuery query, WorkerPool& workers,
                             LogFollowers& followers, const Executor& executor)
    : id_(id),
      path_(options.path),
      follow_(query.follow),
      workers_(workers),
      followers_(followers),
      poll_(executor),
      log_(std::move(options), id, std::move(query)) {
  followers_.readers_[id_].push_back(this);
}

FileLogReader::~FileLogReader() {
  const auto found = followers_.readers_.find(id_);
  std::erase(found->second, this);
  if (found->second.empty()) followers_.readers_.erase(found);
}

Task<Result<std::unique_ptr<FileLogReader>>> FileLogReader::open(FileLogOptions options, ContainerId id, LogQuery query,
                                                                 WorkerPool& workers, Inotify* inotify,
                                                                 LogFollowers& followers) {
  const Executor executor = co_await asio::this_coro::executor;
  const std::string folder = std::filesystem::path(options.path).parent_path();
  const bool follow = query.follow;
  std::unique_ptr<FileLogReader> reader(
      new FileLogReader(std::move(options), id, std::move(query), workers, followers, executor));
  // Before the files are opened, so that nothing happens unseen in between.
  if (follow && inotify) {
    auto watch = inotify->watch(folder, watched);
    if (watch)
      reader->watch_ = std::move(*watch);
    else
      spdlog::debug("log of {}: {}; looking every 2 s", id.str(), watch.error().detail);
  }
  auto opened = co_await workers.run([&] { return reader->log_.open(); });
  if (!opened) co_return forward(opened);
  co_return std::move(reader);
}

Task<Result<std::optional<LogChunk>>> FileLogReader::next() {
  while (!done_) {
    arm();
    // Asked before reading: what was written before the container's end is then read.
    const bool finished = !followers_.can_grow_(id_);
    auto step = co_await workers_.run([&] { return log_.read(finished); });
    if (!step) co_return forward(step);
    done_ = step->done || (step->at_end && !follow_);
    step->chunk.at_end = step->at_end;
    if (!step->chunk.batch.records.empty() || (step->at_end && follow_ && !caught_up_ && !done_)) {
      caught_up_ = caught_up_ || step->at_end;
      co_return std::move(step->chunk);
    }
    // A container that has stopped between the question above and now wakes nobody: it is asked for once more.
    if (!done_ && step->at_end && followers_.can_grow_(id_)) co_await wait();
  }
  co_return std::nullopt;
}

/// From now on the next write is told.
void FileLogReader::arm() {
  if (!watch_) return;
  const auto armed = watch_->arm(path_, IN_MODIFY);
  // While the log is turned over no file has its path; that of the one that comes is told by the folder.
  if (armed || armed.error().code == ErrorCode::not_found) return;
  spdlog::debug("log of {}: {}; looking every 2 s", id_.str(), armed.error().detail);
  watch_ = nullptr;
}

Task<> FileLogReader::wait() {
  if (watch_) {
    const std::uint32_t happened = co_await watch_->wait(watched_limit);
    // The folder is gone and with it the watch; what is left is to hear that the container is, too.
    if (happened & (IN_IGNORED | IN_DELETE_SELF)) watch_ = nullptr;
    co_return;
  }
  poll_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(unwatched_limit));
  auto [error] = co_await poll_.async_wait(as_result);
  (void)error;  // passed or woken, either way it is time to look
}

void FileLogReader::wake() {
  if (watch_)
    watch_->wake();
  else
    poll_.cancel();
}

}  // namespace taffrail::docker
