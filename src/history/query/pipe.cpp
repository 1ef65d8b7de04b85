#include "history/query/pipe.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <utility>

#include "base/time_format.hpp"
#include "expr/search.hpp"
#include "expr/token.hpp"
#include "history/query/line_needs.hpp"

namespace taffrail::history {
namespace {

using expr::error_at;
using expr::ExprError;
using expr::Outcome;
using expr::Stage;
using expr::Token;
using expr::TokenKind;
using Tokens = std::span<const Token>;

/// More than anybody writes; each costs memory in every group.
constexpr std::size_t most_aggregates = 16;
constexpr std::size_t most_groups_by = 8;
constexpr std::size_t most_stages = 16;
constexpr std::size_t most_rows_kept = 1'000'000;

/// An operator or a bracket outside of all brackets: its place; else the number of tokens.
std::size_t find_outside(Tokens tokens, std::string_view op) {
  int depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (depth == 0 && token.text == op && (token.kind == TokenKind::op || token.kind == TokenKind::identifier))
      return i;
    if (token.kind != TokenKind::bracket) continue;
    const bool opens = token.text == "(" || token.text == "[" || token.text == "{";
    depth += opens ? 1 : depth > 0 ? -1 : 0;
  }
  return tokens.size();
}

std::vector<Tokens> split(Tokens tokens, std::string_view op) {
  std::vector<Tokens> parts;
  while (true) {
    const std::size_t end = find_outside(tokens, op);
    parts.push_back(tokens.first(end));
    if (end == tokens.size()) return parts;
    tokens = tokens.subspan(end + 1);
  }
}

bool is_word(const Token& token, std::string_view word) { return token.is(TokenKind::identifier, word); }

/// Whether an aggregate begins here.
bool begins_aggregate(Tokens tokens) {
  return tokens.size() >= 2 && tokens[0].kind == TokenKind::identifier && aggregate_kind(tokens[0].text) &&
         tokens[1].is_bracket("(");
}

/// The same spelling, white space apart.
bool same(Tokens one, Tokens other) {
  return std::ranges::equal(one, other, [](const Token& a, const Token& b) { return a.is(b.kind, b.text); });
}

class PipeParser {
 public:
  explicit PipeParser(std::string_view source) : source_(source) {}
  Outcome<Pipe> run();

 private:
  using Done = Outcome<void>;

  [[nodiscard]] std::unexpected<ExprError> fail(Tokens at, std::string message) const;
  [[nodiscard]] std::string_view text_of(Tokens tokens) const;
  /// An error of an expression that is a part of the source.
  [[nodiscard]] std::unexpected<ExprError> moved_error(Tokens part, const ExprError& error) const;

  Done filter(Tokens tokens);
  Done where_lines(Tokens tokens);
  Done add_condition(std::string condition);
  Done aggregation(Tokens tokens);
  Done aggregate(Tokens tokens);
  Done group(Tokens tokens);
  Done bucket(Tokens arguments, GroupBy& group);
  Done row_stage(Tokens tokens);
  Done sort(Tokens tokens);
  Done limit(Tokens tokens);
  Done where_rows(Tokens tokens);
  Outcome<Tokens> take_name(Tokens tokens, std::string& name);
  Outcome<std::shared_ptr<const expr::Program>> compile(Tokens tokens);
  Done add_column(Tokens tokens, std::string name, bool given);
  [[nodiscard]] std::optional<std::size_t> column_named(Tokens tokens) const;

