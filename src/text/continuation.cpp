#include "text/continuation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/ascii.hpp"
#include "text/head_parts.hpp"
#include "text/timestamp.hpp"

// Which lines belong to the one before.
//
// Some lines say so by themselves: they are indented, or have a form that only occurs inside a stack trace ("Caused
// by:", "... 23 more", "#3 /srv/dock.php(9): tie()"). Others only do inside the trace of their language (a Go frame
// "main.main()", the exception's own line behind a Python traceback), so the detector remembers which trace is open.
// That memory is entered again by lines that occur every few lines of such a trace (a Python `File "…", line 7`, a Go
// "\t/main.go:7"), so a reader that starts in the middle soon knows what one knows that started at the beginning.
//
// Nothing belongs to a line that is more than a second away, or to a blank one (traces excepted). A traceback or an
// exception's line attaches to the head before it when that states warn or more, or states no level but begins with a
// time: a record of a log. Behind any other line, an access log's say, it is a crash that happened to follow. One
// exception's line does not attach to another's, though each states an error: those are two.

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

bool is_name_byte(char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '$'; }

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
  return line.starts_with("goroutine ") && line.size() > 12 && ascii::is_digit(line[10]) && line.find(" [") != npos &&
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
  if (end == 0 || ascii::is_digit(line[0]) || (end < line.size() && line[end] != ':')) return {};
  return line.substr(0, end);
}

/// "java.lang.IllegalStateException: …", "System.Net.Http.HttpRequestException", "redis.exceptions.ConnectionError: …"
bool is_exception(std::string_view line) {
  const std::string_view name = leading_class_name(line);
  return name.find('.') != npos && (name.ends_with("Exception") || name.ends_with("Error") ||
                                    name.ends_with("Throwable") || name.ends_with("Fault"));
}

/// "#0 /srv/dock.php(9): tie()", "#1 {main}", "#2      main (file:///app/dock.dart:34:20)", "#3  0x00007f in raise ()".
bool is_numbered_frame(std::string_view line) {
  if (line.size() < 4 || line[0] != '#' || !ascii::is_digit(line[1])) return false;
  const std::size_t digits = line.find_first_not_of("0123456789", 1);
  if (digits == npos || line[digits] != ' ') return false;
  const std::string_view frame = line.substr(std::min(line.find_first_not_of(' ', digits), line.size()));
  return frame.starts_with('{') || frame.starts_with("[internal function]") || frame.starts_with("0x") ||
         (frame.find('(') != npos && frame.find(')') != npos);
}
/// "   7: harbour::main", as Rust prints it.
bool is_rust_frame(std::string_view line) {
  const std::size_t digit = line.find_first_not_of(' ');
  const std::size_t behind = line.find_first_not_of("0123456789", digit);
  return digit != npos && digit > 0 && behind != npos && behind > digit && line.substr(behind).starts_with(": ");
}
/// "    (dock 0.1.0) lib/dock.ex:5: Dock.tie/1"
bool is_elixir_frame(std::string_view line) {
  return line.starts_with("    (") && (line.find(".ex:") != npos || line.find(".erl:") != npos);
}
/// "app/models/dock.rb:5:in 'tie'", which Rails does not indent.
bool is_ruby_frame(std::string_view line) {
  if (!line.ends_with('\'') && !line.ends_with('`')) return false;
  const std::size_t in = line.find(":in ");
  return in != npos && line.find(".rb:") < in && line.find(' ') > in;
}

/// A line of a trace whose indentation was lost or never was, by a form that occurs nowhere else.
bool is_trace_line(std::string_view line) {
  switch (line[0]) {
    case '!':  // Dropwizard puts that in front of each line
      return line.starts_with("! at ") || line.starts_with("! ... ") || line.starts_with("! Causing: ");
    case '#':
      if (line.starts_with("### "))  // MyBatis
        return line.starts_with("### Error ") || line.starts_with("### The error ") || line.starts_with("### SQL:") ||
               line.starts_with("### Cause:");
      return is_numbered_frame(line);
    case '-': return line.starts_with("--- End of ");
    case '.': return line.starts_with("... ") && (line.ends_with(" more") || line.ends_with(" frames omitted"));
    case '<': return line == "<asynchronous suspension>";
    case 'C': return line.starts_with("Caused by: ") || line.starts_with("Causing: ");
    case 'N':  // PHP's chain of exceptions
      return line.starts_with("Next ") && line.find(" in /") != npos &&
             exception_level(line.substr(5)) != Level::unknown;
    case 'P': return line == "PHP Stack trace:" || (line.starts_with("PHP   ") && line.find(". ") != npos);
    case 'S': return line.starts_with("Suppressed: ") || line == "Stack trace:";
    case 'W': return line.starts_with("Wrapped by: ");
    case '[': return line == "[stacktrace]" || line.starts_with("[previous exception] ");
    case 'a': return line.starts_with("at ") && line.ends_with(')') && line.find('(') != npos;
    case 'c': return line.starts_with("coroutine ") && line.ends_with(':') && ascii::is_digit(line[10]);
    case 'n': return line.starts_with("note: ") && line.find("RUST_BACKTRACE=") != npos;
    case 's': return line == "stack backtrace:" || line == "stack traceback:";
    default: return false;
  }
}

