#include "history/pattern/moved_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <mutex>
#include <ranges>
#include <set>
#include <utility>

#include "history/pattern/surprise.hpp"
#include "history/search/block_plan.hpp"
#include "history/search/block_work.hpp"
#include "model/variables/line_view.hpp"
#include "text/level.hpp"
#include "text/utf8.hpp"

namespace taffrail::history {
namespace {

constexpr std::uint64_t most_sampled_bytes = std::uint64_t{32} << 20;
constexpr std::size_t most_sampled_blocks = 64;
constexpr std::size_t most_sampled_lines = 2048;
constexpr std::size_t least_lines_of_block = 32;
const std::string level_name = "level";
const std::string stream_name = "stream";
/// Objects in objects that are looked into.
constexpr std::size_t max_depth = 3;
constexpr std::size_t most_moved = 10;
constexpr std::size_t most_values_told = 5;
/// Standard deviations: what is below is as likely chance, as many fields are looked at.
constexpr double least_surprise = 5;
/// Of a field with more kinds of numbers their size is compared, not which they are.
constexpr std::size_t most_kinds_of_numbers = 20;

/// G of a table of two rows and as many columns as there are values, against its degrees of freedom: for these many it
/// is spread about their number with twice that as variance (chi-squared).
class Table {
 public:
  Table(std::uint64_t total, std::uint64_t base_total) : total_(total), base_total_(base_total) {}
  /// @return the column's part of G
  double add(std::uint64_t count, std::uint64_t base) {
    const double part = surprise_of_rates(count, static_cast<double>(total_), base, static_cast<double>(base_total_));
    sum_ += part;
    ++columns_;
    return part;
  }
  [[nodiscard]] double deviations() const {
    if (columns_ < 2) return 0;
    const double freedom = static_cast<double>(columns_) - 1;
    return (sum_ - freedom) / std::sqrt(2 * freedom);
  }

