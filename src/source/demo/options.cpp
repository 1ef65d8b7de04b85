#include "source/demo/options.hpp"

#include <charconv>
#include <string>
#include <system_error>

namespace taffrail {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<DemoOptions> DemoOptions::parse(std::string_view text) {
  DemoOptions options;
  if (text.empty()) return options;
  if (text.front() != ':')
    return fail(ErrorCode::invalid_argument,
                "'demo" + std::string(text) + "' is no source; write for example demo:rate=10");
  text.remove_prefix(1);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (key == "seed") {
      if (!read(value, options.seed))
        return fail(ErrorCode::invalid_argument,
                    "the demo source's seed '" + std::string(value) + "' is no whole number");
    } else if (key == "rate") {
      // Written so that NaN is refused too.
      if (!read(value, options.rate) || !(options.rate > 0 && options.rate <= max_rate))
        return fail(ErrorCode::invalid_argument,
                    "the demo source's rate '" + std::string(value) + "' is no number above 0 and up to 3000");
    } else {
      return fail(ErrorCode::invalid_argument,
                  "'" + std::string(part) + "' is no option of the demo source; it has rate=NUMBER and seed=NUMBER");
    }
  }
  return options;
}

}  // namespace taffrail
