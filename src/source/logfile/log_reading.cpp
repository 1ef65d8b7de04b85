#include "source/logfile/log_reading.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <span>
#include <utility>

namespace taffrail::logfile {
namespace {

using namespace std::chrono_literals;

/// Read at once, and about what a batch holds; larger ones fall out of the processor's cache before they are used.
constexpr std::size_t block_size = 256 << 10;
/// Of readings that may hold little: one of a thousand logs that are merged.
constexpr std::size_t least_block = 4 << 10;
/// What one step reads when it finds no line to deliver (a line of 100 MB): it has its worker for some ten
/// milliseconds.
constexpr std::size_t step_bytes = 16 << 20;
/// How many bytes before the reader's place are compared with what was read, to notice a file that was truncated and
/// has grown past that place since. A log line's time alone makes 64 bytes differ.
constexpr std::size_t compared = 64;
/// In so many looks a rotation that is going on should have ended; when not, what was found is taken, with a gap.
constexpr int max_unsettled = 10;
/// A path without a file: rotation may create the next one a little later.
constexpr Duration gone_for_good = 2s;
/// Files that a slow reader holds on to although they may have been removed: more would hold more of the disk.
constexpr std::size_t max_held_files = 16;
constexpr std::uint64_t max_held_bytes = 256ULL << 20;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path(); }

/// Shared by all readers of this worker, so that an idle one holds none; there may be thousands.
std::span<char> buffer_of(std::size_t size) {
  thread_local const std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(compared + block_size);
  return {buffer.get(), size};
}

}  // namespace

LogReading::LogReading(std::shared_ptr<Log> log, ContainerId id, LogQuery query)
    : log_(std::move(log)),
      id_(std::move(id)),
      query_(std::move(query)),
      decoder_(log_->options()),
      placer_(log_->options().format, {}) {
  // An upper bound in seq lies in the past, so there is nothing to wait for.
  if (query_.before) query_.follow = false;
}

Result<> LogReading::open(const Moment& moment) {
  remote_ = is_remote(folder_of(log_->options().path));
  const std::optional<Cursor> after = query_.after;
  auto opened = log_->open(query_, moment.now, moment.finished);
  if (!opened) return forward(opened);
  const Start& start = opened->start;
  unfinished_for_ = opened->unfinished_for;
  selection_.emplace(id_, query_, LogSelection::Context::wanted);
  selection_->begin_behind(after);
  if (plain()) selection_->check_after_exactly();
  selection_->check_after(query_.after && query_.after->seq > 0 && !query_.since &&
                          !(query_.from && *query_.from > query_.after->time) && (!query_.tail || start.short_tail));
  selection_->begin_after(start.floor);
  selection_->skip(start.skip);
  if (start.after_gone && after->seq > 0) gap_due_ = true;
  auto& parts = opened->parts;
  parts_.assign(std::make_move_iterator(parts.begin() + static_cast<std::ptrdiff_t>(start.part)),
                std::make_move_iterator(parts.end()));
  restart_at(start.offset);
  placer_.set_state(start.state);
  placer_.set_ground(log_->ground(parts_.front()));
  decoder_.reset(offset_, start.state.open, placer_.ground().encoding);
  before_.resize(parts_.front().file.compressed() ? 0 : std::min<std::uint64_t>(start.offset, compared));
  auto count = parts_.front().file.read(start.offset - before_.size(), before_);
  if (!count) return forward(count);
  before_.resize(*count);
  return {};
}

Result<LogReading::Step> LogReading::read(const Moment& moment) {
  Step step;
  if (query_.follow && parts_.size() < max_held_files && !parts_.empty())
    if (auto held = hold_new_files(step, moment.now); !held) return forward(held);
  for (;;) {
    auto filled = fill(step, moment);
    if (!filled) return forward(filled);
    if (*filled == Filled::enough) break;
    step.more = query_.follow && !ended_ && !parts_.empty();
    if (step.more) {
      auto again = look_again(step, moment);
      if (!again) return forward(again);
      if (*again) continue;
      if (moment.finished) {
        end_file(false);
        step.more = false;
      }
      step.more = step.more && (!query_.until || moment.now < *query_.until);
    }
    step.chunk.at_end = true;
    break;
  }
  if (selection_->past_end()) {
    step.chunk.at_end = true;
    step.more = false;
  }
  complete(step);
  return step;
}

