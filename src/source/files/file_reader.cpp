#include "source/files/file_reader.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>

#include "base/timeout.hpp"
#include "source/files/seek.hpp"

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t block_size = 64 << 10;
constexpr std::size_t chunk_bytes = 256 << 10;
/// What one turn of the owner thread reads when it finds no line to deliver (a line of 100 MB).
constexpr std::size_t turn_bytes = 1 << 20;
/// How many bytes before the reader's place are compared with what was read, to notice a file that was truncated and
/// has grown past that place since. A log line's time alone makes 64 bytes differ.
constexpr std::size_t compared = 64;
/// A last line without a newline is taken to be whole when nobody has written for so long.
constexpr Duration quiet = 5s;
/// A path without a file: rotation may create the next one a little later.
constexpr Duration gone_for_good = 2s;
/// Looks in between, for file systems that do not tell.
constexpr Duration watched_limit = 2s;
constexpr Duration unwatched_limit = 500ms;

Task<> let_others_run() { co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable); }

}  // namespace

FileReader::FileReader(const Clock& clock, Inotify* inotify, LogFile& log, ContainerId id, LogQuery query)
    : clock_(clock), inotify_(inotify), log_(log), id_(std::move(id)), query_(std::move(query)) {
  // An upper bound in seq lies in the past, so there is nothing to wait for.
  if (query_.before) query_.follow = false;
  ++log_.readers;
}

FileReader::~FileReader() { --log_.readers; }

Task<Result<std::unique_ptr<LogReader>>> FileReader::open(const Clock& clock, Inotify* inotify, LogFile& log,
                                                          ContainerId id, LogQuery query) {
  std::unique_ptr<FileReader> reader(new FileReader(clock, inotify, log, std::move(id), std::move(query)));
  auto generations = open_generations(log.path, log.numbering);
  if (!generations) co_return forward(generations);
  for (Generation& generation : *generations) reader->parts_.push_back({std::move(generation), no_end});
  if (auto done = co_await reader->find_ends(); !done) co_return forward(done);

  const LogQuery& asked = reader->query_;
  Position start;
  if (asked.after) {
    auto found = co_await reader->find_after(*asked.after);
    if (!found) co_return forward(found);
    start = *found;
  }
  if (asked.since) {
    auto found = co_await reader->find_since(*asked.since);
    if (!found) co_return forward(found);
    if (std::pair(found->part, found->offset) > std::pair(start.part, start.offset)) start = *found;
  }
  if (asked.tail) {
    auto found = co_await reader->find_tail(start);
    if (!found) co_return forward(found);
    start = *found;
  }
  if (auto done = co_await reader->start_at(start); !done) co_return forward(done);
  co_return std::move(reader);
}

/// Sets where each part ends for this query.
Task<Result<>> FileReader::find_ends() {
  for (Part& part : parts_) {
    const FileStatus& status = part.generation.status;
    Seek seek(part.generation.file, status);
    if (!query_.follow) {
      part.end = status.size;
      const bool current = &part == &parts_.back();
      if (current && clock_.now() - status.modified < quiet) {
        auto whole = co_await seek.line_begin(status.size);
        if (!whole) co_return forward(whole);
        part.end = *whole;
      }
      if (query_.until) {
        auto found = co_await seek.first_at(*query_.until);
        if (!found) co_return forward(found);
        part.end = std::min(part.end, *found);
      }
    }
    if (query_.before) {
      const Seq first = part.generation.place.base + 1;
      part.end = std::min(part.end, query_.before->seq > first ? query_.before->seq - first : 0);
    }
  }
  co_return Result<>();
}

Task<Result<FileReader::Position>> FileReader::find_since(Time since) {
  for (std::size_t i = parts_.size(); i-- > 0;) {
    Seek seek(parts_[i].generation.file, parts_[i].generation.status);
    auto found = co_await seek.first_at(since);
    if (!found) co_return forward(found);
    if (*found > 0 || i == 0) co_return Position{i, *found};
  }
  co_return Position{};
}

Task<Result<FileReader::Position>> FileReader::find_after(const Cursor& after) {
  for (std::size_t i = parts_.size(); i-- > 0;) {
    const Generation& generation = parts_[i].generation;
    if (after.seq <= generation.place.base) continue;
    const std::uint64_t begin = after.seq - generation.place.base - 1;
    if (i + 1 == parts_.size() && begin >= generation.status.size) {
      // No line of ours: the numbers began anew since (numbering.hpp says when), so the cursor's time counts.
      query_.after.reset();
      const Time next = after.time + 1ns;
      query_.since = query_.since ? std::max(*query_.since, next) : next;
      co_return Position{};
    }
    if (begin >= generation.status.size) co_return Position{i + 1, 0};
    Seek seek(generation.file, generation.status);
    auto end = co_await seek.line_end(begin);
    if (!end) co_return forward(end);
    co_return Position{i, *end};
  }
  co_return Position{};
}

