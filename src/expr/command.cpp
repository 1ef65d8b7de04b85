#include "expr/command.hpp"

#include <fmt/format.h>
#include <fstream>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <simdjson.h>

#include "expr/format.hpp"
#include "expr/json_variables.hpp"
#include "expr/parser.hpp"
#include "expr/program.hpp"
#include "expr/token.hpp"

namespace taffrail::expr {
namespace {

constexpr std::string_view usage =
    "usage: taffrail expr 'EXPR' [--env FILE.json] [--check log|metric|event|container] [--print "
    "tokens|ast|typed|program]\n"
    "       taffrail expr --batch [--env FILE.json] [--check log|metric|event|container]\n";

struct Options {
  std::optional<std::string> expression;
  std::string env_json = "{}";
  std::string print;
  const Environment* check = nullptr;  ///< null: variables are what the JSON holds
  bool batch = false;
};

const Environment* environment_named(std::string_view name) {
  if (name == "log") return &Environment::log();
  if (name == "metric") return &Environment::metric();
  if (name == "event") return &Environment::event();
  return name == "container" ? &Environment::container() : nullptr;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::io, fmt::format("cannot read {}", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<Options> parse_arguments(std::span<const std::string> args) {
  Options options;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--batch") {
      options.batch = true;
      continue;
    }
    if (arg != "--env" && arg != "--check" && arg != "--print") {
      // An expression may start with a minus, so only what looks like an option is taken for one.
      if (arg.starts_with("--") && arg.size() > 2 && arg[2] >= 'a' && arg[2] <= 'z')
        return fail(ErrorCode::invalid_argument, fmt::format("unknown option {}", arg));
      if (options.expression) return fail(ErrorCode::invalid_argument, "one expression only: put it in quotes");
      options.expression = arg;
      continue;
    }
    if (i + 1 == args.size()) return fail(ErrorCode::invalid_argument, fmt::format("{} needs a value", arg));
    const std::string& value = args[++i];
    if (arg == "--env") {
      auto text = read_file(value);
      if (!text) return forward(text);
      options.env_json = std::move(*text);
    } else if (arg == "--check") {
      options.check = environment_named(value);
      if (options.check == nullptr)
        return fail(ErrorCode::invalid_argument,
                    fmt::format("--check takes log, metric, event or container, not {}", value));
    } else {
      if (value != "tokens" && value != "ast" && value != "typed" && value != "program")
        return fail(ErrorCode::invalid_argument,
                    fmt::format("--print takes tokens, ast, typed or program, not {}", value));
      options.print = value;
    }
  }
  if (options.batch == options.expression.has_value())
    return fail(ErrorCode::invalid_argument, "give one expression, or --batch");
  if (options.batch && !options.print.empty())
    return fail(ErrorCode::invalid_argument, "--print does not go with --batch");
  return options;
}

Result<std::unique_ptr<JsonVariables>> variables_of(std::string_view json, const Environment* check) {
  return check == nullptr ? JsonVariables::open(json) : JsonVariables::for_environment(json, *check);
}

Purpose purpose_of(const Options& options) { return options.check == nullptr ? Purpose::value : Purpose::condition; }

std::string error_line(const ExprError& error) {
  std::string message;
  append_json_escaped(message, error.message);
  return fmt::format("{{\"error\": {{\"stage\": \"{}\", \"message\": \"{}\", \"line\": {}, \"column\": {}}}}}",
                     to_string(error.stage), message, error.line, error.column);
}

ExprError whole_line_error(std::string message) {
  ExprError error;
  error.message = std::move(message);
  return error;
}

std::string evaluate_line(std::string_view source, const Variables& variables, const Environment& environment,
                          Purpose purpose, Context& context) {
  const auto program = Program::compile(source, environment, purpose);
  if (!program) return error_line(program.error());
  const Value value = (*program)->run(variables, context);
  if (value.failed()) return error_line(context.error(source));
  std::string json;
  if (std::string error = append_json(json, value, {}); !error.empty()) {
    ExprError failure = whole_line_error(std::move(error));
    failure.stage = Stage::run;
    return error_line(failure);
  }
  return fmt::format("{{\"value\": {}}}", json);
}

int run_batch(const Options& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto shared = variables_of(options.env_json, options.check);
  if (!shared) {
    err << shared.error().detail << '\n';
    return 1;
  }
  Context context;
  simdjson::dom::parser parser;
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    simdjson::dom::element request;
    std::string_view source;
    if (parser.parse(line).get(request) != simdjson::SUCCESS || request["expr"].get(source) != simdjson::SUCCESS) {
      out << error_line(whole_line_error("the line is not a JSON object with a string \"expr\"")) << '\n';
      continue;
    }
    simdjson::dom::element env;
    if (request["env"].get(env) != simdjson::SUCCESS || env.is_null()) {
      out << evaluate_line(source, **shared, (*shared)->environment(), purpose_of(options), context) << '\n';
      continue;
    }
    const auto variables = variables_of(simdjson::to_string(env), options.check);
    if (!variables)
      out << error_line(whole_line_error(variables.error().detail)) << '\n';
    else
      out << evaluate_line(source, **variables, (*variables)->environment(), purpose_of(options), context) << '\n';
  }
  return 0;
}

int report(const ExprError& error, std::string_view source, std::ostream& err) {
  err << error.with_snippet(source) << '\n';
  return 1;
}

int print_stage(const Options& options, const Environment& environment, std::ostream& out, std::ostream& err) {
  const std::string& source = *options.expression;
  if (options.print == "tokens") {
    const auto tokens = tokenize(source);
    if (!tokens) return report(tokens.error(), source, err);
    out << print_tokens(*tokens);
    return 0;
  }
  if (options.print == "ast") {
    const auto tree = parse(source);
    if (!tree) return report(tree.error(), source, err);
    out << print_ast(*(*tree)->root, false);
    return 0;
  }
  if (options.print == "typed") {
    const auto tree = parse(source);
    if (!tree) return report(tree.error(), source, err);
    const auto type = check(**tree, environment, purpose_of(options));
    if (!type) return report(type.error(), source, err);
    out << print_ast(*(*tree)->root, true);
    return 0;
  }
  const auto program = Program::compile(source, environment, purpose_of(options));
  if (!program) return report(program.error(), source, err);
  out << (*program)->print();
  return 0;
}

}  // namespace

int run_command(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto options = parse_arguments(args);
  if (!options) {
    err << options.error().detail << '\n' << usage;
    return 2;
  }
  if (options->batch) return run_batch(*options, in, out, err);
  const auto variables = variables_of(options->env_json, options->check);
  if (!variables) {
    err << variables.error().detail << '\n';
    return 1;
  }
  if (!options->print.empty()) return print_stage(*options, (*variables)->environment(), out, err);
  const std::string& source = *options->expression;
  const auto program = Program::compile(source, (*variables)->environment(), purpose_of(*options));
  if (!program) return report(program.error(), source, err);
  Context context;
  const Value value = (*program)->run(**variables, context);
  if (value.failed()) return report(context.error(source), source, err);
  std::string json;
  if (const std::string error = append_json(json, value, {}); !error.empty()) {
    err << error << '\n';
    return 1;
  }
  out << json << '\n';
  return 0;
}

}  // namespace taffrail::expr
