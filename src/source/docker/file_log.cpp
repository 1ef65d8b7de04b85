#include "source/docker/file_log.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <utility>

namespace taffrail::docker {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
/// Enough to tell two files of one log apart: a row's time alone does.
constexpr std::size_t head_bytes = 256;
/// How far before the start a reading begins: the sequencer's warm-up, as many lines again that are given as context
/// and are to be numbered as ever too, and the lines by which find_rows' end is behind the line it looked for.
constexpr std::uint64_t run_up_rows = 4 * Sequencer::warm_up_lines;
/// How often a look at the files is tried again when the engine turns them over meanwhile, which takes it microseconds.
constexpr int snapshot_tries = 20;
/// Files that a slow reader holds on to although the engine may have removed them: more would hold more of the disk.
constexpr std::size_t max_held_files = 16;
constexpr std::uint64_t max_held_bytes = 256ULL << 20;

std::optional<LogFile::Identity> identity_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return LogFile::Identity{status.st_dev, status.st_ino};
}

std::string head_of(LogFile& file) {
  std::string head(head_bytes, '\0');
  auto n = file.read_at(0, head);
  head.resize(n ? *n : 0);
  return head;
}

}  // namespace

Result<LogFiles> open_log_files(const std::string& path, std::uint32_t max_files) {
  for (int i = 0; i < snapshot_tries; ++i) {
    auto current = LogFile::open(path);
    if (!current) return forward(current);
    // From new to old: a file that is renamed meanwhile moves the way that we go, so it is met twice but never missed.
    LogFiles files;
    files.push_back(std::move(*current));
    for (std::uint32_t number = 1; number < max_files; ++number) {
      const std::string name = path + "." + std::to_string(number);
      auto older = LogFile::open(name);
      // While a file is being compressed both are there, and the plain one is whole.
      if (!older && older.error().code == ErrorCode::not_found) older = LogFile::open(name + ".gz");
      if (!older && older.error().code == ErrorCode::not_found) continue;
      if (!older) return forward(older);
      const bool met =
          std::ranges::any_of(files, [&](const auto& file) { return file->identity() == (*older)->identity(); });
      if (!met) files.push_back(std::move(*older));
    }
    if (identity_of(path) != files.front()->identity()) continue;
    std::ranges::reverse(files);
    return files;
  }
  return fail(ErrorCode::unavailable, "the files of " + path + " change too fast to be opened");
}

FileLog::FileLog(FileLogOptions options, const ContainerId& id, LogQuery query)
    : options_(std::move(options)),
      id_(id),
      query_(std::move(query)),
      selection_(id, query_, LogSelection::Context::wanted) {
  if (options_.format == LogFormat::k8s_file) decoder_.emplace<text::K8sFileDecoder>();
}

Result<> FileLog::open() {
  auto files = open_log_files(options_.path, options_.max_files);
  if (!files) return forward(files);
  files_ = std::move(*files);
  auto start = find_start();
  if (!start) return forward(start);
  files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(start->file));
  offset_ = start->offset;
  std::visit([&](auto& decoder) { decoder.reset(offset_); }, decoder_);
  if (!files_.front()->compressed()) head_ = head_of(*files_.front());
  return {};
}

Result<LogPlace> FileLog::find_start() {
  std::optional<LogPlace> start;
  std::optional<Time> from;
  if (query_.after) {
    auto rows = find_rows(files_, options_.format, query_.after->time);
    if (!rows) return forward(rows);
    if (*rows)
      start = (*rows)->begin;  // lines that stand behind it but are earlier by time are behind this place too
    else
      from = query_.after->time - disorder;
  }
  if (query_.since && !start) from = std::max(from.value_or(Time::min()), *query_.since - disorder);
  if (from) {
    auto found = find_time(files_, options_.format, *from);
    if (!found) return found;
    start = *found;
  }
  if (query_.tail) return find_tail(start.value_or(LogPlace{}), *query_.tail);
  if (!start) return LogPlace{};
  return step_back(files_, *start, run_up_rows);
}

