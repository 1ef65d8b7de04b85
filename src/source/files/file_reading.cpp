#include "source/files/file_reading.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace taffrail::files {
namespace {

using namespace std::chrono_literals;

/// Read at once, and about what a batch holds; larger ones fall out of the processor's cache before they are used.
constexpr std::size_t block_size = 256 << 10;
constexpr std::size_t chunk_bytes = 256 << 10;
/// What one step reads when it finds no line to deliver (a line of 100 MB): it has its worker for a few milliseconds.
constexpr std::size_t step_bytes = 16 << 20;
/// How many bytes before the reader's place are compared with what was read, to notice a file that was truncated and
/// has grown past that place since. A log line's time alone makes 64 bytes differ.
constexpr std::size_t compared = 64;
/// In so many looks a rotation that is going on should have ended; when not, what was found is taken, with a gap.
constexpr int max_unsettled = 10;
/// A path without a file: rotation may create the next one a little later.
constexpr Duration gone_for_good = 2s;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path(); }

}  // namespace

FileReading::FileReading(LogFile& log, ContainerId id, LogQuery query)
    : log_(log), id_(std::move(id)), query_(std::move(query)) {
  // An upper bound in seq lies in the past, so there is nothing to wait for.
  if (query_.before) query_.follow = false;
}

Result<> FileReading::open(Time now) {
  remote_ = is_remote(folder_of(log_.path));
  auto found = open_generations(log_.path, log_.numbering);
  if (!found) return forward(found);
  std::vector<Part> parts;
  for (Generation& generation : found->files) parts.push_back({.generation = std::move(generation)});
  last_ = query_.after;
  auto start = find_range(parts, query_, now);
  if (!start) return forward(start);
  auto time = time_before(parts, *start);
  if (!time) return forward(time);
  last_time_ = *time;
  gap_due_ = start->after_gone;
  parts_.assign(std::make_move_iterator(parts.begin() + static_cast<std::ptrdiff_t>(start->part)),
                std::make_move_iterator(parts.end()));
  restart_at(start->offset);
  before_.resize(std::min<std::uint64_t>(start->offset, compared));
  auto count = parts_.front().generation.file.read(start->offset - before_.size(), before_);
  if (!count) return forward(count);
  before_.resize(*count);
  return {};
}

Result<FileReading::Step> FileReading::read(Time now, SteadyTime steady, bool live) {
  Step step;
  step.chunk.batch.container = id_;
  if (live) arrival_ = now;
  gap_here_ = std::exchange(gap_due_, false);
  for (;;) {
    auto filled = fill(step);
    if (!filled) return forward(filled);
    if (*filled == Filled::enough) break;
    step.more = query_.follow && !ended_;
    if (step.more) {
      auto again = look_again(step, steady);
      if (!again) return forward(again);
      if (*again) continue;
      step.more = !query_.until || now < *query_.until;
    }
    step.chunk.at_end = true;
    break;
  }
  tell(step.chunk);
  return step;
}

/// Completes a step's chunk: says which gap stands before it.
void FileReading::tell(LogChunk& chunk) {
  const std::vector<Record>& lines = chunk.batch.records;
  const auto cursor = [](const Record& record) { return Cursor{record.seq, record.time, {}}; };
  // Two gaps without a line in between are one.
  if (gap_here_ && !gap_told_) {
    chunk.gap.emplace();
    chunk.gap->container = id_;
    chunk.gap->after = last_;
    if (!lines.empty()) chunk.gap->before = cursor(lines.front());
    chunk.gap->reason = "rotated";
    gap_told_ = true;
  }
  if (lines.empty()) return;
  last_ = cursor(lines.back());
  gap_told_ = false;
}

/// Lines may be missing here.
void FileReading::lose(const Step& step) { (step.chunk.batch.records.empty() ? gap_here_ : gap_due_) = true; }

void FileReading::restart_at(std::uint64_t offset) {
  offset_ = line_begin_ = offset;
  splitter_.reset(offset);
  before_.clear();
}

