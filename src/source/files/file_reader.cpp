#include "source/files/file_reader.hpp"

#include <utility>

#include "base/timeout.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;

/// Looks in between, for what the kernel does not tell.
constexpr Duration watched_limit = 2s;
constexpr Duration unwatched_limit = 500ms;

}  // namespace

FileReader::FileReader(Shared shared, LogFile& log, ContainerId id, LogQuery query)
    : shared_(shared), log_(log), reading_(log, std::move(id), std::move(query)) {
  ++log_.readers;
}

FileReader::~FileReader() { --log_.readers; }

Task<Result<std::unique_ptr<LogReader>>> FileReader::open(Shared shared, LogFile& log, ContainerId id, LogQuery query) {
  std::unique_ptr<FileReader> reader(new FileReader(shared, log, std::move(id), std::move(query)));
  const Time now = shared.clock.now();
  auto opened = co_await shared.workers.run([&] { return reader->reading_.open(now); });
  if (!opened) co_return forward(opened);
  if (reader->reading_.follows()) reader->watch();
  co_return std::move(reader);
}

/// Watches the folder in which a successor will appear.
void FileReader::watch() {
  watch_.reset();
  const FileReading::Watched watched = reading_.watched();
  if (!shared_.inotify || watched.remote) return;
  auto watch = shared_.inotify->watch(watched.folder, IN_CREATE | IN_MOVED_TO);
  if (watch) watch_ = std::move(*watch);
}

/// From now on the next change of the files being read is told, under whatever names they are.
void FileReader::arm() {
  if (!watch_) return;
  for (const std::string& file : reading_.watched().files) {
    if (watch_->arm(file, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF)) continue;
    watch_.reset();  // looking every now and then it is
    return;
  }
}

Task<> FileReader::wait() {
  if (watch_)
    co_await watch_->wait(watched_limit);
  else
    co_await sleep_for(unwatched_limit);
}

Task<Result<std::optional<LogChunk>>> FileReader::next() {
  for (;;) {
    arm();
    const Time now = shared_.clock.now();
    const SteadyTime steady = shared_.clock.steady_now();
    auto step = co_await shared_.workers.run([&] { return reading_.read(now, steady, told_end_); });
    if (!step) co_return forward(step);
    if (step->files_changed && reading_.follows()) watch();
    LogChunk& chunk = step->chunk;
    const bool catches_up = chunk.at_end && step->more && !told_end_;
    if (!chunk.batch.records.empty() || chunk.gap || catches_up) {
      told_end_ = told_end_ || chunk.at_end;
      co_return std::optional(std::move(chunk));
    }
    if (!step->more) co_return std::nullopt;
    // A file that is watched only now may have changed before, so it is read once more.
    if (chunk.at_end && !step->files_changed) co_await wait();
  }
}

}  // namespace taffrail::files