Task<Result<FileReader::Position>> FileReader::find_tail(Position low) {
  std::uint64_t missing = *query_.tail;
  Position found = low;
  for (std::size_t i = parts_.size(); i-- > low.part;) {
    const Part& part = parts_[i];
    const FileStatus& status = part.generation.status;
    Seek seek(part.generation.file, status);
    std::uint64_t high = std::min(part.end, status.size);
    if (query_.follow && i + 1 == parts_.size()) {
      auto whole = co_await seek.line_begin(status.size);
      if (!whole) co_return forward(whole);
      high = *whole;
    }
    auto tail = co_await seek.last_lines(i == low.part ? low.offset : 0, high, missing);
    if (!tail) co_return forward(tail);
    missing -= tail->lines;
    found = {i, std::max(tail->begin, i == low.part ? low.offset : 0)};
    if (missing == 0) break;
  }
  co_return found;
}

Task<Result<>> FileReader::start_at(Position position) {
  for (std::size_t i = position.part + 1; i-- > 0 && !last_time_;) {
    const Generation& generation = parts_[i].generation;
    Seek seek(generation.file, generation.status);
    auto time = co_await seek.time_before(i == position.part ? position.offset : generation.status.size);
    if (!time) co_return forward(time);
    last_time_ = *time;
  }
  parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(position.part));
  restart_at(position.offset);
  before_.resize(std::min<std::uint64_t>(position.offset, compared));
  auto count = parts_.front().generation.file.read(position.offset - before_.size(), before_);
  if (!count) co_return forward(count);
  before_.resize(*count);
  if (query_.follow) watch();
  co_return Result<>();
}

void FileReader::restart_at(std::uint64_t offset) {
  offset_ = line_begin_ = offset;
  splitter_.reset(offset);
  before_.clear();
}

void FileReader::take(const text::Line& line, Batch& batch) {
  const Part& part = parts_.front();
  if (const auto time = line_time_.of(line.bytes, part.generation.status.modified)) last_time_ = time;
  const Seq seq = part.generation.place.base + line.begin + 1;
  if (line.begin >= part.end || (query_.after && seq <= query_.after->seq)) return;
  const Time time = last_time_ ? *last_time_ : told_end_ ? clock_.now() : part.generation.status.modified;
  if ((query_.since && time < *query_.since) || (query_.until && time >= *query_.until)) return;
  batch.append(time, text::StdStream::out, line.bytes, line.truncated);
  batch.records.back().seq = seq;
}

void FileReader::finish_line(Batch& batch) {
  splitter_.finish([&](const text::Line& line) { take(line, batch); });
}

/// Reads until the batch is full (batch), much was read (turn) or nothing more is there (end).
Result<FileReader::Filled> FileReader::fill(Batch& batch) {
  for (std::size_t read = 0; read < turn_bytes;) {
    if (batch.bytes.size() >= chunk_bytes) return Filled::batch;
    if (parts_.empty()) return Filled::end;
    const Part& part = parts_.front();
    const bool last = parts_.size() == 1;
    if (line_begin_ >= part.end) {
      if (leave_part(); last) return Filled::end;
      continue;
    }
    buffer_.resize(compared + block_size);
    const std::span into = std::span(buffer_).first(before_.size() + block_size);
    const auto count = part.generation.file.read(offset_ - before_.size(), into);
    if (!count) return std::unexpected(count.error());
    std::string_view text = std::string_view(buffer_).substr(0, *count);
    if (!text.starts_with(before_)) {
      if (const auto over = start_over(batch); !over || *over == Filled::end) return over;
      continue;
    }
    const std::string tail(text.substr(text.size() - std::min(text.size(), compared)));
    text.remove_prefix(before_.size());
    if (text.empty()) {
      if (query_.follow && !ended_) {
        const auto moved = writer_moved();
        if (!moved) return std::unexpected(moved.error());
        if (!*moved) return Filled::end;
        // Once more: it may have written here up to the moment it moved.
        if (!std::exchange(read_again_, true)) continue;
      }
      finish_line(batch);
      if (leave_part(); last) return Filled::end;
      continue;
    }
    read += text.size();
    if (const std::size_t newline = text.rfind('\n'); newline != std::string_view::npos)
      line_begin_ = offset_ + newline + 1;
    offset_ += text.size();
    log_.numbering.reached(part.generation.status.identity, offset_);
    if (!splitter_.has_rest() && text.front() == '\0') {
      // A writer that does not append goes on at its old place after a truncation and leaves a hole before it.
      text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
      splitter_.reset(offset_ - text.size());
    }
    splitter_.feed(text, [&](const text::Line& line) { take(line, batch); });
    before_ = tail;
  }
  return batch.records.empty() ? Filled::turn : Filled::batch;
}