/// Puts what was read into the step's chunk.
void LogReading::complete(Step& step) {
  const bool at_end = step.chunk.at_end;
  step.chunk = selection_->cut();
  const bool all = selection_->pending_lines() == 0;
  if (all && gap_due_ && step.chunk.batch.records.size() == step.chunk.context && !step.chunk.gap) {
    selection_->gap_follows();
    gap_due_ = false;
  }
  // A gap behind which nothing has come yet is told, too: it is why nothing comes.
  if (at_end && all && !step.chunk.gap && step.chunk.batch.records.size() == step.chunk.context)
    step.chunk.gap = selection_->take_gap();
  step.chunk.at_end = at_end && all && !gap_due_;
  if (!all || gap_due_) step.more = true;
}

/// Lines may be missing here.
void LogReading::lose() { gap_due_ = true; }

void LogReading::restart_at(std::uint64_t offset) {
  offset_ = line_begin_ = offset;
  before_.clear();
  seen_size_ = 0;
  unfinished_.reset();
}

void LogReading::take(const text::Line& line, bool cut) {
  const Placed placed = placer_.next(line);
  const Part& part = parts_.front();
  // (A line of an engine may have begun in the file before.)
  if (plain() && line.begin >= part.end) return;
  if (!cut) return selection_->take(line, placed.place, placed.time);
  text::Line shortened = line;
  shortened.truncated = true;
  selection_->take(shortened, placed.place, placed.time);
}

/// What is unfinished is a line.
/// @param cut the rest of it is lost
void LogReading::end_file(bool cut) {
  decoder_.finish([&](const text::Line& line) { take(line, cut); });
  unfinished_.reset();
}

/// Reads until there is enough for one chunk or nothing more is there.
Result<LogReading::Filled> LogReading::fill(Step& step, const Moment& moment) {
  for (std::size_t blocks = 0; blocks < step_bytes / block_size; ++blocks) {
    if (selection_->full() || selection_->past_end()) return Filled::enough;
    if (parts_.empty()) return Filled::end;
    if (gap_due_) {
      // A gap is told with the line behind it, so the lines before it go first.
      if (selection_->pending_lines() > 0) return Filled::enough;
      selection_->gap_follows();
      gap_due_ = false;
    }
    const Part& front = parts_.front();
    if (line_begin_ >= front.end) {
      // Engines' lines go on in the next file; at the last one's end they do when nothing more will be written.
      if (!plain() && parts_.size() == 1 && moment.finished) end_file(false);
      leave_part(step);
      continue;
    }
    auto read = read_block(step, moment);
    if (!read) return forward(read);
    if (!*read) return Filled::end;
  }
  return Filled::enough;
}

/// Whether the file was not truncated in place before `read`, which begins with the bytes before the reader's place, or
/// while it was read: that is not one step, so it may hold some of both.
Result<bool> LogReading::is_of_this_epoch(std::string_view read, Time now) {
  Part& front = parts_.front();
  if (front.file.compressed()) return true;
  if (!read.starts_with(before_)) return false;
  if (offset_ == 0) {
    // No bytes before this place tell, but a size that another look has seen does.
    if (read.substr(0, front.head.size()) != std::string_view(front.head).substr(0, read.size())) return false;
    auto look = log_->look(front, now);
    if (!look) return forward(look);
    if (look->key != front.key) return false;
  }
  std::array<char, compared> begin{};
  const std::span again(begin.data(), std::min(read.size(), compared));
  auto count = front.file.read(offset_ - before_.size(), again);
  if (!count) return forward(count);
  return std::string_view(again.data(), *count) == read.substr(0, again.size());
}