 private:
  std::uint64_t total_;
  std::uint64_t base_total_;
  double sum_ = 0;
  std::size_t columns_ = 0;
};

double median_of(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::ranges::nth_element(numbers, middle);
  return *middle;
}

/// The power of two that a number lies above, for columns of numbers that are many.
int size_of(double number) {
  const double size = std::abs(number);
  if (size < 1e-9) return 0;
  const int power = std::clamp(static_cast<int>(std::floor(std::log2(size))), -40, 200) + 50;
  return number < 0 ? -power : power;
}

MovedField compare_numbers(const FieldSample::Field& field, const FieldSample::Field& base) {
  MovedField moved{.lines = field.lines, .base_lines = base.lines};
  std::map<int, std::pair<std::uint64_t, std::uint64_t>> sizes;
  for (const double number : field.numbers) ++sizes[size_of(number)].first;
  for (const double number : base.numbers) ++sizes[size_of(number)].second;
  Table table(field.numbers.size(), base.numbers.size());
  for (const auto& [size, counts] : sizes) table.add(counts.first, counts.second);
  moved.surprise = table.deviations();
  moved.median = median_of(field.numbers);
  moved.base_median = median_of(base.numbers);
  return moved;
}

MovedField compare_values(const FieldSample::Field& field, const FieldSample::Field& base) {
  MovedField moved{.lines = field.lines, .base_lines = base.lines};
  std::set<std::string_view> values;
  for (const FieldSample::Field* some : {&field, &base})
    for (const auto& [value, lines] : some->values) values.insert(value);
  Table table(field.lines, base.lines);
  std::vector<std::pair<double, MovedField::Value>> parts;
  const auto lines_of = [](const FieldSample::Field& some, std::string_view value) {
    const auto found = some.values.find(std::string(value));
    return found == some.values.end() ? 0 : found->second;
  };
  for (const std::string_view value : values) {
    MovedField::Value one{
        .value = std::string(value), .lines = lines_of(field, value), .base_lines = lines_of(base, value)};
    const double part = table.add(one.lines, one.base_lines);
    parts.emplace_back(part, std::move(one));
  }
  moved.surprise = table.deviations();
  std::ranges::sort(parts, {},
                    [](const auto& part) { return std::pair(-part.first, std::string_view(part.second.value)); });
  for (auto& [part, value] : parts | std::views::take(most_values_told)) moved.values.push_back(std::move(value));
  return moved;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

void add_value_to(FieldSample::Field& field, std::string_view text, std::optional<double> number) {
  ++field.lines;
  if (number && field.numbers.size() < FieldSample::max_numbers) {
    if (!field.numbers.empty() && *number > field.numbers.back()) ++field.rises;
    if (!field.numbers.empty() && *number < field.numbers.back()) ++field.falls;
    field.numbers.push_back(*number);
  }
  const auto known =
      text.size() > FieldSample::max_value_size ? field.values.end() : field.values.find(std::string(text));
  if (known != field.values.end())
    ++known->second;
  else if (text.size() > FieldSample::max_value_size || field.values.size() == FieldSample::max_values)
    field.many = true;
  else
    field.values.emplace(text, 1);
}

/// The field of a name; null when there are too many.
FieldSample::Field* field_of(FieldSample::Fields& fields, const std::string& name, std::size_t most) {
  if (name.size() > FieldSample::max_value_size) return nullptr;
  if (fields.size() == most && !fields.contains(name)) return nullptr;
  return &fields[name];
}

void add_text(FieldSample::Fields& fields, const std::string& name, std::string_view text,
              std::optional<double> number) {
  if (FieldSample::Field* field = field_of(fields, name, FieldSample::max_fields)) add_value_to(*field, text, number);
}

void merge_fields(FieldSample::Fields& fields, const FieldSample::Fields& others, std::size_t most) {
  for (const auto& [name, from] : others) {
    FieldSample::Field* to = field_of(fields, name, most);
    if (to == nullptr) continue;
    FieldSample::Field& field = *to;
    field.lines += from.lines;
    field.many = field.many || from.many;
    field.rises += from.rises;
    field.falls += from.falls;
    for (const auto& [value, lines] : from.values) {
      if (field.values.size() == FieldSample::max_values && !field.values.contains(value)) {
        field.many = true;
      } else {
        field.values[value] += lines;
      }
    }
    const std::size_t room = std::min(from.numbers.size(), FieldSample::max_numbers - field.numbers.size());
    field.numbers.insert(field.numbers.end(), from.numbers.begin(),
                         from.numbers.begin() + static_cast<std::ptrdiff_t>(room));
  }
}

/// What of a form is shown before and behind the variable in question.
constexpr std::size_t shown_around = 40;

/// The text of a form around one of its variables.
/// @param at where its mark is
std::string name_of_variable(std::string_view form, std::size_t at) {
  const auto shown = [](std::string_view part) {
    // As the whole of a form: its first byte is not shown.
    return show_form(std::string(1, form_mark::line).append(part));
  };
  std::string before = shown(form.substr(1, at - 1));
  if (before.size() > shown_around) {
    std::size_t from = before.size() - shown_around;
    while (from < before.size() && (static_cast<unsigned char>(before[from]) & 0xC0U) == 0x80) ++from;
    before.erase(0, from);
  }
  std::string behind = shown(form.substr(at + 1));
  behind.resize(text::cut_at_character(behind, shown_around).size());
  return before + "<#>" + behind;
}

}  // namespace

bool FieldSample::Field::counts_on() const {
  constexpr std::uint64_t least = 10;
  constexpr std::uint64_t in_hundred = 99;
  return rises + falls >= least && 100 * std::max(rises, falls) >= in_hundred * (rises + falls);
}

void FieldSample::add(const Batch& batch, const Record& record) {
  ++lines_;
  add_text(fields_, level_name, text::to_string(record.head_level), std::nullopt);
  add_text(fields_, stream_name, record.stream == text::StdStream::err ? "stderr" : "stdout", std::nullopt);
  if (record.kind == text::Kind::text) return add_variables(batch.text(record));
  thread_local LineView line;
  line.set(batch, record, nullptr);
  const expr::Value fields = line.variables().get(expr::LogVariables::fields_slot);
  if (fields.is(expr::Kind::json)) {
    add_object("", fields.as_json(), 0);
  } else if (fields.is(expr::Kind::object)) {
    fields.as_object().each([this](std::string_view key, expr::Value value) { add_value(std::string(key), value); });
  }
  line.clear();
}

void FieldSample::add_object(const std::string& prefix, const expr::JsonNode& object, std::size_t depth) {
  if (object.is_array() || depth > max_depth) return;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const std::string name = prefix + std::string(object.key(i));
    const expr::Value value = object.at(i);
    if (value.is(expr::Kind::json)) {
      add_object(name + '.', value.as_json(), depth + 1);
    } else {
      add_value(name, value);
    }
  }
}

void FieldSample::add_value(const std::string& name, expr::Value value) {
  if (name == level_name || name == stream_name) return;  // which every line has, as it is understood
  switch (value.kind()) {
    case expr::Kind::string: return add_text(fields_, name, value.as_string(), number_in(value.as_string()));
    case expr::Kind::boolean: return add_text(fields_, name, value.as_bool() ? "true" : "false", std::nullopt);
    case expr::Kind::integer:
    case expr::Kind::floating: return add_text(fields_, name, fmt::format("{}", value.number()), value.number());
    default: return;
  }
}

void FieldSample::add_variables(std::string_view line) {
  const std::string_view form = maker_.of_line(line);
  if (!find_variables(form, line, values_)) return;
  std::size_t at = 0;
  for (const std::string_view value : values_) {
    at = form.find(form_mark::number, at);
    if (Field* field = field_of(variables_, name_of_variable(form, at), max_variables))
      add_value_to(*field, value, number_in(value));
    ++at;
  }
}

void FieldSample::merge(const FieldSample& other) {
  lines_ += other.lines_;
  merge_fields(fields_, other.fields_, max_fields);
  merge_fields(variables_, other.variables_, max_variables);
}

namespace {

void add_moved(std::vector<MovedField>& moved, const FieldSample::Fields& fields, const FieldSample::Fields& base) {
  for (const auto& [name, field] : fields) {
    const auto other = base.find(name);
    if (other == base.end() || (field.counts_on() && other->second.counts_on())) continue;
    const auto all_numbers = [](const FieldSample::Field& some) { return 2 * some.numbers.size() > some.lines; };
    const bool many = field.many || other->second.many;
    const bool numbers = all_numbers(field) && all_numbers(other->second) &&
                         (many || field.values.size() + other->second.values.size() > 2 * most_kinds_of_numbers);
    // Texts of which each is another are names of single things.
    if (many && !numbers) continue;
    MovedField one = numbers ? compare_numbers(field, other->second) : compare_values(field, other->second);
    if (one.surprise < least_surprise) continue;
    one.name = name;
    moved.push_back(std::move(one));
  }
}

}  // namespace

std::vector<MovedField> moved_fields(const FieldSample& sample, const FieldSample& base) {
  std::vector<MovedField> moved;
  add_moved(moved, sample.fields(), base.fields());
  add_moved(moved, sample.variables(), base.variables());
  std::ranges::sort(moved, {},
                    [](const MovedField& one) { return std::pair(-one.surprise, std::string_view(one.name)); });
  if (moved.size() > most_moved) moved.resize(most_moved);
  return moved;
}

namespace {

std::vector<QueriedBlock> spread_out(std::vector<QueriedBlock> blocks) {
  std::ranges::sort(blocks, {}, [](const QueriedBlock& block) { return block.range.first; });
  std::uint64_t bytes = 0;
  for (const QueriedBlock& block : blocks) bytes += block.info.raw;
  const std::size_t step = std::max<std::size_t>({1, (blocks.size() + most_sampled_blocks - 1) / most_sampled_blocks,
                                                  (bytes + most_sampled_bytes - 1) / most_sampled_bytes});
  std::vector<QueriedBlock> chosen;
  for (std::size_t i = step / 2; i < blocks.size(); i += step) chosen.push_back(blocks[i]);
  return chosen;
}

}  // namespace

Task<Result<FieldSample>> sample_fields(store::Store& store, WorkerPool& workers, const LineQuery& query,
                                        SteadyTime until) {
  FieldSample sample;
  auto blocks = co_await store.read(workers, [&](store::Snapshot& snapshot) {
    return plan_blocks(snapshot, query, ranges_from(query, std::nullopt, true));
  });
  if (!blocks) co_return forward(blocks);
  std::vector<QueriedBlock> chosen = spread_out(std::move(*blocks));
  if (chosen.empty()) co_return sample;
  const std::size_t most = std::max(least_lines_of_block, most_sampled_lines / chosen.size());
  BlockQueue queue(true);
  queue.fill(std::move(chosen));
  std::mutex mutex;
  const std::function<Result<WorkTally>(store::Snapshot&)> turn = [&](store::Snapshot& snapshot) {
    FieldSample mine;
    auto tally = work_on(
        snapshot, query, true, queue, [] { return false; },
        [&](BlockScan& scan, const QueriedBlock& block) -> Result<PlaceRange> {
          std::size_t taken = 0;
          auto left = scan.walk(block, [&](const Batch& batch, const Record& record) {
            mine.add(batch, record);
            return ++taken < most;
          });
          if (!left) return left;
          return PlaceRange::none();
        });
    const std::lock_guard lock(mutex);
    sample.merge(mine);
    return tally;
  };
  FairPlaces::Asker asker;
  while (queue.frontier() && std::chrono::steady_clock::now() < until) {
    auto tallies = co_await run_side_by_side<WorkTally>(store, workers, asker, turn);
    if (!tallies) co_return forward(tallies);
  }
  co_return sample;
}

}  // namespace taffrail::history
