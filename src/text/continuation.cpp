#include "text/continuation.hpp"

#include <array>
#include <cstddef>
#include <span>

#include "text/timestamp.hpp"

// Which lines belong to the one before.
//
// Some lines say so by themselves: they are indented, or have a form that only occurs inside a stack trace ("Caused
// by:",
// "... 23 more", "--- End of stack trace"). Others only do inside the trace of their language (a Go frame
// "main.main()", the exception's own line behind a Python traceback), so the detector remembers which trace is open.
// That memory is entered again by lines that occur every few lines of such a trace (a Python `File "…", line 7`, a Go
// "\t/main.go:7"), so a reader that starts in the middle soon knows what one knows that started at the beginning.
//
// Nothing belongs to a line that is more than a second away, or to a blank one (traces excepted). A traceback or an
// exception's line attaches to the head before it when that states warn or more, or states no level but begins with a
// time: a record of a log. Behind any other line, an access log's say, it is a crash that happened to follow.

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// Lines of one trace are written at once; on a loaded machine the engine's times lie some hundred milliseconds apart.
constexpr Duration max_distance = std::chrono::seconds(1);
/// How far the name of an exception's class is looked for.
constexpr std::size_t max_class_name = 200;

/// Times come from outside and may lie centuries apart, further than a Duration reaches.
bool is_near(Time a, Time b) {
  const auto count = [](Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); };
  const std::uint64_t distance = a < b ? count(b) - count(a) : count(a) - count(b);
  return distance <= static_cast<std::uint64_t>(max_distance.count());
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_byte(char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || is_digit(c) || c == '_' || c == '$'; }

bool starts_with_any(std::string_view line, std::span<const std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (line.starts_with(prefix)) return true;
  }
  return false;
}

bool is_python_traceback(std::string_view line) { return line.starts_with("Traceback (most recent call last)"); }
bool is_python_frame(std::string_view line) { return line.starts_with("  File \"") && line.find(", line ") != npos; }
bool is_chained(std::string_view line) {
  return line.starts_with("During handling of the above exception, another exception occurred") ||
         line.starts_with("The above exception was the direct cause of the following exception");
}
/// "goroutine 17 [chan receive, 5 minutes]:"
bool is_goroutine(std::string_view line) {
  return line.starts_with("goroutine ") && line.size() > 12 && is_digit(line[10]) && line.find(" [") != npos &&
         line.ends_with("]:");
}
bool is_go_position(std::string_view line) { return line.starts_with('\t') && line.find(".go:") != npos; }
/// "main.(*Server).run(0xc000012345, {0x1, 0x2})", "main.main()", "panic({0x1, 0x2})": all but the runtime's own have
/// their package's name.
bool is_go_call(std::string_view line) {
  if (!line.ends_with(')')) return false;
  if (line.starts_with("panic(")) return true;
  const auto open = line.find('(');
  const std::string_view name = line.substr(0, open);
  return open != npos && name.find('.') != npos && name.find(' ') == npos;
}
/// "rax    0x0": the registers behind a fatal signal.
bool is_register(std::string_view line) {
  const auto blank = line.find(' ');
  const auto value = line.find_first_not_of(' ', blank);
  return blank != npos && blank <= 6 && value != npos && line.substr(value).starts_with("0x");
}

/// The dotted name at the start, which must end the line or be followed by ':'; empty when there is none.
std::string_view leading_class_name(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && end < max_class_name && (is_name_byte(line[end]) || line[end] == '.')) ++end;
  if (end == 0 || is_digit(line[0]) || (end < line.size() && line[end] != ':')) return {};
  return line.substr(0, end);
}

/// "java.lang.IllegalStateException: …", "System.Net.Http.HttpRequestException", "redis.exceptions.ConnectionError: …"
bool is_exception(std::string_view line) {
  const std::string_view name = leading_class_name(line);
  return name.find('.') != npos && (name.ends_with("Exception") || name.ends_with("Error") ||
                                    name.ends_with("Throwable") || name.ends_with("Fault"));
}

/// A line of a Java, .NET or JavaScript trace whose indentation was lost or never was.
bool is_trace_line(std::string_view line) {
  switch (line[0]) {
    case 'C': return line.starts_with("Caused by: ");
    case 'S': return line.starts_with("Suppressed: ");
    case '.': return line.starts_with("... ") && line.ends_with(" more");
    case 'a': return line.starts_with("at ") && line.ends_with(')') && line.find('(') != npos;
    case '-': return line.starts_with("--- End of ");
    case 's': return line == "stack backtrace:";
    case 'n': return line.starts_with("note: run with `RUST_BACKTRACE=");
    default: return false;
  }
}

