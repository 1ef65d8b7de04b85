#include "source/logfile/log.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "source/logfile/finder.hpp"

namespace taffrail::logfile {
namespace {

/// What the file before may still grow after its successor was first seen: its writer reopens the path a little later.
constexpr std::uint64_t room_to_grow = 64 << 20;
/// Bounds the generations remembered of one path beside those that are there; the oldest is forgotten first.
constexpr std::size_t max_generations = 64;
/// Times of arrival remembered of a file that states none: so many at once, then with a minute between them, then with
/// an hour.
constexpr std::size_t marks_of_a_kind = 512;
constexpr std::size_t most_marks = 4 * marks_of_a_kind;
/// Lines without a newline that were taken to be whole and went on later: prompts and progress bars.
constexpr std::size_t most_splits = 1024;
/// How far a file's first lines may go on before one states a time, for that to be theirs, too.
constexpr std::size_t leading_bytes = 64 << 10;
/// Logs of which something is remembered without a reader; a source has fewer containers.
constexpr std::size_t most_logs = 20'000;

/// Between two marks, when there are so many.
Duration between_marks(std::size_t marks) {
  if (marks < marks_of_a_kind) return Duration(0);
  if (marks < 2 * marks_of_a_kind) return std::chrono::minutes(1);
  return std::chrono::hours(1);
}

}  // namespace

Log::Generation* Log::find(GenerationKey key) {
  const auto found = std::ranges::find_if(generations_, [&](const auto& g) { return g->key.number == key.number; });
  return found == generations_.end() ? nullptr : found->get();
}

/// The generation that each file is, by its identity or as the compressed form of one that was seen before; null: a new
/// one.
std::vector<Log::Generation*> Log::known(const std::vector<OpenGeneration>& files) {
  std::vector<Generation*> found(files.size());
  const auto is_found = [&](const Generation* generation) {
    return std::ranges::find(found, generation) != found.end();
  };
  for (std::size_t i = 0; i < files.size(); ++i)
    for (const auto& generation : generations_)
      if (generation->identity == files[i].status.identity) found[i] = generation.get();
  for (std::size_t i = files.size(); i-- > 0;) {
    const OpenGeneration& file = files[i];
    if (found[i] || !file.file.compressed()) continue;
    for (auto generation = generations_.rbegin(); generation != generations_.rend(); ++generation) {
      const Generation& candidate = **generation;
      if (is_found(&candidate) || candidate.size > file.status.size) continue;
      if (!file.head.starts_with(candidate.head) || candidate.head.empty() != file.head.empty()) continue;
      found[i] = generation->get();
      break;
    }
  }
  return found;
}

/// The time of a plain file's lines that stand before the first one that states one.
Time Log::leading_time(OpenGeneration& file) {
  std::string text(leading_bytes, '\0');
  auto n = file.file.read(0, text);
  LineDecoder decoder(options_);
  LineTime line_time;
  std::optional<Time> found;
  decoder.feed(std::string_view(text).substr(0, n.value_or(0)), [&](const text::Line& line) {
    if (!found) found = line_time.of(line.bytes, file.status.modified);
  });
  return std::min(found.value_or(file.status.modified), file.status.modified);
}

/// The base of a plain file that comes to stand at `at`.
Seq Log::base_of(const OpenGeneration& file, std::size_t at) const {
  const Seq born = file.status.has_birth() ? Sequencer::first_of(file.status.identity.born) : 0;
  const auto end_of = [](const Generation& generation) { return generation.ground.base + generation.size; };
  if (at == generations_.size()) return at > 0 ? std::max(born, end_of(*generations_[at - 1]) + room_to_grow) : born;
  // It must end below the next, although compressing and copying make files that are born late, and begin above the
  // one before.
  const Seq next = generations_[at]->ground.base;
  const Seq highest = next - std::min<Seq>(next, file.status.size);
  const Seq lowest = std::min(at > 0 ? end_of(*generations_[at - 1]) : 0, highest);
  const Seq with_room = highest - std::min<Seq>(highest, room_to_grow);
  return std::clamp(file.file.compressed() ? with_room : std::min(born, with_room), lowest, highest);
}

Log::Generation& Log::add(const OpenGeneration& file, std::size_t at) {
  auto fresh = std::make_unique<Generation>(options_);
  fresh->key = {next_number_++, 0};
  fresh->identity = file.status.identity;
  fresh->set_head(file.head);
  fresh->size = file.status.size;
  fresh->ground.reference = file.status.modified;
  if (options_.plain()) fresh->ground.base = base_of(file, at);
  return **generations_.insert(generations_.begin() + static_cast<std::ptrdiff_t>(at), std::move(fresh));
}

/// Files, oldest first, as parts of a reading; what is new of them becomes known.
std::vector<Part> Log::take_in(std::vector<OpenGeneration> files, Time now) {
  std::vector<Part> parts;
  parts.reserve(files.size());
  std::vector<Generation*> found = known(files);
  const auto place_of = [&](const Generation* generation) {
    return static_cast<std::size_t>(
        std::ranges::find_if(generations_, [&](const auto& g) { return g.get() == generation; }) -
        generations_.begin());
  };
  const auto begin = [&](std::size_t i, std::size_t at) {
    found[i] = &add(files[i], at);
    found[i]->seen_to = files[i].status.size;
    if (options_.plain())
      found[i]->ground.marks = std::make_shared<const std::vector<Mark>>(1, Mark{0, leading_time(files[i])});
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    Generation* generation = found[i];
    if (!generation) continue;
    const FileStatus& status = files[i].status;
    generation->identity = status.identity;
    // Its size tells, or its first bytes when it has grown again.
    const std::string_view head = std::string_view(files[i].head).substr(0, generation->head.size());
    if (!files[i].file.compressed() && (status.size < generation->size || head != generation->head))
      start_over(*generation, generation->index.end_state(), status.size, now);
    mark(*generation, status.size, now);
    generation->size = std::max(generation->size, status.size);
    if (generation->head.size() < files[i].head.size()) generation->set_head(files[i].head);
  }
  // What follows all that is known, in its order; the first time that the log is seen that is its newest file alone,
  // whose base does not depend on how many older ones there still are. Then the others, from new to old.
  const auto last_known = std::find_if(found.rbegin(), found.rend(), [](const Generation* g) { return g != nullptr; });
  auto fresh = static_cast<std::size_t>(found.rend() - last_known);
  if (generations_.empty()) fresh = files.size() - 1;
  for (std::size_t i = fresh; i < files.size(); ++i) begin(i, generations_.size());
  for (std::size_t i = fresh; i-- > 0;)
    if (!found[i]) begin(i, place_of(found[i + 1]));
  for (std::size_t i = 0; i < files.size(); ++i)
    parts.push_back({.file = std::move(files[i].file),
                     .status = files[i].status,
                     .key = found[i]->key,
                     .head = std::move(files[i].head)});
  while (generations_.size() > max_generations + files.size()) generations_.erase(generations_.begin());
  return parts;
}

void Log::mark(Generation& generation, std::uint64_t size, Time now) {
  if (!options_.plain() || size <= generation.seen_to) return;
  const std::uint64_t from = std::exchange(generation.seen_to, size);
  if (generation.states_times || generation.index.end_state().stated) return;
  const std::vector<Mark>& marks = *generation.ground.marks;
  if (marks.size() >= most_marks || now < moved(marks.back().time, between_marks(marks.size()))) return;
  auto more = std::make_shared<std::vector<Mark>>(marks);
  more->push_back({from, now});
  generation.ground.marks = std::move(more);
}

void Log::start_over(Generation& generation, const LogState& state, std::uint64_t size, Time now) {
  LogState entering = generation.index.end_state();
  entering.open = nullptr;
  if (state.sequencer.last() > entering.sequencer.last() || !generation.index.begun()) entering = state;
  if (generation.named) entering.sequencer.raise(*generation.named);
  entering.open = nullptr;
  ++generation.key.epoch;
  if (options_.plain()) {
    generation.ground.base += generation.size;
    generation.ground.marks = std::make_shared<const std::vector<Mark>>(1, Mark{0, now});
    generation.ground.splits = nullptr;
  }
  generation.size = size;
  generation.seen_to = size;
  generation.set_head({});
  generation.index = GenerationIndex(options_);
  generation.index.begin(std::move(entering));
  generation.fixed = true;
}

Result<Log::Look> Log::look(Part& part, Time now) {
  const std::scoped_lock lock(mutex_);
  auto status = part.file.status();
  if (!status) return forward(status);
  Generation* generation = find(part.key);
  if (!generation || part.file.compressed()) return Look{*status, part.key};
  if (status->size < generation->size) {
    start_over(*generation, generation->index.end_state(), status->size, now);
  } else {
    mark(*generation, status->size, now);
    generation->size = status->size;
  }
  // By its first bytes it is known when it comes back compressed.
  if (generation->head.size() < std::min<std::uint64_t>(head_bytes, generation->size))
    generation->set_head(head_of(part.file));
  return Look{*status, generation->key};
}

void Log::reached(const Part& part, std::uint64_t offset, bool states_times, Time now) {
  const std::scoped_lock lock(mutex_);
  Generation* generation = find(part.key);
  if (!generation || generation->key != part.key) return;
  generation->states_times = generation->states_times || states_times;
  mark(*generation, offset, now);
  generation->size = std::max(generation->size, offset);
}

Result<Log::Look> Log::truncated(const Part& part, const LogState& state, Time now) {
  const std::scoped_lock lock(mutex_);
  auto status = part.file.status();
  if (!status) return forward(status);
  Generation* generation = find(part.key);
  if (!generation) return Look{*status, part.key};
  if (generation->key == part.key) start_over(*generation, state, status->size, now);
  return Look{*status, generation->key};
}

GenerationKey Log::above(const Part& part, Seq floor) {
  const std::scoped_lock lock(mutex_);
  Generation* generation = find(part.key);
  if (!generation) return part.key;
  if (options_.plain() && generation->ground.base <= floor) {
    generation->ground.base = floor + room_to_grow;
    generation->key.epoch += 1;
    LogState entering = generation->index.entering();
    generation->index = GenerationIndex(options_);
    generation->index.begin(std::move(entering));
  }
  return generation->key;
}

bool Log::split(const Part& part, std::uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  Generation* generation = find(part.key);
  if (!generation || generation->key != part.key) return false;
  auto splits = std::make_shared<std::vector<std::uint64_t>>();
  if (generation->ground.splits) *splits = *generation->ground.splits;
  const auto at = std::ranges::lower_bound(*splits, offset);
  if (at != splits->end() && *at == offset) return true;
  if (splits->size() >= most_splits) return false;
  splits->insert(at, offset);
  generation->ground.splits = std::move(splits);
  return true;
}

LogState Log::enter(const Part& part, const LogState& state) {
  const std::scoped_lock lock(mutex_);
  Generation* generation = find(part.key);
  if (!generation || generation->key != part.key) return state;
  if (!generation->fixed) generation->index.begin(state);
  generation->fixed = true;
  return generation->index.entering();
}

Ground Log::ground(const Part& part) {
  const std::scoped_lock lock(mutex_);
  const Generation* generation = find(part.key);
  return generation ? generation->ground : Ground{};
}

/// The state behind a generation, whose file is open when `part` is given.
Result<LogState> Log::state_at_end(std::size_t at, Part* part) {
  Generation& generation = *generations_[at];
  LogState state = generation.index.end_state();
  if (!part || !options_.plain()) return state;
  // A last line without a newline ends with its file.
  const std::uint64_t from = generation.index.end_offset();
  if (from >= part->status.size) return state;
  std::string rest(static_cast<std::size_t>(std::min<std::uint64_t>(part->status.size - from, text::max_line_bytes)),
                   '\0');
  auto n = part->file.read(from, rest);
  if (!n) return forward(n);
  LineDecoder decoder(options_);
  decoder.reset(from, nullptr, generation.ground.encoding);
  Placer placer(options_.format, std::move(state));
  placer.set_ground(generation.ground);
  const auto take = [&](const text::Line& line) { placer.next(line); };
  feed_rows(decoder, generation.ground, from, std::string_view(rest).substr(0, *n), take);
  decoder.finish(take);
  return placer.state();
}

/// Brings the index of each part up to what is there.
Result<> Log::index(std::vector<Part>& parts) {
  std::vector<std::uint64_t> exact(parts.size());
  std::uint64_t left = options_.index.exact;
  for (std::size_t i = parts.size(); i-- > 0;) {
    exact[i] = std::max(left, options_.index.run_up);
    left -= std::min(left, parts[i].status.size);
  }
  Part* before = nullptr;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Part& part = parts[i];
    const auto found =
        std::ranges::find_if(generations_, [&](const auto& g) { return g->key.number == part.key.number; });
    if (found == generations_.end()) continue;  // older than what is remembered
    Generation& generation = **found;
    if (!generation.fixed) {
      LogState entering;
      const auto at = static_cast<std::size_t>(found - generations_.begin());
      if (at > 0) {
        const bool is_before = before && before->key.number == generations_[at - 1]->key.number;
        auto state = state_at_end(at - 1, is_before ? before : nullptr);
        if (!state) return forward(state);
        entering = std::move(*state);
      }
      generation.index.begin(std::move(entering));
    }
    // It may have been written to between the look at its first bytes and the one at its size.
    if (generation.head.empty() && part.status.size > 0) generation.set_head(head_of(part.file));
    auto extended = generation.index.extend(part.file, generation.ground, part.status.size, exact[i]);
    if (!extended) return extended;
    generation.fixed = generation.fixed || !generation.index.empty();
    before = &part;
  }
  count_memory();
  return {};
}