/// A place behind the last line below the upper bound, but not far behind it.
Result<LogPlace> FileLog::find_end() {
  auto end = end_of(files_);
  if (!end) return end;
  std::optional<Time> bound;
  if (query_.before) {
    auto rows = find_rows(files_, options_.format, query_.before->time);
    if (!rows) return forward(rows);
    if (*rows)
      end = std::min((*rows)->end, *end);
    else
      bound = query_.before->time + disorder;
  }
  if (query_.until) bound = std::min(bound.value_or(Time::max()), *query_.until + disorder);
  if (!bound) return end;
  auto found = find_time(files_, options_.format, *bound);
  if (!found) return found;
  return std::min(*found, *end);
}

/// The last `lines` lines up to the upper bound: steps back from there, counts what a reading from that place would
/// find, and steps back further while it is too little (some rows are parts of lines, some lines beyond the bound). The
/// surplus is then skipped.
Result<LogPlace> FileLog::find_tail(LogPlace lowest, std::uint64_t lines) {
  auto end = find_end();
  if (!end) return end;
  auto bottom = step_back(files_, lowest, run_up_rows);
  if (!bottom) return bottom;
  for (std::uint64_t rows = lines + run_up_rows;; rows *= 4) {
    auto start = step_back(files_, *end, rows);
    if (!start) return start;
    const bool complete = *start <= *bottom;
    if (complete) start = bottom;
    auto counted = count(*start, *end);
    if (!counted) return forward(counted);
    const std::uint64_t usable = counted->wanted + (complete ? counted->warm_up : 0);
    if (usable < lines && !complete) continue;
    selection_.skip(counted->wanted + counted->warm_up - std::min(usable, lines));
    return start;
  }
}

Result<FileLog::Count> FileLog::count(LogPlace from, LogPlace to) const {
  Count result;
  LineBounds bounds(query_);
  Decoder decoder;
  if (options_.format == LogFormat::k8s_file) decoder.emplace<text::K8sFileDecoder>();
  bool past_end = false;
  const auto sink = [&](const text::Line& line) {
    const LineBounds::Place place = bounds.place(line.time);
    const bool wanted = place == LineBounds::Place::wanted;
    past_end = past_end || place == LineBounds::Place::past_end;
    if (result.lines++ < Sequencer::warm_up_lines)
      result.warm_up += wanted;
    else
      result.wanted += wanted;
  };
  std::vector<char> buffer(read_bytes);
  for (std::size_t i = from.file; i <= to.file; ++i) {
    std::uint64_t at = i == from.file ? from.offset : 0;
    const std::uint64_t end = i == to.file ? to.offset : std::uint64_t(-1);
    while (at < end && !past_end) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at));
      auto n = files_[i]->read_at(at, std::span(buffer).first(size));
      if (!n) return forward(n);
      if (*n == 0) break;
      at += *n;
      std::visit([&](auto& d) { d.feed(std::string_view(buffer.data(), *n), sink); }, decoder);
    }
    std::visit([&](auto& d) { d.next_file(); }, decoder);
  }
  return result;
}

Result<FileLog::Step> FileLog::read(bool final_read) {
  Step step;
  while (!selection_.full() && !step.at_end && !step.done) {
    if (gap_due_) {
      // A gap is told with the line behind it, so the lines before it go first.
      if (selection_.pending_lines() > 0) break;
      selection_.gap_follows();
      gap_due_ = false;
    }
    if (auto held = hold_new_files(); !held) return forward(held);
    auto more = advance();
    if (!more) return forward(more);
    step.at_end = !*more;
    step.done = selection_.past_end();
  }
  if (step.at_end && final_read) {
    std::visit([&](auto& decoder) { decoder.finish([&](const text::Line& line) { take(line); }); }, decoder_);
    step.done = true;
  }
  step.chunk = selection_.cut();
  if (selection_.pending_lines() > 0) step.at_end = step.done = false;
  return step;
}