/// The same of lines that could be others', so that something must have gone wrong before.
bool is_exceptions_line(std::string_view line) {
  switch (line[0]) {
    case '!': return line.starts_with("! ");
    case '*': return line.starts_with("** (");
    case ';': return line.starts_with("; ");  // Spring's, behind MyBatis' lines
    case 'D':
      if (line.starts_with("Did you mean?")) return true;
      break;
    case 'L':
      if (line.starts_with("Last message")) return true;
      break;
    case 'T':
      if (is_python_traceback(line)) return true;
      break;
    case 'g':
      if (is_goroutine(line)) return true;
      break;
    default: break;
  }
  return is_exception(line) || is_ruby_frame(line);
}

/// "}", "},", "]);": the end of a block whose inside was indented.
bool closes_block(std::string_view line) {
  if (line.starts_with('"')) line.remove_prefix(1);  // of Laravel's context
  return !line.empty() && line.size() <= 4 && (line[0] == '}' || line[0] == ']' || line[0] == ')') &&
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
  const bool own_exception = level >= Level::warn && exception_level(line) != Level::unknown;
  level_ = result || own_exception ? Level::unknown : level;
  const bool plain_head = !result && level == Level::unknown;
  head_size_ = static_cast<std::uint8_t>(plain_head ? line.copy(head_.data(), head_.size()) : 0);
  continued_ = result;
  const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
  const bool opens = !line.empty() && (line.back() == '{' || line.back() == '[' || line.back() == '(');
  in_block_ = opens || (result && (indented || trace_ == Trace::frames));
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
    case Trace::python_raised: {
      // What database drivers say behind the exception's line.
      constexpr std::array<std::string_view, 6> forms{
          "[SQL: ", "[parameters: ", "(Background on this error at: ", "LINE 1: ", "DETAIL:  ", "HINT:  "};
      return line.empty() || is_chained(line) || (is_python_traceback(line) && blank_) || starts_with_any(line, forms);
    }
    case Trace::go: {
      if (line.starts_with("exit status ")) {  // what `go run` says behind it all
        trace_ = Trace::none;
        return true;
      }
      constexpr std::array<std::string_view, 3> forms{"created by ", "[signal ", "goroutine "};
      return line.empty() || line[0] == '\t' || starts_with_any(line, forms) || is_go_call(line) || is_register(line);
    }
    case Trace::message: trace_ = Trace::frames; return !line.empty() && !begins_with_time(line);
    case Trace::frames: return indented || line.starts_with("note: ");
    case Trace::elixir: {
      constexpr std::array<std::string_view, 8> forms{"Last message", "State:",        "Function:",  "Client ",
                                                      "Start Call:",  "Initial Call:", "Ancestors:", "Args:"};
      return indented || starts_with_any(line, forms);
    }
  }
  return false;
}

bool ContinuationDetector::by_its_form(std::string_view line, Level level, bool near) {
  if (!near || blank_) return false;
  if (line[0] == ' ' || line[0] == '\t') return level == Level::unknown && !begins_with_time(line);
  if (is_trace_line(line)) return true;
  if (closes_block(line)) return in_block_;
  // These state nothing, or an error by being an exception.
  if (level != Level::unknown && level < Level::warn) return false;
  return is_exceptions_line(line) && attaches();
}

bool ContinuationDetector::attaches() const {
  return continued_ || level_ >= Level::warn || begins_with_time({head_.data(), head_size_});
}

void ContinuationDetector::enter_trace(std::string_view line) {
  if (line.empty()) return;
  switch (line[0]) {
    case 'T':
      if (is_python_traceback(line)) trace_ = Trace::python;
      break;
    case ' ':
      if (is_python_frame(line)) trace_ = Trace::python;
      if (is_rust_frame(line)) trace_ = Trace::frames;
      if (is_elixir_frame(line)) trace_ = Trace::elixir;
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
      if (line.starts_with("thread '") && line.find(" panicked at ") != npos)
        trace_ = line.ends_with(':') ? Trace::message : Trace::frames;
      break;
    case 'U':
      if (line == "Unhandled exception:" || line == "Unhandled Exception:") trace_ = Trace::message;
      break;
    case '*':
      if (line.starts_with("** (")) trace_ = Trace::elixir;
      break;
    case '#':
      if (is_numbered_frame(line)) trace_ = Trace::frames;
      break;
    case '[':
    case 'S':
    case 's':
      if (line == "stack backtrace:" || line == "stack traceback:" || line == "Stack trace:" || line == "[stacktrace]")
        trace_ = Trace::frames;
      break;
    default: break;
  }
}

}  // namespace taffrail::text
