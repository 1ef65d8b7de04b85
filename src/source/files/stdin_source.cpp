#include "source/files/stdin_source.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "source/sequencer.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t block_size = 64 << 10;

/// A descriptor of our own for the same input. Pipes and terminals are opened anew: Asio makes it non-blocking, and a
/// terminal's open description is shared with the shell. A file is not, for it may have been read from already.
Result<int> own_descriptor(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::unexpected(system_error("look at the standard input", errno));
  int own = -1;
  if (!S_ISREG(status.st_mode)) {
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    own = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  }
  if (own < 0) own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return std::unexpected(system_error("read the standard input", errno));
  return own;
}

}  // namespace

StdinSource::StdinSource(const Executor& executor, const Clock& clock, int descriptor, std::size_t memory)
    : executor_(executor),
      clock_(clock),
      descriptor_(descriptor),
      ring_(memory, Sequencer::first_of(clock.now())),
      changed_(executor) {
  host_.id = HostId("stdin");
  host_.name = "stdin";
  host_.kind = "stdin";
  host_.state = HostState::connected;
  container_.id = ContainerId(host_.id, "stdin");
  container_.host = host_.id;
  container_.name = "stdin";
  container_.image = "stdin";
  container_.state = ContainerState::running;
  container_.created = container_.started = clock_.now();
  container_.tty = false;
  container_.log_driver = "stdin";
}

void StdinSource::feed(std::string_view bytes) {
  last_ = std::max(last_, clock_.now());
  splitter_.feed(bytes, [&](const text::Line& line) { ring_.push(last_, line.bytes, line.truncated); });
  changed_.notify();
}

/// A regular file works here too: Asio reads it at once, without epoll, which refuses files.
Task<Result<>> StdinSource::read_all() {
  const auto own = own_descriptor(descriptor_);
  if (!own) co_return std::unexpected(own.error());
  asio::posix::stream_descriptor stream(executor_);
  boost::system::error_code assigned;
  stream.assign(*own, assigned);
  if (assigned) {
    ::close(*own);
    co_return std::unexpected(system_error("wait for the standard input", assigned.value()));
  }
  std::string buffer(block_size, '\0');
  for (;;) {
    const auto [error, count] = co_await stream.async_read_some(asio::buffer(buffer), as_result);
    if (error == asio::error::eof) co_return Result<>();
    if (error) co_return std::unexpected(system_error("read the standard input", error.value()));
    feed(std::string_view(buffer).substr(0, count));
  }
}

Task<> StdinSource::run(SourceSink& sink) {
  sink.host_changed(host_);
  co_await sink.containers_listed(host_.id, {container_});
  const auto done = co_await read_all();
  splitter_.finish([&](const text::Line& line) { ring_.push(last_, line.bytes, line.truncated); });
  ended_ = true;
  changed_.notify();
  container_.state = ContainerState::exited;
  container_.finished = clock_.now();
  if (done) {
    container_.exit_code = 0;
  } else {
    host_.detail = done.error().detail;
    host_.state = HostState::unreachable;
    sink.host_changed(host_);
  }
  sink.container_changed(container_);
  ContainerEvent event;
  event.container = container_.id;
  event.host = host_.id;
  event.time = *container_.finished;
  event.action = "die";
  event.attributes["name"] = container_.name;
  if (done) event.attributes["exitCode"] = "0";
  sink.container_event(std::move(event));
  // Nothing more will happen; the source stays until it is cancelled.
  SignalFlag never(executor_);
  co_await never.wait();
}

Task<Result<Container>> StdinSource::inspect(ContainerId id) {
  if (id != container_.id) co_return fail(ErrorCode::not_found, "the standard input has no container " + id.str());
  co_return container_;
}