  std::string_view source_;
  std::vector<Token> tokens_;
  Pipe pipe_;
  std::vector<Tokens> column_tokens_;
};

std::unexpected<ExprError> PipeParser::fail(Tokens at, std::string message) const {
  // Of nothing: where something should stand.
  const Token& first = at.empty() ? *at.data() : at.front();
  const std::uint32_t end = at.empty() ? first.at : at.back().end;
  return std::unexpected(error_at(Stage::parse, source_, first.at, end, std::move(message)));
}

/// Every span lies in tokens_, which end with a token `end`, so there is one behind it.
std::string_view PipeParser::text_of(Tokens tokens) const {
  if (tokens.empty()) return {};
  const Token& behind = *(tokens.data() + tokens.size());
  std::string_view text = source_.substr(tokens.front().byte_at, behind.byte_at - tokens.front().byte_at);
  while (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\n') || text.ends_with('\r'))
    text.remove_suffix(1);
  return text;
}

std::unexpected<ExprError> PipeParser::moved_error(Tokens part, const ExprError& error) const {
  const std::uint32_t at = part.front().at + error.offset;
  return std::unexpected(error_at(error.stage, source_, at, at + error.length, error.message));
}

Outcome<Pipe> PipeParser::run() {
  auto tokens = expr::tokenize(source_);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  tokens_ = std::move(*tokens);
  const std::vector<Tokens> stages = split(Tokens(tokens_).first(tokens_.size() - 1), "|");
  if (stages.size() > most_stages) return fail(stages[most_stages], fmt::format("more than {} stages", most_stages));
  const auto aggregates = std::ranges::find_if(stages.rbegin(), stages.rend(), begins_aggregate);
  if (aggregates == stages.rend())
    return fail(stages.back().subspan(stages.back().size()), "a query needs an aggregate, such as | count() by level");
  const auto aggregation_at = static_cast<std::size_t>(stages.rend() - aggregates) - 1;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Done done = i == aggregation_at  ? aggregation(stages[i])
                      : i > aggregation_at ? row_stage(stages[i])
                      : i == 0             ? filter(stages[i])
                                           : where_lines(stages[i]);
    if (!done) return std::unexpected(done.error());
  }
  return std::move(pipe_);
}

PipeParser::Done PipeParser::filter(Tokens tokens) {
  auto search = expr::read_search(text_of(tokens), expr::Environment::log());
  if (!search) return moved_error(tokens, search.error());
  if (search->taken == expr::Taken::everything) return {};
  return add_condition(std::move(search->expression));
}

PipeParser::Done PipeParser::where_lines(Tokens tokens) {
  if (tokens.empty() || !is_word(tokens.front(), "where"))
    return fail(tokens, "before the aggregates only 'where' may stand");
  const Tokens condition = tokens.subspan(1);
  if (condition.empty()) return fail(condition, "'where' needs a condition");
  auto checked = expr::Condition::check(text_of(condition), expr::Environment::log());
  if (!checked) return moved_error(condition, checked.error());
  return add_condition(std::string(checked->source()));
}

PipeParser::Done PipeParser::add_condition(std::string condition) {
  if (pipe_.condition.empty()) {
    pipe_.condition = std::move(condition);
  } else {
    pipe_.condition = fmt::format("({}) and ({})", pipe_.condition, condition);
  }
  return {};
}

/// Takes `as NAME` off the end.
Outcome<Tokens> PipeParser::take_name(Tokens tokens, std::string& name) {
  const std::size_t as = find_outside(tokens, "as");
  if (as == tokens.size()) return tokens;
  const Tokens given = tokens.subspan(as + 1);
  if (given.size() != 1 || given.front().kind != TokenKind::identifier)
    return fail(given, "'as' needs one name, of letters, digits and _");
  name = given.front().text;
  return tokens.first(as);
}

Outcome<std::shared_ptr<const expr::Program>> PipeParser::compile(Tokens tokens) {
  auto program = expr::Program::compile(text_of(tokens), expr::Environment::log(), expr::Purpose::value,
                                        expr::Limits::for_conditions());
  if (!program) return moved_error(tokens, program.error());
  return std::move(*program);
}

PipeParser::Done PipeParser::add_column(Tokens tokens, std::string name, bool given) {
  const auto taken = [this](const std::string& other) {
    return std::ranges::find(pipe_.columns, other, &Column::name) != pipe_.columns.end();
  };
  if (given && taken(name)) return fail(tokens, fmt::format("two columns are named {}", name));
  const std::string base = name;
  for (int i = 2; taken(name); ++i) name = fmt::format("{}_{}", base, i);
  pipe_.columns.push_back({.name = std::move(name), .text = std::string(text_of(tokens))});
  column_tokens_.push_back(tokens);
  return {};
}

PipeParser::Done PipeParser::aggregation(Tokens tokens) {
  const std::size_t by = find_outside(tokens, "by");
  if (by < tokens.size()) {
    const auto groups = split(tokens.subspan(by + 1), ",");
    if (groups.size() > most_groups_by)
      return fail(groups[most_groups_by], fmt::format("more than {} groups", most_groups_by));
    for (const Tokens one : groups)
      if (Done done = group(one); !done) return done;
  }
  const auto aggregates = split(tokens.first(by), ",");
  if (aggregates.size() > most_aggregates)
    return fail(aggregates[most_aggregates], fmt::format("more than {} aggregates", most_aggregates));
  for (const Tokens one : aggregates)
    if (Done done = aggregate(one); !done) return done;
  return {};
}

PipeParser::Done PipeParser::aggregate(Tokens tokens) {
  std::string name;
  const auto call = take_name(tokens, name);
  if (!call) return std::unexpected(call.error());
  if (!begins_aggregate(*call) || !call->back().is_bracket(")") || call->size() < 3)
    return fail(*call,
                "not an aggregate: count, count_distinct, min, max, avg, sum, quantile or rate, with its brackets");
  Aggregate made{.kind = *aggregate_kind(call->front().text), .argument = nullptr};
  const std::string_view kind = to_string(made.kind);
  const Tokens inside = call->subspan(2, call->size() - 3);
  const auto arguments = split(inside, ",");
  const bool of_lines = made.kind == AggregateKind::count || made.kind == AggregateKind::rate;
  const std::size_t wanted = made.kind == AggregateKind::quantile ? 2 : 1;
  if (inside.empty() ? !of_lines : arguments.size() != wanted)
    return fail(*call, fmt::format("{} takes {}", kind,
                                   of_lines      ? "nothing, or a condition"
                                   : wanted == 2 ? "what of each line, and a number from 0 to 1"
                                                 : "what of each line"));
  if (!inside.empty()) {
    if (arguments.front().empty()) return fail(inside, fmt::format("{} takes an expression first", kind));
    auto program = compile(arguments.front());
    if (!program) return std::unexpected(std::move(program.error()));
    made.argument = std::move(*program);
    const expr::Type& type = made.argument->type();
    if (of_lines && !type.is(expr::TypeKind::boolean) && !type.is_open())
      return fail(arguments.front(), fmt::format("{} counts the lines of which a condition is true, and this is {}",
                                                 kind, expr::to_string(type)));
  }
  if (wanted == 2) {
    const Tokens number = arguments[1];
    const std::string_view text = text_of(number);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), made.q);
    if (number.size() != 1 || read.ec != std::errc() || read.ptr != text.data() + text.size() || !(made.q >= 0) ||
        made.q > 1)
      return fail(number, "a quantile is a number from 0 to 1: 0.95");
  }
  const bool given = !name.empty();
  if (!given) {
    name = wanted == 2 ? fmt::format("p{:.6g}", made.q * 100) : std::string(kind);
    std::ranges::replace(name, '.', '_');
  }
  pipe_.aggregates.push_back(std::move(made));
  return add_column(*call, std::move(name), given);
}