void Log::count_memory() {
  std::size_t bytes = 0;
  for (const auto& generation : generations_) bytes += generation->index.memory();
  const std::size_t before = memory_.exchange(bytes);
  if (all_memory_) *all_memory_ += bytes - before;  // modulo 2^64
}

Log::~Log() {
  if (all_memory_) *all_memory_ -= memory_;
}

Result<Log::Opened> Log::open(LogQuery& query, Time now, bool last_line_whole) {
  const std::scoped_lock lock(mutex_);
  auto found = open_generations(options_, *folders_);
  if (!found) return forward(found);
  Opened opened;
  opened.settled = found->settled;
  opened.parts = take_in(std::move(found->files), now);
  if (auto done = index(opened.parts); !done) return forward(done);
  Finder finder(*this, opened.parts, query, now, last_line_whole);
  auto start = finder.find();
  count_memory();
  if (!start) return forward(start);
  opened.start = std::move(*start);
  opened.unfinished_for = finder.unfinished_for();
  return opened;
}

Result<Log::Successors> Log::open_again(Time now) {
  const std::scoped_lock lock(mutex_);
  auto found = open_generations(options_, *folders_);
  if (!found) return forward(found);
  return Successors{take_in(std::move(found->files), now), found->cut_off, found->settled, found->unread};
}

void Log::drop_index() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  for (const auto& generation : generations_) {
    const Place last = generation->index.end_state().sequencer.last();
    if (generation->index.begun()) generation->named = std::max(generation->named.value_or(last), last);
    generation->index.drop_blocks();
  }
  count_memory();
}

std::shared_ptr<Log> Logs::at(const LogOptions& options) {
  const auto found = by_path_.find(options.path);
  if (found != by_path_.end()) {
    Log& log = **found->second;
    order_.splice(order_.begin(), order_, found->second);
    if (log.options() == options) return order_.front();
    order_.pop_front();
    by_path_.erase(found);
  }
  trim();
  order_.push_front(std::make_shared<Log>(options, memory_, folders_));
  by_path_.emplace(options.path, order_.begin());
  return order_.front();
}

void Logs::forget(const std::string& path) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  order_.erase(found->second);
  by_path_.erase(found);
}

void Logs::trim() {
  for (auto log = order_.rbegin(); *memory_ > bound_ && log != order_.rend(); ++log)
    if ((*log)->memory() > 0) (*log)->drop_index();
  while (order_.size() > most_logs) {
    by_path_.erase(order_.back()->options().path);
    order_.pop_back();
  }
}

}  // namespace taffrail::logfile