class StdinSource::Reader final : public LogReader {
 public:
  Reader(StdinSource& source, LogQuery query) : source_(source), query_(std::move(query)) {
    const files::LineRing& ring = source_.ring_;
    if (query_.before) query_.follow = false;
    next_ = ring.first();
    // Only who asks for what comes after a line misses those that are gone; others ask for what there is.
    if (query_.after) next_ = query_.after->seq == std::numeric_limits<Seq>::max() ? ring.end() : query_.after->seq + 1;
    if (query_.after && next_ < ring.base()) {
      of_earlier_run_ = query_.after->seq > 0;  // 0: whatever there is
      next_ = ring.base();
    }
    // Lines are stamped when they come, by a clock that is held to rise: place and time are one.
    if (query_.since) next_ = std::max(next_, ring.first_at(*query_.since));
    if (query_.from) next_ = std::max(next_, ring.first_at(*query_.from));
    end_ = std::max(upper(ring), next_);
    if (query_.before) end_ = std::min(end_, query_.before->seq);
    if (query_.tail && query_.tail_bytes && end_ > next_)
      next_ = std::max(next_, ring.last_bytes(end_, *query_.tail_bytes));
    if (query_.tail && end_ > next_ && end_ - next_ > *query_.tail) next_ = std::max(end_ - *query_.tail, ring.first());
    if (next_ > ring.end()) next_ = ring.end();
    if (query_.after) last_ = Cursor{query_.after->seq, query_.after->time, {}};
  }

  Task<Result<std::optional<LogChunk>>> next() override {
    const files::LineRing& ring = source_.ring_;
    LogChunk chunk;
    chunk.batch.container = source_.container_.id;
    for (;;) {
      // Asked first: lines that came before the end are seen below.
      const Time now = source_.clock_.now();
      const bool more_to_come = query_.follow && !source_.ended_ && !(query_.until && now >= *query_.until) &&
                                !(query_.to && now > *query_.to);
      if (query_.follow) end_ = upper(ring);
      const Seq lost_up_to = std::min(ring.first(), end_);
      if (next_ < lost_up_to || (of_earlier_run_ && end_ > ring.base())) {
        Gap gap;
        gap.container = source_.container_.id;
        gap.after = last_;
        if (ring.first() < ring.end()) gap.before = Cursor{ring.first(), ring.time_of(ring.first()), {}};
        if (!std::exchange(of_earlier_run_, false)) gap.lines = lost_up_to - next_;
        gap.reason = "rotated";
        chunk.gap = std::move(gap);
        next_ = std::max(next_, lost_up_to);
      }
      next_ = ring.copy(next_, end_, query_.chunk_bytes, chunk.batch);
      if (!chunk.batch.records.empty()) {
        const Record& newest = chunk.batch.records.back();
        last_ = Cursor{newest.seq, newest.time, {}};
      }
      chunk.at_end = next_ >= end_;
      if (!chunk.batch.records.empty() || chunk.gap || (more_to_come && !told_end_)) {
        told_end_ = told_end_ || chunk.at_end;
        co_return std::optional(std::move(chunk));
      }
      if (!more_to_come) co_return std::nullopt;
      co_await source_.changed_.wait();
    }
  }

 private:
  /// Behind the last line that there is of what is asked for by time.
  [[nodiscard]] Seq upper(const files::LineRing& ring) const {
    Seq end = ring.end();
    if (query_.until) end = std::min(end, ring.first_at(*query_.until));
    if (query_.to) end = std::min(end, ring.first_at(moved(*query_.to, Duration(1))));
    return end;
  }

  StdinSource& source_;
  LogQuery query_;
  Seq next_ = 0;
  Seq end_ = 0;
  std::optional<Cursor> last_;  // the last line delivered
  bool told_end_ = false;
  bool of_earlier_run_ = false;  // the line that the query's `after` names
};

Task<Result<std::unique_ptr<LogReader>>> StdinSource::open_log(ContainerId id, LogQuery query) {
  if (id != container_.id) co_return fail(ErrorCode::not_found, "the standard input has no container " + id.str());
  co_return std::make_unique<Reader>(*this, std::move(query));
}

Task<std::vector<std::pair<ContainerId, StatCounters>>> StdinSource::read_stats(std::vector<ContainerId>) {
  co_return std::vector<std::pair<ContainerId, StatCounters>>();
}

}  // namespace taffrail