PipeParser::Done PipeParser::group(Tokens tokens) {
  std::string name;
  const auto what = take_name(tokens, name);
  if (!what) return std::unexpected(what.error());
  if (what->empty()) return fail(*what, "'by' needs expressions, separated by commas");
  GroupBy made;
  Tokens named = *what;
  const bool is_bucket = is_word(what->front(), "bucket") && what->size() > 3 && (*what)[1].is_bracket("(") &&
                         find_outside(what->subspan(1), ")") == what->size() - 1 && what->back().is_bracket(")");
  if (is_bucket) {
    named = split(what->subspan(2, what->size() - 3), ",").front();
    if (Done done = bucket(what->subspan(2, what->size() - 3), made); !done) return done;
  } else {
    auto program = compile(*what);
    if (!program) return std::unexpected(std::move(program.error()));
    made.program = std::move(*program);
    made.of = needs_of(*made.program);
    if (made.of == GroupBy::Of::time) made.of = GroupBy::Of::line;
  }
  const bool given = !name.empty();
  if (!given) {
    name = text_of(named);
    std::erase(name, '?');
  }
  pipe_.groups.push_back(std::move(made));
  return add_column(*what, std::move(name), given);
}

PipeParser::Done PipeParser::bucket(Tokens arguments, GroupBy& group) {
  const auto parts = split(arguments, ",");
  if (parts.size() != 2 || parts[0].empty() || parts[1].size() != 1)
    return fail(arguments, R"(a bucket is bucket(time, "5m") or, of numbers, bucket(EXPR, WIDTH))");
  auto program = compile(parts[0]);
  if (!program) return std::unexpected(std::move(program.error()));
  group.program = std::move(*program);
  const Token& width = parts[1].front();
  if (width.kind == TokenKind::string) {
    const auto step = parse_duration(width.text);
    if (!step) return fail(parts[1], step.error().detail);
    if (*step < std::chrono::milliseconds(1)) return fail(parts[1], "a bucket of times has 1 ms at least");
    group.step = *step;
    group.of = needs_of(*group.program);
    if (group.of != GroupBy::Of::time && group.of != GroupBy::Of::log) group.of = GroupBy::Of::line;
    return {};
  }
  const std::string_view text = text_of(parts[1]);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), group.width);
  if (width.kind != TokenKind::number || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      !(group.width > 0))
    return fail(parts[1], R"(the width of a bucket is a length of time, "5m", or a number above 0)");
  if (needs_of(*group.program) == GroupBy::Of::log) group.of = GroupBy::Of::log;
  return {};
}