/// The front part is read to its end.
FileReader::Filled FileReader::leave_part() {
  parts_.pop_front();
  restart_at(0);
  read_again_ = false;
  if (parts_.empty()) return Filled::end;
  if (query_.follow) watch();
  return Filled::turn;
}

/// The bytes before the reader's place are not those it read: the file was truncated in place.
Result<FileReader::Filled> FileReader::start_over(Batch& batch) {
  finish_line(batch);
  Part& part = parts_.front();
  if (!query_.follow || parts_.size() > 1) {
    // What this reading was to give is gone.
    return leave_part();
  }
  const auto status = part.generation.file.status();
  if (!status) return std::unexpected(status.error());
  part.generation.place = log_.numbering.truncated(*status, part.generation.place.epoch);
  part.generation.status = *status;
  restart_at(0);
  return Filled::turn;
}

/// Whether the writer has gone over to a later file. That such a file exists is not enough: it is often made before the
/// writer is told, and the last lines still come here.
Result<bool> FileReader::writer_moved() const {
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    const auto status = parts_[i].generation.file.status();
    if (!status) return std::unexpected(status.error());
    if (status->size > 0) return true;
  }
  return false;
}

/// The files known hold no more. Whether there is something to read nevertheless.
Result<bool> FileReader::look_again(Batch& batch) {
  Part& part = parts_.front();
  const auto own = part.generation.file.status();
  if (!own) return std::unexpected(own.error());
  part.generation.status = *own;
  const Numbering::Place place = log_.numbering.look(*own);
  if (place.epoch != part.generation.place.epoch) {
    finish_line(batch);
    part.generation.place = place;
    restart_at(0);
    return true;
  }
  const auto now = status_of(log_.path);
  if (!now && now.error().code == ErrorCode::not_found) return path_gone(batch);
  gone_.reset();
  if (!now) return std::unexpected(now.error());
  if (now->identity == parts_.back().generation.status.identity || !now->regular) return false;
  auto added = add_successors();
  if (!added && added.error().code == ErrorCode::not_found) return false;  // it has just been rotated away again
  return added;
}

Result<bool> FileReader::path_gone(Batch& batch) {
  const SteadyTime now = clock_.steady_now();
  if (!gone_) gone_ = now;
  if (now - *gone_ < gone_for_good) return false;
  finish_line(batch);
  ended_ = true;
  return true;
}

/// Opens the files that had the path after the last one known.
Result<bool> FileReader::add_successors() {
  auto generations = open_generations(log_.path, log_.numbering);
  if (!generations) return forward(generations);
  const std::size_t before = parts_.size();
  const Seq known = parts_.back().generation.place.base;
  for (Generation& generation : *generations) {
    const Generation& last = parts_.back().generation;
    if (generation.status.identity == last.status.identity) continue;
    const bool current = &generation == &generations->back();
    if (!current && generation.place.base <= known) continue;
    const auto size = last.file.status();
    if (!size) return std::unexpected(size.error());
    const Seq end = last.place.base + std::max(size->size, before == parts_.size() ? offset_ : 0);
    generation.place = log_.numbering.above(generation.status, end);
    parts_.push_back({std::move(generation), no_end});
  }
  if (parts_.size() == before) return false;
  watch();
  return true;
}

/// Watches the files being read, under whatever names, and the folder in which a successor will appear.
void FileReader::watch() {
  watch_.reset();
  if (!inotify_) return;
  auto watch = inotify_->watch(std::filesystem::path(log_.path).parent_path(), IN_CREATE | IN_MOVED_TO);
  if (!watch) return;
  for (const Part& part : parts_)
    if (!(*watch)->also(part.generation.file.self_path(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF)) return;
  watch_ = std::move(*watch);
}

Task<> FileReader::wait() {
  if (watch_)
    co_await watch_->wait(watched_limit);
  else
    co_await sleep_for(unwatched_limit);
}

Task<Result<std::optional<LogChunk>>> FileReader::next() {
  LogChunk chunk;
  chunk.batch.container = id_;
  for (;;) {
    const auto filled = fill(chunk.batch);
    if (!filled) co_return std::unexpected(filled.error());
    if (*filled == Filled::batch) co_return std::optional(std::move(chunk));
    if (*filled == Filled::turn) {
      co_await let_others_run();
      continue;
    }
    bool more = query_.follow && !ended_;
    if (more) {
      const auto again = look_again(chunk.batch);
      if (!again) co_return std::unexpected(again.error());
      if (*again) continue;
      more = !query_.until || clock_.now() < *query_.until;
    }
    chunk.at_end = true;
    if (!chunk.batch.records.empty() || (more && !told_end_)) {
      told_end_ = true;
      co_return std::optional(std::move(chunk));
    }
    if (!more) co_return std::nullopt;
    co_await wait();
  }
}

}  // namespace taffrail::files
