#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/files/glob.hpp"
#include "source/logfile/line_time.hpp"

// Patterns and lines of log files: neither may crash; a pattern that was read reads the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  taffrail::logfile::LineTime line_time;
  (void)line_time.of(text, taffrail::Time(std::chrono::seconds(1795252205)));
  const auto glob = taffrail::files::Glob::parse(text);
  if (!glob) return 0;
  const std::string whole = glob->text();
  if (whole.empty() || whole.front() != '/') std::abort();
  if (whole.size() > taffrail::files::Glob::max_length) return 0;
  const auto again = taffrail::files::Glob::parse(whole);
  if (!again || again->text() != whole) std::abort();
  return 0;
}
