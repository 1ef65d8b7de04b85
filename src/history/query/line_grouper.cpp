#include "history/query/line_grouper.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace taffrail::history {
namespace {

/// Lines between two looks at the clock: the longest evaluation of one takes 2.5 ms.
constexpr std::size_t lines_between_looks = 8;

std::int64_t ns_of(Time time) { return time.time_since_epoch().count(); }

}  // namespace

std::int64_t bucket_start(Time time, Duration step) {
  const std::int64_t into = ns_of(time) % step.count();
  const std::int64_t back = into < 0 ? into + step.count() : into;
  // Nothing is before the first time that there is.
  constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min();
  return ns_of(time) < first + back ? first : ns_of(time) - back;
}

Scalar group_value(const GroupBy& group, expr::Value value) {
  Scalar scalar = to_scalar(value);
  if (group.step > Duration::zero()) {
    const Time* time = std::get_if<Time>(&scalar);
    return time != nullptr ? Scalar(Time(Duration(bucket_start(*time, group.step)))) : Scalar();
  }
  if (group.width > 0) {
    const auto number = number_of(value);
    return number ? to_scalar(std::floor(*number / group.width) * group.width) : Scalar();
  }
  return scalar;
}

LineGrouper::LineGrouper(const Pipe& pipe, const std::vector<GroupedLog>& logs, TurnClock turn)
    : pipe_(pipe),
      logs_(logs),
      turn_(turn),
      table_(pipe.aggregates),
      of_block_(pipe.aggregates),
      context_(expr::Limits::for_conditions()) {}

bool LineGrouper::in_one_bucket(Time first, Time last) const {
  return std::ranges::all_of(pipe_.groups, [&](const GroupBy& group) {
    return group.of != GroupBy::Of::time || bucket_start(first, group.step) == bucket_start(last, group.step);
  });
}

Result<PlaceRange> LineGrouper::read(BlockScan& scan, const QueriedBlock& block) {
  return pipe_.counts_only() ? count(scan, block) : walk(scan, block);
}

Result<PlaceRange> LineGrouper::count(BlockScan& scan, const QueriedBlock& block) {
  runs_.clear();
  const auto is_in = [this](Time time, const Run& run) {
    for (std::size_t i = 0; i < pipe_.groups.size(); ++i) {
      const GroupBy& group = pipe_.groups[i];
      if (group.of != GroupBy::Of::time) continue;
      const std::int64_t start = run.starts[i];
      if (ns_of(time) < start ||
          static_cast<std::uint64_t>(ns_of(time) - start) >= static_cast<std::uint64_t>(group.step.count()))
        return false;
    }
    return true;
  };
  auto left = scan.count(block, [&](const Record& record, std::uint32_t) {
    if (runs_.empty() || !is_in(record.time, runs_.back())) {
      Run& run = runs_.emplace_back();
      for (const GroupBy& group : pipe_.groups)
        run.starts.push_back(group.of == GroupBy::Of::time ? bucket_start(record.time, group.step) : 0);
    }
    ++runs_.back().counts.at(static_cast<std::size_t>(record.head_level)).at(static_cast<std::size_t>(record.stream));
  });
  // Not before the block is known to be whole.
  if (left)
    for (const Run& run : runs_) add_run(block.log, run);
  return left;
}

void LineGrouper::append_part(const GroupBy& group, const std::string& of_log, std::int64_t start, text::Level level,
                              text::StdStream stream) {
  switch (group.of) {
    case GroupBy::Of::log: key_ += of_log; break;
    case GroupBy::Of::level: append_key(key_, expr::Value(text::to_string(level))); break;
    case GroupBy::Of::stream: append_key(key_, expr::Value(text::to_string(stream))); break;
    case GroupBy::Of::time: append_key(key_, Scalar(Time(Duration(start)))); break;
    case GroupBy::Of::line: break;
  }
}

void LineGrouper::add_run(std::size_t log, const Run& run) {
  for (std::size_t level = 0; level < run.counts.size(); ++level) {
    for (std::size_t stream = 0; stream < run.counts[level].size(); ++stream) {
      const std::uint64_t lines = run.counts[level][stream];
      if (lines == 0) continue;
      key_.clear();
      for (std::size_t i = 0; i < pipe_.groups.size(); ++i)
        append_part(pipe_.groups[i], logs_[log].keys[i], run.starts[i], static_cast<text::Level>(level),
                    static_cast<text::StdStream>(stream));
      Group* group = table_.group(key_);
      if (group == nullptr) {
        table_.add_others(lines);
        continue;
      }
      group->lines += lines;
      for (AggregateState& state : group->states) state.add_lines(lines);
    }
  }
}

void LineGrouper::add(std::size_t log, Time time, text::Level level, std::uint64_t lines) {
  Run run;
  for (const GroupBy& group : pipe_.groups)
    run.starts.push_back(group.of == GroupBy::Of::time ? bucket_start(time, group.step) : 0);
  run.counts.at(static_cast<std::size_t>(level)).front() = lines;
  add_run(log, run);
}

Result<PlaceRange> LineGrouper::walk(BlockScan& scan, const QueriedBlock& block) {
  of_block_.clear();
  std::size_t seen = 0;
  auto left = scan.walk(block, [&](const Batch& batch, const Record& record) {
    add_line(block.log, batch, record);
    return ++seen % lines_between_looks != 0 || !turn_.over();
  });
  if (left) table_.merge(of_block_);
  return left;
}

void LineGrouper::add_line(std::size_t log, const Batch& batch, const Record& record) {
  line_.set(batch, record, &logs_[log].container->fields());
  key_.clear();
  for (std::size_t i = 0; i < pipe_.groups.size(); ++i) {
    const GroupBy& by = pipe_.groups[i];
    if (by.of != GroupBy::Of::line) {
      append_part(by, logs_[log].keys[i], by.of == GroupBy::Of::time ? bucket_start(record.time, by.step) : 0,
                  record.head_level, record.stream);
      continue;
    }
    const expr::Value value = by.program->run(line_.variables(), context_);
    if (by.step > Duration::zero() || by.width > 0) {
      append_key(key_, group_value(by, value));
    } else {
      append_key(key_, value);
    }
  }
  Group* group = of_block_.group(key_);
  if (group == nullptr) {
    of_block_.add_others(1);
  } else {
    ++group->lines;
    for (std::size_t i = 0; i < group->states.size(); ++i) {
      const Aggregate& aggregate = pipe_.aggregates[i];
      if (aggregate.argument) {
        group->states[i].add(aggregate.argument->run(line_.variables(), context_));
      } else {
        group->states[i].add_lines(1);
      }
    }
  }
  line_.clear();  // nothing may point into this batch once it is gone
}

}  // namespace taffrail::history