PipeParser::Done PipeParser::row_stage(Tokens tokens) {
  if (!tokens.empty()) {
    if (is_word(tokens.front(), "sort")) return sort(tokens.subspan(1));
    if (is_word(tokens.front(), "limit")) return limit(tokens.subspan(1));
    if (is_word(tokens.front(), "where")) return where_rows(tokens.subspan(1));
  }
  return fail(tokens, "after the aggregates a stage is 'where', 'sort' or 'limit'");
}

std::optional<std::size_t> PipeParser::column_named(Tokens tokens) const {
  for (std::size_t i = 0; i < pipe_.columns.size(); ++i)
    if (pipe_.columns[i].name == text_of(tokens)) return i;
  for (std::size_t i = 0; i < column_tokens_.size(); ++i)
    if (same(column_tokens_[i], tokens)) return i;
  return std::nullopt;
}

PipeParser::Done PipeParser::sort(Tokens tokens) {
  SortRows stage;
  for (Tokens key : split(tokens, ",")) {
    SortKey made{.column = pipe_.groups.size()};
    if (!key.empty() && (is_word(key.back(), "asc") || is_word(key.back(), "desc"))) {
      made.descending = is_word(key.back(), "desc");
      key = key.first(key.size() - 1);
    }
    if (!key.empty()) {
      const auto column = column_named(key);
      if (!column) {
        std::string names;
        for (const Column& known : pipe_.columns) names += (names.empty() ? "" : ", ") + known.name;
        return fail(key, fmt::format("there is no column {}; there are {}", text_of(key), names));
      }
      made.column = *column;
    }
    stage.keys.push_back(made);
  }
  pipe_.stages.emplace_back(std::move(stage));
  return {};
}

PipeParser::Done PipeParser::limit(Tokens tokens) {
  const std::string_view text = text_of(tokens);
  std::size_t rows = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (tokens.size() != 1 || read.ec != std::errc() || read.ptr != text.data() + text.size() || rows == 0 ||
      rows > most_rows_kept)
    return fail(tokens, fmt::format("'limit' takes a number from 1 to {}", most_rows_kept));
  pipe_.stages.emplace_back(LimitRows{rows});
  return {};
}

PipeParser::Done PipeParser::where_rows(Tokens tokens) {
  if (tokens.empty()) return fail(tokens, "'where' needs a condition");
  std::vector<expr::Declaration> names;
  for (const Column& column : pipe_.columns)
    names.push_back({.name = column.name, .type = &expr::any_type, .help = {}, .example = {}});
  auto environment = std::make_unique<const expr::Environment>("row", std::move(names));
  auto condition = expr::Condition::check(text_of(tokens), *environment);
  if (!condition) return moved_error(tokens, condition.error());
  pipe_.stages.emplace_back(KeepRows{std::move(*condition)});
  pipe_.environments.push_back(std::move(environment));
  return {};
}

}  // namespace

std::size_t Pipe::series_group() const {
  const auto is_time = [](const GroupBy& group) { return group.step > Duration::zero(); };
  if (std::ranges::count_if(groups, is_time) != 1) return groups.size();
  return static_cast<std::size_t>(std::ranges::find_if(groups, is_time) - groups.begin());
}

bool Pipe::counts_only() const {
  return std::ranges::all_of(aggregates, [](const Aggregate& one) { return one.argument == nullptr; }) &&
         std::ranges::none_of(groups, [](const GroupBy& group) { return group.of == GroupBy::Of::line; });
}

expr::Outcome<Pipe> parse_pipe(std::string_view source) { return PipeParser(source).run(); }

}  // namespace taffrail::history
