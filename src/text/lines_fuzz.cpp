// Takes the input as the lines of a log: classification, ANSI, timestamps, UTF-8 and JSON strings must hold their
// promises on any bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "text/ansi.hpp"
#include "text/json_string.hpp"
#include "text/kind.hpp"
#include "text/line.hpp"
#include "text/line_time.hpp"
#include "text/timestamp.hpp"
#include "text/utf8.hpp"

using namespace taffrail;
using namespace taffrail::text;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// What the classifier looks at: without colours, a byte order mark, and what a carriage return overwrites.
std::string bare(std::string_view line) {
  std::string text = strip_ansi(line);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  while (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r')) text.pop_back();
  text.erase(0, text.rfind('\r') + 1);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

void check_json(std::string_view line, const LineInfo& info) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(line.data(), line.size()).get(element);
  // simdjson refuses numbers beyond a double, invalid UTF-8 and lone surrogates, and nests deeper; see kind_test.cpp.
  if (error == simdjson::SUCCESS && element.is_object() && info.kind != Kind::json)
    require(line.find_first_not_of(" \t") != line.find('{') || line.size() > max_json_depth);
  if (info.kind == Kind::json)
    require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR || error == simdjson::UTF8_ERROR ||
            error == simdjson::STRING_ERROR);
}

void check_line(std::string_view line, LineClassifier& classifier) {
  const LineInfo info = classifier.classify(line, Time{}, StdStream::out);
  require(!info.continues || info.level == Level::unknown);
  check_json(bare(line), info);

  std::string joined;
  AnsiSpans spans(line);
  AnsiSpan span;
  while (spans.next(span)) {
    require(!span.text.empty());
    joined += span.text;
  }
  require(joined == strip_ansi(line));

  (void)stated_time(line, Time{});
  if (const auto stamp = leading_timestamp(line, Time{})) require(stamp->length > 0 && stamp->length <= line.size());

  std::string quoted;
  append_json_string(quoted, line);
  simdjson::dom::parser parser;
  std::string_view back;
  require(parser.parse(quoted).get(back) == simdjson::SUCCESS);
  require(back == repair_utf8(line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  LineClassifier classifier;
  while (!input.empty()) {
    const std::size_t newline = input.find('\n');
    check_line(input.substr(0, newline), classifier);
    input.remove_prefix(newline == std::string_view::npos ? input.size() : newline + 1);
  }
  return 0;
}
