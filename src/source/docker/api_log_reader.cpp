#include "source/docker/api_log_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/timeout.hpp"

namespace taffrail::docker {
namespace {

/// How far lines may stand out of order by time: dockerd copies stdout and stderr in two threads, and each takes a
/// line's time before it waits for the file. Requests reach so much further than what is asked for.
constexpr Duration disorder = std::chrono::seconds(1);
/// For the head of an answer. dockerd may read through a long log first to find where `since` is.
constexpr Duration head_limit = std::chrono::seconds(120);
constexpr std::size_t idle_buffer = 16 << 10;
constexpr std::size_t busy_buffer = 256 << 10;
/// How many of the newest lines are asked for when a reading goes on: dockerd finds them from the end of its files,
/// while it finds `since` alone by decoding everything from their beginning. When they do not reach back far enough,
/// the request is made again without the limit.
constexpr std::uint64_t resume_lines = 5'000;
/// As many lines at once are a burst, in which an engine may turn a log over unseen (see the class).
constexpr std::uint64_t burst_lines = 50;
/// Between polls during a burst: more often costs the engine more, more seldom lets more lines come together.
constexpr Duration poll_pause = std::chrono::milliseconds(20);
/// A tail above an upper bound: dockerd counts it from the end of the log, not from the bound, so it is asked for in
/// growing pieces. From the last of these sizes on the whole log is.
constexpr std::uint64_t first_piece = 2'000;
constexpr std::uint64_t piece_growth = 8;
constexpr std::uint64_t largest_piece = 1 << 20;
/// What a tail may hold of memory, because it is known to be one only at its end.
constexpr std::size_t max_tail_bytes = 64 << 20;

std::string unix_time(Time time) {
  const auto nanos = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
  return fmt::format("{}.{:09}", nanos / 1'000'000'000, nanos % 1'000'000'000);
}

std::uint64_t hash_of(std::string_view line) { return XXH3_64bits(line.data(), line.size()); }

}  // namespace

ApiLogReader::ApiLogReader(EngineClient& client, WorkerPool& workers, IsRunning is_running, Log log, LogQuery query)
    : client_(client),
      workers_(workers),
      is_running_(std::move(is_running)),
      log_(std::move(log)),
      query_(std::move(query)),
      seen_(query_.after),
      buffer_(idle_buffer),
      newest_(resume_lines),
      pause_(std::chrono::milliseconds(100), std::chrono::seconds(10), std::hash<ContainerId>()(log_.id)) {
  if (log_.tty) decoder_.emplace<text::TtyLogDecoder>();
}

Task<Result<>> ApiLogReader::open() {
  if (query_.tail) {
    auto collected = co_await collect_tail(*query_.tail);
    co_return collected;
  }
  auto resumed = co_await resume(false, Limit::newest);
  co_return resumed;
}

Task<Result<>> ApiLogReader::start(Request request) {
  stream_.reset();
  sequencer_ = {};
  taken_.reset();
  awaited_.reset();
  met_ = lines_ = 0;
  // Docker before 23, once it meets a compressed file that is older than `since`, leaves out the newer ones too.
  if (log_.unsafe_turnover) request.since.reset();
  std::string target = fmt::format("/containers/{}/logs?stdout=1&stderr=1&timestamps=1", log_.id.str());
  if (request.since) target += "&since=" + unix_time(*request.since);
  std::optional<Time> until = request.until;
  if (query_.before) until = moved(query_.before->time, disorder);
  if (query_.until) until = std::min(until.value_or(Time::max()), moved(*query_.until, disorder));
  if (until) target += "&until=" + unix_time(*until);
  if (request.tail) target += fmt::format("&tail={}", *request.tail);
  if (request.follow) target += "&follow=1";
  std::visit([](auto& decoder) { decoder.reset(); }, decoder_);
  auto stream = co_await client_.open("logs", std::move(target), head_limit);
  if (!stream) co_return forward(stream);
  stream_.emplace(std::move(*stream));
  co_return Result<>();
}

/// A new request, from the last line seen.
Task<Result<>> ApiLogReader::resume(bool follow, Limit limit) {
  LogQuery query = query_;
  query.after = seen_;
  if (!first_) {
    query.tail.reset();
    query.since.reset();
  }
  selection_.emplace(log_.id, query,
                     first_ ? logfile::LogSelection::Context::wanted : logfile::LogSelection::Context::given);
  Request request;
  request.follow = follow;
  // Lines of one second that say the same cannot be told apart.
  std::optional<Landmark> known = log_.coarse_times ? std::nullopt : known_;
  if (known && !(seen_ && known->place.seq == seen_->seq)) known.reset();
  // The place may be later than what the line states.
  if (seen_) request.since = moved(known ? std::min(seen_->time, known->stated) : seen_->time, -disorder);
  if (query.since) request.since = std::max(request.since.value_or(Time::min()), moved(*query.since, -disorder));
  // The newest lines may all be above an upper bound.
  limited_ = seen_ && limit == Limit::newest && !log_.coarse_times && !query_.before && !query_.until;
  if (limited_) request.tail = newest_;
  auto started = co_await start(request);
  awaited_ = known;
  co_return started;
}

/// A new request without `follow`, for about twice as many lines as the one before gave.
Task<Result<>> ApiLogReader::poll() {
  newest_ = std::clamp(2 * selection_->wanted(), resume_lines, largest_piece);
  auto again = co_await resume(false, Limit::newest);
  co_return again;
}

/// Whether what was followed may lack lines or repeat some.
bool ApiLogReader::doubtful() const {
  return log_.unsafe_turnover && phase_ == Phase::following &&
         (selection_->pending_lines() > burst_lines || selection_->went_back());
}

/// Reads the newest lines into the selection, all of them: which of them are the answer is known at the end only.
Task<Result<>> ApiLogReader::collect_tail(std::uint64_t lines) {
  const bool bounded = query_.before || query_.until || log_.coarse_times;
  const std::uint64_t needed = lines + Sequencer::warm_up_lines;
  std::optional<std::uint64_t> piece = bounded ? std::max(needed * 2, first_piece) : needed;
  std::optional<std::uint64_t> got_before;
  for (;;) {
    selection_.emplace(log_.id, query_, logfile::LogSelection::Context::wanted);
    Request request;
    request.tail = piece;
    auto started = co_await start(request);
    if (!started) co_return started;
    for (;;) {
      auto more = co_await read_some();
      if (!more) co_return forward(more);
      if (!*more) break;
      if (selection_->pending_lines() > 2 * lines + 1024) selection_->keep_last(lines);
      if (selection_->pending_bytes() > max_tail_bytes)
        co_return fail(ErrorCode::too_large, fmt::format("the last {} lines are over {} MiB, which the engine cannot "
                                                         "give in pieces; ask for fewer, or by time",
                                                         lines, max_tail_bytes >> 20));
    }
    selection_->keep_last(lines);
    const std::uint64_t got = selection_->below() + selection_->wanted();
    const bool below_reached = (query_.after || query_.since) && selection_->below() > 0;
    const bool whole_seconds = !log_.coarse_times || (selection_->first_pending() &&
                                                      *selection_->first_pending() > *selection_->first_taken());
    const bool enough = selection_->wanted() >= lines && (got >= needed || below_reached) && whole_seconds;
    // A larger piece that gave nothing more than the one before began at the log's beginning.
    const bool exhausted = !bounded || !piece || below_reached || (got_before && *got_before == got && got > 0);
    if (enough || exhausted) break;
    got_before = got;
    piece = *piece >= largest_piece ? std::nullopt : std::optional(*piece * piece_growth);
  }
  co_return Result<>();
}

Task<Result<std::optional<LogChunk>>> ApiLogReader::next() {
  while (phase_ != Phase::ended) {
    if (behind_a_hole()) {
      newest_ *= piece_growth;
      auto again = co_await resume(phase_ == Phase::following, newest_ <= largest_piece ? Limit::newest : Limit::none);
      if (!again) co_return forward(again);
      continue;
    }
    if (doubtful()) {
      phase_ = Phase::polling;
      auto again = co_await poll();
      if (!again) co_return forward(again);
      continue;
    }
    if (selection_->pending_lines() > 0) {
      LogChunk chunk = cut();
      chunk.at_end = phase_ == Phase::following && selection_->pending_lines() == 0;
      co_return std::move(chunk);
    }
    if (selection_->past_end()) break;
    if (stream_) {
      auto more = co_await read_some();
      if (!more) co_return forward(more);
      if (!*more) stream_.reset();
      continue;
    }
    if (phase_ == Phase::past && query_.follow && !caught_up_) {
      caught_up_ = true;
      LogChunk chunk = cut();
      chunk.at_end = true;
      co_return std::move(chunk);
    }
    auto moved_on = co_await stream_ended();
    if (!moved_on) co_return forward(moved_on);
  }
  phase_ = Phase::ended;
  stream_.reset();
  co_return std::nullopt;
}

LogChunk ApiLogReader::cut() {
  first_ = false;
  LogChunk chunk = selection_->cut();
  if (!selection_->last()) return chunk;
  seen_ = selection_->last();
  if (taken_ && taken_->place.seq == seen_->seq) {
    known_ = taken_;
  } else if (!chunk.batch.records.empty()) {
    const auto& records = chunk.batch.records;
    const Record& last = records.back();
    const std::string_view bytes = chunk.batch.text(last);
    known_ = Landmark{{last.place_time, last.seq}, last.time, hash_of(bytes), 0};
    for (auto record = records.rbegin(); record != records.rend() && record->time == last.time; ++record)
      known_->equal += chunk.batch.text(*record) == bytes ? 1 : 0;
  }
  return chunk;
}

/// Chooses what comes after an answer that was read to its end.
Task<Result<>> ApiLogReader::stream_ended() {
  if (selection_->seen()) {
    seen_ = selection_->seen();
    if (taken_ && taken_->place.seq == seen_->seq) known_ = taken_;
  }
  if (phase_ != Phase::polling) newest_ = resume_lines;
  if (!query_.follow) {
    phase_ = Phase::ended;
    co_return Result<>();
  }
  if (phase_ == Phase::polling && selection_->wanted() > burst_lines) {
    co_await sleep_for(poll_pause);
    auto again = co_await poll();
    co_return again;
  }
  // Either the container has stopped, or the engine lets go of its clients: asking it tells.
  auto running = co_await is_running_(log_.id);
  if (!running) co_return forward(running);
  if (!*running && phase_ == Phase::rest) {
    phase_ = Phase::ended;
    co_return Result<>();
  }
  if (*running && phase_ != Phase::past && phase_ != Phase::polling) co_await sleep_for(pause_.next());
  // A stopped container is read once more: it may have written between the last answer's end and its own.
  phase_ = *running ? Phase::following : Phase::rest;
  auto started = co_await resume(*running, Limit::newest);
  co_return started;
}

void ApiLogReader::take(const text::Line& line) {
  Place place = sequencer_.next(line.time);
  const std::uint64_t hash = hash_of(line.bytes);
  if (awaited_ && line.time == awaited_->stated && hash == awaited_->hash && ++met_ == awaited_->equal) {
    place = awaited_->place;
    sequencer_ = {};
    sequencer_.raise(place);
    awaited_.reset();
  }
  const bool again = taken_ && taken_->stated == line.time && taken_->hash == hash;
  taken_ = Landmark{place, line.time, hash, again ? taken_->equal + 1 : 1};
  ++lines_;
  selection_->take(line, place, line.time);
}

/// Reads a piece of the answer. False at its end.
Task<Result<bool>> ApiLogReader::read_some() {
  auto n = co_await stream_->read_some(buffer_);
  if (!n) co_return forward(n);
  if (*n == 0) {
    // An engine that goes down ends answers in order too, even within a line; only a stopped container's last line
    // may lack its newline, and of that one nothing more will come.
    if (phase_ == Phase::rest || (log_.stopped && !query_.follow))
      std::visit([&](auto& decoder) { decoder.finish([&](const text::Line& line) { take(line); }); }, decoder_);
    co_return false;
  }
  pause_.reset();
  const std::string_view bytes(reinterpret_cast<const char*>(buffer_.data()), *n);
  const auto work = [&] {
    const auto sink = [&](const text::Line& line) { take(line); };
    if (auto* frames = std::get_if<text::DockerFrameDecoder>(&decoder_)) return frames->feed(bytes, sink);
    std::get<text::TtyLogDecoder>(decoder_).feed(bytes, sink);
    return Result<>();
  };
  const Result<> fed = co_await workers_.run_sized(bytes.size(), work);
  if (!fed) co_return std::unexpected(fed.error());
  if (*n == buffer_.size() && *n < busy_buffer)
    buffer_.resize(busy_buffer);
  else if (*n < idle_buffer / 4 && buffer_.size() > idle_buffer)
    buffer_ = std::vector<std::byte>(idle_buffer);
  co_return true;
}

/// Whether the newest lines that were asked for begin behind the last line seen, so that some between are missing.
bool ApiLogReader::behind_a_hole() const {
  if (!limited_) return false;
  // All of them have come, or all that there are, and that line is not among them.
  if (awaited_) return lines_ >= newest_ || (!stream_ && lines_ > 0) || selection_->pending_lines() > 0;
  return selection_->pending_lines() > 0 && !selection_->met_after();
}

}  // namespace taffrail::docker