/// Reads a block of the front part, or finds what its end means. False: nothing more is there.
Result<bool> LogReading::read_block(Step& step, const Moment& moment) {
  Part& part = parts_.front();
  const std::size_t most = std::clamp(query_.chunk_bytes, least_block, block_size);
  const std::uint64_t left = part.end == Part::no_end ? most : part.end - offset_;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, left));
  auto count = part.file.read(offset_ - before_.size(), buffer_of(before_.size() + size));
  if (!count) return forward(count);
  std::string_view text(buffer_of(0).data(), *count);
  auto good = is_of_this_epoch(text, moment.now);
  if (!good) return forward(good);
  if (!*good) {
    if (auto done = start_over(step, moment.now, text.size() > before_.size()); !done) return forward(done);
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
    const bool cut = part.file.compressed() ? part.file.damaged() : offset_ < std::min(part.end, part.status.size);
    if (plain() && !cut && decoder_.has_rest() && decoder_.between_units()) log_->split(part, offset_);
    if (plain()) end_file(cut);
    if (!plain() && parts_.size() == 1 && moment.finished) end_file(false);
    if (cut) lose();
    leave_part(step);
    return true;
  }
  if (const std::size_t row_end = last_row_end(text, std::nullopt); row_end > 0 && !plain())
    line_begin_ = offset_ + row_end;
  const std::uint64_t from = offset_;
  offset_ += text.size();
  seen_size_ = std::max(seen_size_, offset_);
  if (!part.file.compressed()) before_ = tail;
  log_->reached(part, offset_, placer_.state().stated.has_value(), moment.now);
  placer_.set_ground(log_->ground(part));
  selection_->reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')), text.size());
  feed_rows(decoder_, placer_.ground(), from, text, [&](const text::Line& line) { take(line, false); });
  if (plain() && !decoder_.has_rest()) line_begin_ = offset_;
  if (text.find_first_not_of('\0') == std::string_view::npos) skip_hole();
  return true;
}

/// A writer that does not append goes on at its old place after a truncation and leaves a hole before it, which may be
/// large and is not read.
void LogReading::skip_hole() {
  const Part& part = parts_.front();
  if (decoder_.has_rest()) return;
  const std::uint64_t data = std::min(part.file.next_data(offset_), part.end);
  if (data <= offset_) return;
  offset_ = line_begin_ = data;
  before_.clear();
  decoder_.reset(offset_, decoder_.open_lines(), placer_.ground().encoding);
}

/// The front part is read to its end.
void LogReading::leave_part(Step& step) {
  decoder_.next_file([&](const text::Line& line) { take(line, false); });
  LogState state = placer_.state();
  state.open = decoder_.open_lines();
  parts_.pop_front();
  restart_at(0);
  read_again_ = false;
  step.files_changed = true;
  if (parts_.empty()) return;
  if (parts_.front().gap_before) lose();
  placer_.set_state(log_->enter(parts_.front(), state));
  placer_.set_ground(log_->ground(parts_.front()));
  decoder_.reset(0, placer_.state().open ? placer_.state().open : state.open, placer_.ground().encoding);
}

/// Whether lines may have gone unread when the file was truncated at the reader's place.
bool LogReading::loses_by_truncation(bool had_more) const {
  if (plain()) return true;
  // dockerd cuts a file at the first row that finds max-size bytes in it: having read that many is having read all.
  const std::uint64_t max_size = log_->options().max_size;
  return max_size > 0 ? offset_ < max_size : had_more || seen_size_ > offset_;
}

/// The bytes before the reader's place are not those it read: the file was truncated in place.
Result<> LogReading::start_over(Step& step, Time now, bool had_more) {
  if (plain()) end_file(true);
  if (loses_by_truncation(had_more)) lose();
  Part& part = parts_.front();
  auto look = log_->truncated(part, placer_.state(), now);
  if (!look) return forward(look);
  // A rotated file may have been written to again, too; but the lines of the next one are named already.
  const bool named = parts_.size() > 1 && (!plain() || log_->base(part) + look->status.size >= log_->base(parts_[1]));
  if (!query_.follow || named) {
    // What this reading was to give is gone.
    leave_part(step);
    return {};
  }
  begin_epoch(*look);
  return {};
}

void LogReading::begin_epoch(const Log::Look& look) {
  Part& part = parts_.front();
  part.status = look.status;
  part.key = look.key;
  part.head.clear();
  restart_at(0);
  placer_.set_state(log_->enter(part, placer_.state()));
  placer_.set_ground(log_->ground(part));
  // An engine's long line goes on in what it writes next.
  decoder_.next_file([](const text::Line&) {});
}

/// Whether the writer has gone over to a later file. That such a file exists is not enough: it is often made before the
/// writer is told, and the last lines still come here.
Result<bool> LogReading::writer_moved() const {
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    auto status = parts_[i].file.status();
    if (!status) return forward(status);
    if (status->size > 0) return true;
  }
  return false;
}

