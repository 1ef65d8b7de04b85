#include "api/expr_routes.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <utility>

#include "expr/condition.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {
namespace {

struct Question {
  std::string expression;
  const expr::Environment* environment = nullptr;
};

const expr::Environment* environment_of(std::string_view name) {
  if (name == "log") return &expr::Environment::log();
  if (name == "container") return &expr::Environment::container();
  if (name == "metric") return &expr::Environment::metric();
  if (name == "event") return &expr::Environment::event();
  return nullptr;
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
    if (key != "expr" && key != "check") return refuse(400, "unknown key '" + key + "'; known are expr and check");
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
  return question;
}

Task<Answer<>> check_expression(Exchange& exchange) {
  auto question = read_question(exchange.request.body);
  if (!question) co_return forward(question);
  const auto checked = expr::Condition::check(question->expression, *question->environment);
  std::string body = R"({"valid":true,"error":null})";
  if (!checked) {
    const expr::ExprError& error = checked.error();
    body = R"({"valid":false,"error":{"stage":)";
    text::append_json_string(body, expr::to_string(error.stage));
    body += R"(,"message":)";
    text::append_json_string(body, error.message);
    body += R"(,"line":)" + std::to_string(error.line) + R"(,"column":)" + std::to_string(error.column) +
            R"(,"offset":)" + std::to_string(error.offset) + R"(,"length":)" + std::to_string(error.length) + "}}";
  }
  body += '\n';
  co_return co_await send_json(exchange, std::move(body));
}

}  // namespace

std::vector<Route> expr_routes() {
  return {{"POST", "/api/v1/expr/check", {}, [](Exchange& exchange) { return check_expression(exchange); }}};
}

}  // namespace taffrail::api