/// Takes up the files that the engine has made meanwhile, while they are there: it may be long until they are read.
Result<> FileLog::hold_new_files() {
  if (!query_.follow || files_.size() >= max_held_files) return {};
  std::uint64_t held = 0;
  for (const auto& file : files_) held += file->disk_bytes();
  if (held >= max_held_bytes) return {};
  auto taken = take_up_new_files();
  if (!taken) return forward(taken);
  return {};
}

/// One step on: a block is read, or the next file begun. False when there is nothing more.
Result<bool> FileLog::advance() {
  // Shared by all readers of this worker, so that an idle one holds none; there may be thousands.
  thread_local std::vector<char> buffer(read_bytes);
  LogFile& file = *files_.front();
  if (skip_nul_) offset_ = file.next_data(offset_);
  auto n = file.read_at(offset_, buffer);
  if (!n) return forward(n);
  if (files_.size() == 1 && !file.compressed() && was_cut(file, *n > 0)) {
    enter_file();
    skip_nul_ = true;
    return true;
  }
  if (*n > 0) {
    offset_ += *n;
    feed(std::string_view(buffer.data(), *n));
    return true;
  }
  if (files_.size() > 1) {
    gap_due_ = std::erase(lost_before_, files_[1]->identity()) > 0 || file.damaged();
    files_.erase(files_.begin());
    enter_file();
    return true;
  }
  // When the file was turned over, something may have been written to it before that and after the read above: it is
  // read once more before the next one.
  return take_up_new_files();
}

void FileLog::feed(std::string_view bytes) {
  if (skip_nul_) {
    bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
    if (bytes.empty()) return;
    skip_nul_ = false;
  }
  std::visit([&](auto& decoder) { decoder.feed(bytes, [&](const text::Line& line) { take(line); }); }, decoder_);
}

void FileLog::take(text::Line line) {
  if (options_.tty && line.bytes.ends_with('\r')) line.bytes.remove_suffix(1);
  selection_.take(line);
}

/// Adds the files that came after the newest one held. False when there are none.
Result<bool> FileLog::take_up_new_files() {
  LogFile& newest = *files_.back();
  const auto present = identity_of(options_.path);
  // Not there: the engine is just turning over, or the container was removed.
  if (!present || *present == newest.identity()) return false;
  auto files = open_log_files(options_.path, options_.max_files);
  if (!files && files.error().code == ErrorCode::not_found) return false;
  if (!files) return forward(files);
  auto known = std::ranges::find_if(*files, [&](const auto& file) { return file->identity() == newest.identity(); });
  if (known == files->end() && !newest.compressed()) {
    const std::string head = head_of(newest);
    known =
        std::ranges::find_if(*files, [&](const auto& file) { return file->compressed() && head_of(*file) == head; });
  }
  const bool found = known != files->end();
  const auto first_new = found ? std::next(known) : files->begin();
  if (first_new == files->end()) return false;
  // With one file, the old one is gone by rights.
  if (!found && options_.max_files > 1) lost_before_.push_back((*first_new)->identity());
  std::move(first_new, files->end(), std::back_inserter(files_));
  return true;
}

/// Whether the file at hand, the newest, was cut to nothing since it was last read; `have_read` says that its present
/// place still gave bytes. Sets gap_due_ when lines were lost with that.
bool FileLog::was_cut(LogFile& file, bool have_read) {
  const std::uint64_t size = file.disk_bytes();
  const std::string head = head_of(file);
  if (size >= offset_ && head.starts_with(head_)) {
    head_ = head;
    seen_size_ = std::max(seen_size_, size);
    return false;
  }
  // dockerd cuts a file at the first row that finds max-size bytes in it: having read that many is having read all.
  gap_due_ = options_.max_size > 0 ? offset_ < options_.max_size : have_read || seen_size_ > offset_;
  return true;
}

void FileLog::enter_file() {
  offset_ = 0;
  std::visit([&](auto& decoder) { decoder.next_file(); }, decoder_);
  head_.clear();
  seen_size_ = 0;
  skip_nul_ = false;
}

}  // namespace taffrail::docker
