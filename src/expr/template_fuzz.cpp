// Compiles arbitrary templates and fills them in; what starts like JSON must come out as JSON.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "expr/notification_variables.hpp"
#include "expr/template.hpp"

using namespace taffrail::expr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto made = Template::compile(text, Environment::notification());
  if (!made) return 0;
  static const std::map<std::string, std::string> labels = {{"env", "prod \"x\""}};
  static const StringMapSource source(labels);
  ContainerFields container;
  container.name = "shop-api-1";
  container.labels = &source;
  LogVariables line;
  line.set({.text = "{\"a\": \"quote \\\" and \\n\", \"n\": 5}", .level = "error", .kind = LineKind::json});
  NotificationFields fields;
  fields.type = "log";
  fields.detail = "\"\\\n\x01\xff";
  fields.container = &container;
  fields.log = &line;
  const auto rendered = made->render(NotificationVariables(fields));
  if (!rendered || !made->is_json()) return 0;
  simdjson::dom::parser parser;
  if (parser.parse(rendered->text).error() != simdjson::SUCCESS) {
    std::fprintf(stderr, "not JSON: %s\n", rendered->text.c_str());
    std::abort();
  }
  return 0;
}
