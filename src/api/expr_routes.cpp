#include "api/expr_routes.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "expr/condition.hpp"
#include "expr/editor.hpp"
#include "expr/search.hpp"
#include "text/json_writer.hpp"

namespace taffrail::api {
namespace {

struct Question {
  std::string expression;
  const expr::Environment* environment = nullptr;
  bool search = false;  ///< the text is a search box's
  std::optional<std::uint32_t> caret;
  std::vector<expr::SeenField> seen;
};

/// Fields that an editor may tell of, and values of each: what it has on its screen, not a whole log.
constexpr std::size_t max_seen_fields = 1000;
constexpr std::size_t max_seen_values = 100;

const expr::Environment* environment_of(std::string_view name) {
  if (name == "log") return &expr::Environment::log();
  if (name == "container") return &expr::Environment::container();
  if (name == "metric") return &expr::Environment::metric();
  if (name == "event") return &expr::Environment::event();
  return nullptr;
}

/// `[{"path": "status", "values": ["200"]}]`
Answer<std::vector<expr::SeenField>> read_seen(const boost::json::value& value) {
  constexpr std::string_view form = R"('seen' is no list such as [{"path": "status", "values": ["200"]}])";
  if (!value.is_array()) return refuse(400, std::string(form));
  if (value.get_array().size() > max_seen_fields)
    return refuse(400, "'seen' has more than " + std::to_string(max_seen_fields) + " fields");
  std::vector<expr::SeenField> seen;
  for (const boost::json::value& entry : value.get_array()) {
    const auto* object = entry.if_object();
    const auto* path = object ? object->if_contains("path") : nullptr;
    const auto* values = object ? object->if_contains("values") : nullptr;
    if (!path || !path->is_string() || !values || !values->is_array()) return refuse(400, std::string(form));
    expr::SeenField field{std::string(path->get_string()), {}};
    for (const boost::json::value& text : values->get_array()) {
      if (!text.is_string()) return refuse(400, std::string(form));
      if (field.values.size() < max_seen_values) field.values.emplace_back(text.get_string());
    }
    seen.push_back(std::move(field));
  }
  return seen;
}

Answer<Question> read_question(const std::string& body) {
  boost::system::error_code failed;
  const boost::json::value value = boost::json::parse(body, failed);
  if (failed || !value.is_object())
    return refuse(400, R"(the body is no JSON object such as {"expr": "…", "check": "log"})");
  Question question;
  bool has_expression = false;
  for (const auto& pair : value.get_object()) {
    const std::string key(pair.key());
    if (key == "caret") {
      boost::system::error_code out_of_range;
      const auto caret = pair.value().to_number<std::uint32_t>(out_of_range);
      if (out_of_range) return refuse(400, "'caret' is no number of code points");
      question.caret = caret;
      continue;
    }
    if (key == "search") {
      if (!pair.value().is_bool()) return refuse(400, "'search' is neither true nor false");
      question.search = pair.value().get_bool();
      continue;
    }
    if (key == "seen") {
      auto seen = read_seen(pair.value());
      if (!seen) return forward(seen);
      question.seen = std::move(*seen);
      continue;
    }
    if (key != "expr" && key != "check")
      return refuse(400, "unknown key '" + key + "'; known are expr, check, search, caret and seen");
    if (!pair.value().is_string()) return refuse(400, "'" + key + "' is no string");
    const std::string text(pair.value().get_string());
    if (key == "expr") {
      question.expression = text;
      has_expression = true;
    } else {
      question.environment = environment_of(text);
      if (!question.environment)
        return refuse(400, "check: '" + text + "' is none of log, container, metric and event");
    }
  }
  if (!has_expression || !question.environment) return refuse(400, "'expr' and 'check' are both needed");
  const bool has_text =
      question.environment == &expr::Environment::log() || question.environment == &expr::Environment::container();
  if (question.search && !has_text) return refuse(400, "'search' is for log lines and containers");
  if (question.search && question.caret) return refuse(400, "'search' and 'caret' do not go together");
  return question;
}

/// The fault of an expression or a search, and its place.
std::string invalid(const expr::ExprError& error) {
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("valid", false).key("error").begin_object();
  json.member("stage", expr::to_string(error.stage)).member("message", error.message).member("line", error.line);
  json.member("column", error.column).member("offset", error.offset).member("length", error.length);
  json.end_object().end_object();
  return body;
}

/// What the text of a search box means, as an expression for `filter=`.
std::string read_search(const Question& question) {
  const auto search = expr::read_search(question.expression, *question.environment);
  if (!search) return invalid(search.error());
  std::string body;
  text::JsonWriter json(body);
  json.begin_object().member("valid", true).key("error").null();
  json.member("shorthand", search->shorthand).member("expression", search->expression);
  json.member("taken", expr::to_string(search->taken)).end_object();
  return body;
}

Task<Answer<>> check_expression(Exchange& exchange) {
  auto question = read_question(exchange.request.body);
  if (!question) co_return forward(question);
  std::string body;
  if (question->search) {
    body = read_search(*question);
  } else {
    const auto checked = expr::Condition::check(question->expression, *question->environment);
    body = checked ? R"({"valid":true,"error":null})" : invalid(checked.error());
  }
  if (question->caret) {
    const std::string analysis = expr::to_json(expr::analyze(
        question->expression, *question->environment, expr::Purpose::condition, question->caret, question->seen));
    body.back() = ',';  // the closing brace: the analysis is an object too, and its keys join these
    body.append(analysis, 1);
  }
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> expr_routes() {
  return {{"POST", "/api/v1/expr/check", {}, [](Exchange& exchange) { return check_expression(exchange); }}};
}

}  // namespace taffrail::api