/// "}", "},", "]);": the end of a block whose inside was indented.
bool closes_block(std::string_view line) {
  return line.size() <= 4 && (line[0] == '}' || line[0] == ']' || line[0] == ')') &&
         line.find_first_not_of("}]);, ") == npos;
}

bool begins_with_time(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  return begin != npos && leading_timestamp(line.substr(begin), Time{}).has_value();
}

}  // namespace

bool ContinuationDetector::continues(std::string_view line, Level level, Time time) {
  const bool near = exists_ && is_near(time, time_);
  if (!near) trace_ = Trace::none;
  const auto last = line.find_last_not_of(" \t\r");
  line = line.substr(0, last == npos ? 0 : last + 1);

  bool result = near && in_trace(line);
  if (!result) {
    trace_ = Trace::none;
    result = !line.empty() && by_its_form(line, level, near);
  }
  enter_trace(line);

  exists_ = true;
  time_ = time;
  blank_ = line.empty();
  level_ = result ? Level::unknown : level;
  const bool plain_head = !result && level == Level::unknown;
  head_size_ = static_cast<std::uint8_t>(plain_head ? line.copy(head_.data(), head_.size()) : 0);
  continued_ = result;
  const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
  const bool opens = !line.empty() && (line.back() == '{' || line.back() == '[' || line.back() == '(');
  in_block_ = opens || (indented && result);
  return result;
}

bool ContinuationDetector::in_trace(std::string_view line) {
  const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
  switch (trace_) {
    case Trace::none: return false;
    case Trace::python: {
      if (indented) return true;
      const std::string_view name = leading_class_name(line);
      // "ERROR:root:…" is a line of the log that came between.
      if (name.empty() ||
          (level_from_word(name) != Level::unknown && name.find_first_of("abcdefghijklmnopqrstuvwxyz") == npos))
        return false;
      trace_ = Trace::python_raised;
      return true;
    }
    case Trace::python_raised: return line.empty() || is_chained(line) || (is_python_traceback(line) && blank_);
    case Trace::go: {
      if (line.starts_with("exit status ")) {  // what `go run` says behind it all
        trace_ = Trace::none;
        return true;
      }
      constexpr std::array<std::string_view, 3> forms{"created by ", "[signal ", "goroutine "};
      return line.empty() || line[0] == '\t' || starts_with_any(line, forms) || is_go_call(line) || is_register(line);
    }
    case Trace::rust_message: trace_ = Trace::rust; return !line.empty();
    case Trace::rust: return indented || line == "stack backtrace:" || line.starts_with("note: ");
  }
  return false;
}

bool ContinuationDetector::by_its_form(std::string_view line, Level level, bool near) {
  if (!near || blank_) return false;
  if (line[0] == ' ' || line[0] == '\t') return level == Level::unknown && !begins_with_time(line);
  if (is_trace_line(line)) return true;
  if (closes_block(line)) return in_block_;
  if (level != Level::unknown) return false;
  if (!is_python_traceback(line) && !is_goroutine(line) && !is_exception(line)) return false;
  return continued_ || level_ >= Level::warn || after_a_record();
}

bool ContinuationDetector::after_a_record() const { return begins_with_time({head_.data(), head_size_}); }

void ContinuationDetector::enter_trace(std::string_view line) {
  if (line.empty()) return;
  switch (line[0]) {
    case 'T':
      if (is_python_traceback(line)) trace_ = Trace::python;
      break;
    case ' ':
      if (is_python_frame(line)) trace_ = Trace::python;
      break;
    case 'p':
      if (line.starts_with("panic: ")) trace_ = Trace::go;
      break;
    case 'f':
      if (line.starts_with("fatal error: ")) trace_ = Trace::go;
      break;
    case 'g':
      if (is_goroutine(line)) trace_ = Trace::go;
      break;
    case '\t':
      if (is_go_position(line)) trace_ = Trace::go;
      break;
    case 't':
      if (line.starts_with("thread '") && line.find("' panicked at ") != npos)
        trace_ = line.ends_with(':') ? Trace::rust_message : Trace::rust;
      break;
    case 's':
      if (line == "stack backtrace:") trace_ = Trace::rust;
      break;
    default: break;
  }
}

}  // namespace taffrail::text
