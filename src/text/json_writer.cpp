#include "text/json_writer.hpp"

#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace taffrail::text {

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  comma();
  fmt::format_to(std::back_inserter(out_), FMT_STRING("{:.6g}"), number);
  return *this;
}

}  // namespace taffrail::text