void FileReading::take(const text::Line& line, bool cut, Batch& batch) {
  const Part& part = parts_.front();
  if (auto time = line_time_.of(line.bytes, part.generation.status.modified, last_time_)) last_time_ = time;
  const Seq seq = part.generation.place.base + line.begin + 1;
  if (line.begin >= part.end || (query_.after && seq <= query_.after->seq)) return;
  const Time time = last_time_ ? *last_time_ : arrival_.value_or(part.generation.status.modified);
  if ((query_.since && time < *query_.since) || (query_.until && time >= *query_.until)) return;
  batch.append(time, text::StdStream::out, line.bytes, line.truncated || cut);
  batch.records.back().seq = seq;
}

/// @param cut the rest of the line is lost
void FileReading::finish_line(Step& step, bool cut) {
  splitter_.finish([&](const text::Line& line) { take(line, cut, step.chunk.batch); });
}

/// Reads until there is enough for one chunk or nothing more is there.
Result<FileReading::Filled> FileReading::fill(Step& step) {
  const Batch& batch = step.chunk.batch;
  for (std::size_t blocks = 0; blocks < step_bytes / block_size; ++blocks) {
    // Lines from behind a gap are the next chunk's.
    if (gap_due_ || batch.bytes.size() >= chunk_bytes) return Filled::enough;
    if (parts_.empty()) return Filled::end;
    if (line_begin_ >= parts_.front().end) {
      leave_part(step);
      continue;
    }
    auto read = read_block(step);
    if (!read) return forward(read);
    if (!*read) return Filled::end;
  }
  return Filled::enough;
}

/// Whether the file was not truncated in place before `read`, which begins with the bytes before the reader's place, or
/// while it was read: that is not one step, so it may hold some of both.
Result<bool> FileReading::is_of_this_epoch(std::string_view read) const {
  if (!read.starts_with(before_)) return false;
  const Generation& front = parts_.front().generation;
  if (offset_ == 0) {
    // No bytes before this place tell, but a size that another look has seen does.
    if (!read.starts_with(front.head)) return false;
    auto look = log_.numbering.look(front.file);
    if (!look) return forward(look);
    if (look->place.epoch != front.place.epoch) return false;
  }
  std::array<char, compared> begin{};
  const std::span again(begin.data(), std::min(read.size(), compared));
  auto count = front.file.read(offset_ - before_.size(), again);
  if (!count) return forward(count);
  return std::string_view(again.data(), *count) == read.substr(0, again.size());
}

/// Reads a block of the front part, or finds what its end means. False: nothing more is there.
Result<bool> FileReading::read_block(Step& step) {
  const Part& part = parts_.front();
  // Not filled with zeros: of most blocks a few lines are all that is there.
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(compared + block_size);
  const std::span into(buffer_.get(), before_.size() + block_size);
  auto count = part.generation.file.read(offset_ - before_.size(), into);
  if (!count) return forward(count);
  std::string_view text(buffer_.get(), *count);
  auto good = is_of_this_epoch(text);
  if (!good) return forward(good);
  if (!*good) {
    if (auto done = start_over(step); !done) return forward(done);
    return true;
  }
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), compared));
  text.remove_prefix(before_.size());
  if (text.empty()) {
    if (query_.follow && !ended_) {
      const auto moved = writer_moved();
      if (!moved || !*moved) return moved;
      // Once more: it may have written here up to the moment it moved.
      if (!std::exchange(read_again_, true)) return true;
    }
    const bool cut = offset_ < std::min(part.end, part.generation.status.size);
    finish_line(step, cut);
    if (cut) lose(step);
    leave_part(step);
    return true;
  }
  if (const std::size_t newline = text.rfind('\n'); newline != std::string_view::npos)
    line_begin_ = offset_ + newline + 1;
  offset_ += text.size();
  log_.numbering.reached(part.generation.status.identity, part.generation.place.epoch, offset_);
  before_ = tail;
  if (!splitter_.has_rest() && text.front() == '\0') {
    // A writer that does not append goes on at its old place after a truncation and leaves a hole before it.
    text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
    splitter_.reset(offset_ - text.size());
  }
  Batch& batch = step.chunk.batch;
  batch.bytes.reserve(batch.bytes.size() + text.size());
  batch.records.reserve(batch.records.size() + static_cast<std::size_t>(std::ranges::count(text, '\n')));
  splitter_.feed(text, [&](const text::Line& line) { take(line, false, batch); });
  return true;
}