/// The files known hold no more. Whether there is something to read nevertheless.
Result<bool> LogReading::look_again(Step& step, const Moment& moment) {
  Part& part = parts_.front();
  auto own = log_->look(part, moment.now);
  if (!own) return forward(own);
  part.status = own->status;
  if (own->key != part.key) {
    if (plain()) end_file(true);
    if (loses_by_truncation(false)) lose();
    begin_epoch(*own);
    return true;
  }
  auto current = status_of(log_->options().path);
  // Of an engine's log the container's end is told otherwise.
  if (!current && current.error().code == ErrorCode::not_found) return plain() && path_gone(moment.steady);
  gone_.reset();
  if (!current) return forward(current);
  if (current->identity == parts_.back().status.identity || !current->regular) return give_unfinished(moment.steady);
  auto added = add_successors(step, moment.now);
  if (!added && added.error().code == ErrorCode::not_found) return false;  // it has just been rotated away again
  return added;
}

/// Gives a plain file's last line that has stood there for a while without a newline. Always false: nothing is to be
/// read for it.
bool LogReading::give_unfinished(SteadyTime now) {
  if (!plain() || !decoder_.has_rest() || !decoder_.between_units()) return false;
  if (!unfinished_ || unfinished_at_ != offset_) {
    unfinished_ = now;
    unfinished_at_ = offset_;
    return false;
  }
  if (now - *unfinished_ < quiet || !log_->split(parts_.front(), offset_)) return false;
  end_file(false);
  line_begin_ = offset_;
  return false;
}

bool LogReading::path_gone(SteadyTime now) {
  if (!gone_) gone_ = now;
  if (now - *gone_ < gone_for_good) return false;
  end_file(false);
  ended_ = true;
  return true;
}

/// Takes up the files that came meanwhile, while they are there: it may be long until they are read.
Result<> LogReading::hold_new_files(Step& step, Time now) {
  if (parts_.size() == 1 && plain()) return {};  // looked for at its end
  std::uint64_t held = 0;
  for (const Part& part : parts_) held += part.status.disk_bytes;
  if (held >= max_held_bytes) return {};
  auto current = status_of(log_->options().path);
  if (!current || !current->regular || current->identity == parts_.back().status.identity) return {};
  auto added = add_successors(step, now);
  if (!added && added.error().code != ErrorCode::not_found) return forward(added);
  return {};
}

/// Whether a file is what became of the newest one that is known.
bool LogReading::is_compressed_form(const Part& part) const { return part.key.number == parts_.back().key.number; }

/// Opens the files that had the path after the last one known.
Result<bool> LogReading::add_successors(Step& step, Time now) {
  // How long the newest known file became tells it from others when it is met again in compressed form.
  if (auto look = log_->look(parts_.back(), now); !look) return forward(look);
  auto found = log_->open_again(now);
  if (!found) return forward(found);
  if (!found->settled && ++unsettled_ < max_unsettled) return false;
  unsettled_ = 0;
  const std::size_t before = parts_.size();
  const Seq known_base = log_->base(parts_.back());
  // Asked after the others were listed, so that a removal in between is seen.
  auto old = parts_.back().file.status();
  if (!old) return forward(old);
  const auto known = std::ranges::find_if(found->parts, [&](const Part& part) { return is_compressed_form(part); });
  const bool listed = known != found->parts.end();
  // With one file of an engine, the old one is gone by rights.
  bool gap = !found->settled || (found->unread && !listed);
  if (!listed) gap = gap || (plain() ? old->links == 0 || found->cut_off : log_->options().max_files > 1);
  for (auto part = listed ? std::next(known) : found->parts.begin(); part != found->parts.end(); ++part) {
    const bool current = std::next(part) == found->parts.end();
    Part& last = parts_.back();
    if (!listed && !current && plain() && log_->base(*part) <= known_base) continue;
    auto size = last.file.status();
    if (!size) return forward(size);
    const Seq end = log_->base(last) + std::max(size->size, before == parts_.size() ? offset_ : 0);
    part->key = log_->above(*part, end);
    part->gap_before = std::exchange(gap, false);
    parts_.push_back(std::move(*part));
  }
  if (parts_.size() == before) return false;
  step.files_changed = true;
  return true;
}

LogReading::Watched LogReading::watched() const {
  Watched watched{.folder = folder_of(log_->options().path), .files = {}, .remote = remote_};
  for (const Part& part : parts_) watched.files.push_back(part.file.self_path());
  return watched;
}

}  // namespace taffrail::logfile