/// The front part is read to its end.
void FileReading::leave_part(Step& step) {
  parts_.pop_front();
  restart_at(0);
  read_again_ = false;
  step.files_changed = true;
  if (!parts_.empty() && parts_.front().gap_before) lose(step);
}

/// The bytes before the reader's place are not those it read: the file was truncated in place.
Result<> FileReading::start_over(Step& step) {
  finish_line(step, true);
  lose(step);
  Part& part = parts_.front();
  auto look = log_.numbering.truncated(part.generation.file, part.generation.place.epoch);
  if (!look) return forward(look);
  // A rotated file may have been written to again, too; but the lines of the next one are numbered already.
  const Seq end = look->place.base + look->status.size;
  if (!query_.follow || (parts_.size() > 1 && end >= parts_[1].generation.place.base)) {
    // What this reading was to give is gone.
    leave_part(step);
    return {};
  }
  part.generation.status = look->status;
  part.generation.place = look->place;
  part.generation.head.clear();
  restart_at(0);
  return {};
}

/// Whether the writer has gone over to a later file. That such a file exists is not enough: it is often made before the
/// writer is told, and the last lines still come here.
Result<bool> FileReading::writer_moved() const {
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    auto status = parts_[i].generation.file.status();
    if (!status) return forward(status);
    if (status->size > 0) return true;
  }
  return false;
}

/// The files known hold no more. Whether there is something to read nevertheless.
Result<bool> FileReading::look_again(Step& step, SteadyTime now) {
  Part& part = parts_.front();
  auto own = log_.numbering.look(part.generation.file);
  if (!own) return forward(own);
  part.generation.status = own->status;
  if (own->place.epoch != part.generation.place.epoch) {
    finish_line(step, true);
    lose(step);
    part.generation.place = own->place;
    part.generation.head.clear();
    restart_at(0);
    return true;
  }
  auto current = status_of(log_.path);
  if (!current && current.error().code == ErrorCode::not_found) return path_gone(step, now);
  gone_.reset();
  if (!current) return forward(current);
  if (current->identity == parts_.back().generation.status.identity || !current->regular) return false;
  auto added = add_successors(step);
  if (!added && added.error().code == ErrorCode::not_found) return false;  // it has just been rotated away again
  return added;
}

bool FileReading::path_gone(Step& step, SteadyTime now) {
  if (!gone_) gone_ = now;
  if (now - *gone_ < gone_for_good) return false;
  finish_line(step, false);
  ended_ = true;
  return true;
}

/// Opens the files that had the path after the last one known.
Result<bool> FileReading::add_successors(Step& step) {
  auto found = open_generations(log_.path, log_.numbering);
  if (!found) return forward(found);
  if (!found->settled && ++unsettled_ < max_unsettled) return false;
  unsettled_ = 0;
  const std::size_t before = parts_.size();
  const FileIdentity known = parts_.back().generation.status.identity;
  const Seq known_base = parts_.back().generation.place.base;
  auto old = parts_.back().generation.file.status();
  if (!old) return forward(old);
  const bool listed =
      std::ranges::any_of(found->files, [&](const Generation& g) { return g.status.identity == known; });
  bool gap = !found->settled || found->unread > known.born || (!listed && (old->links == 0 || found->cut_off));
  for (Generation& generation : found->files) {
    const Generation& last = parts_.back().generation;
    if (generation.status.identity == last.status.identity) continue;
    const bool current = &generation == &found->files.back();
    if (!current && generation.place.base <= known_base) continue;
    auto size = last.file.status();
    if (!size) return forward(size);
    const Seq end = last.place.base + std::max(size->size, before == parts_.size() ? offset_ : 0);
    generation.place = log_.numbering.above(generation.status, end);
    parts_.push_back({.generation = std::move(generation), .gap_before = std::exchange(gap, false)});
  }
  if (parts_.size() == before) return false;
  step.files_changed = true;
  return true;
}

FileReading::Watched FileReading::watched() const {
  Watched watched{.folder = folder_of(log_.path), .files = {}, .remote = remote_};
  for (const Part& part : parts_) watched.files.push_back(part.generation.file.self_path());
  return watched;
}

}  // namespace taffrail::files
