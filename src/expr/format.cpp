#include "expr/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <vector>

#include "expr/base64.hpp"
#include "expr/json_node.hpp"
#include "expr/operations.hpp"
#include "expr/time_layout.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr {
namespace {

// Values nest as deep as `reduce` was told to wrap them; printing them recurses.
constexpr unsigned deepest = 200;

using Entries = std::vector<std::pair<Value, Value>>;

// The entries of any kind of map in the order that printing wants. A line may have tens of thousands of keys, so
// nothing here looks one up.
Entries sorted_entries(Value value) {
  struct Numbered {
    Value key;
    Value item;
    std::size_t place;
  };
  std::vector<Numbered> all;
  if (value.is(Kind::map)) {
    for (const Map::Entry& entry : value.as_map().entries()) all.push_back({entry.key, entry.value, all.size()});
  } else if (value.is(Kind::object)) {
    value.as_object().each([&](std::string_view key, Value item) { all.push_back({Value(key), item, all.size()}); });
  } else {
    const JsonNode& node = value.as_json();
    for (std::size_t i = 0; i < node.size(); ++i) all.push_back({Value(node.key(i)), node.at(i), i});
  }
  // Of a key given twice the last counts, so it comes first among its equals.
  std::ranges::sort(all, [](const Numbered& a, const Numbered& b) {
    if (key_less(a.key, b.key)) return true;
    return !key_less(b.key, a.key) && a.place > b.place;
  });
  Entries entries;
  for (const Numbered& n : all) {
    if (entries.empty() || key_less(entries.back().first, n.key)) entries.emplace_back(n.key, n.item);
  }
  return entries;
}

// The shortest digits that read back as the same double, and the decimal exponent: d.ddd × 10^exponent.
struct Shortest {
  std::array<char, 40> text{};
  std::string_view digits;  // without the point
  int exponent = 0;
};

Shortest shortest(double magnitude) {
  Shortest s;
  const auto [end, code] =
      std::to_chars(s.text.data(), s.text.data() + s.text.size(), magnitude, std::chars_format::scientific);
  char* e = std::find(s.text.data(), end, 'e');
  const char* exponent = e + (e[1] == '+' ? 2 : 1);
  std::from_chars(exponent, end, s.exponent);
  // d.ddd becomes dddd by moving the first digit over the point.
  if (s.text[1] == '.') {
    s.text[1] = s.text[0];
    s.digits = {s.text.data() + 1, static_cast<std::size_t>(e - s.text.data()) - 1};
  } else {
    s.digits = {s.text.data(), 1};
  }
  (void)code;  // 40 bytes hold every double
  return s;
}

void append_plain(std::string& out, const Shortest& s) {
  const auto count = static_cast<int>(s.digits.size());
  if (s.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-s.exponent - 1), '0');
    out += s.digits;
  } else if (count <= s.exponent + 1) {
    out += s.digits;
    out.append(static_cast<std::size_t>(s.exponent + 1 - count), '0');
  } else {
    out += s.digits.substr(0, static_cast<std::size_t>(s.exponent) + 1);
    out += '.';
    out += s.digits.substr(static_cast<std::size_t>(s.exponent) + 1);
  }
}

void append_scientific(std::string& out, const Shortest& s, bool two_digits) {
  out += s.digits[0];
  if (s.digits.size() > 1) {
    out += '.';
    out += s.digits.substr(1);
  }
  fmt::format_to(std::back_inserter(out), fmt::runtime(two_digits ? "e{}{:02}" : "e{}{}"), s.exponent < 0 ? '-' : '+',
                 std::abs(s.exponent));
}

void append_json_double(std::string& out, double value, JsonStyle style) {
  if (std::signbit(value)) out += '-';
  const double magnitude = std::abs(value);
  if (magnitude == 0) {
    out += style == JsonStyle::typed ? "0.0" : "0";
    return;
  }
  const Shortest s = shortest(magnitude);
  const std::size_t before = out.size();
  if (magnitude < 1e-6 || magnitude >= 1e21) {
    append_scientific(out, s, false);
    return;
  }
  append_plain(out, s);
  if (style == JsonStyle::typed && out.find('.', before) == std::string::npos) out += ".0";
}

void append_text_at(std::string& out, Value value, unsigned depth, std::size_t limit) {
  if (depth > deepest) {
    out += "...";
    return;
  }
  if (is_list(value)) {
    out += '[';
    for (std::size_t i = 0; i < list_size(value) && out.size() <= limit; ++i) {
      if (i > 0) out += ' ';
      append_text_at(out, list_at(value, i), depth + 1, limit);
    }
    out += ']';
    return;
  }
  switch (value.kind()) {
    case Kind::nil: out += "<nil>"; break;
    case Kind::boolean: out += value.as_bool() ? "true" : "false"; break;
    case Kind::integer: fmt::format_to(std::back_inserter(out), "{}", value.as_int()); break;
    case Kind::floating: append_double(out, value.as_double()); break;
    case Kind::string: out += value.as_string(); break;
    case Kind::time: out += format_time(value.as_instant(), value.zone_id(), layout_string); break;
    case Kind::duration: append_duration(out, value.as_int()); break;
    case Kind::zone: out += zone_name(value.zone_id()); break;
    case Kind::map:
    case Kind::object:
    case Kind::json: {
      out += "map[";
      bool first = true;
      for (const auto& [key, item] : sorted_entries(value)) {
        if (out.size() > limit) break;
        if (!first) out += ' ';
        first = false;
        append_text_at(out, key, depth + 1, limit);
        out += ':';
        append_text_at(out, item, depth + 1, limit);
      }
      out += ']';
      break;
    }
    case Kind::bytes:
    case Kind::array:
    case Kind::cut:
    case Kind::error: break;
  }
}

class JsonWriter {
 public:
  JsonWriter(std::string& out, const JsonOptions& options) : out_(out), options_(options) {}

  void write(Value value, unsigned depth) {
    if (depth > deepest) {
      error_ = "value is nested too deep for JSON";
      out_ += "null";
      return;
    }
    if (out_.size() > options_.limit) {
      error_ = "value is too large for JSON";
      return;
    }
    if (is_list(value) && !value.is(Kind::bytes)) return write_list(value, depth);
    switch (value.kind()) {
      case Kind::nil: out_ += "null"; break;
      case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::integer: fmt::format_to(std::back_inserter(out_), "{}", value.as_int()); break;
      case Kind::floating: write_double(value.as_double()); break;
      case Kind::string: quote(value.as_string()); break;
      case Kind::bytes: quote(to_base64(value.as_string())); break;
      case Kind::time: quote(format_time(value.as_instant(), value.zone_id(), layout_rfc3339_nano)); break;
      case Kind::duration:
        if (options_.style == JsonStyle::go)
          fmt::format_to(std::back_inserter(out_), "{}", value.as_int());
        else
          quote(to_text(value));
        break;
      case Kind::zone: quote(zone_name(value.zone_id())); break;
      case Kind::map:
      case Kind::object:
      case Kind::json: write_map(value, depth); break;
      case Kind::array:
      case Kind::cut:
      case Kind::error: out_ += "null"; break;
    }
  }
  std::string error() && { return std::move(error_); }

 private:
  void quote(std::string_view text) {
    out_ += '"';
    append_json_escaped(out_, text, options_.escape_html);
    out_ += '"';
  }
  void line(unsigned depth) {
    if (!options_.pretty) return;
    out_ += '\n';
    out_.append(std::size_t{depth} * 2, ' ');
  }
  void write_double(double value) {
    if (std::isfinite(value)) return append_json_double(out_, value, options_.style);
    // JSON has no such numbers; without `strict` the text that expressions print stands for them.
    if (options_.strict) error_ = "json: unsupported value: " + to_text(Value(value));
    quote(to_text(Value(value)));
  }
  void write_list(Value value, unsigned depth) {
    const std::size_t size = list_size(value);
    if (size == 0) {
      out_ += options_.style == JsonStyle::go && value.is_nil() ? "null" : "[]";
      return;
    }
    out_ += '[';
    for (std::size_t i = 0; i < size && error_.empty(); ++i) {
      if (i > 0) out_ += options_.pretty ? "," : ", ";
      line(depth + 1);
      write(list_at(value, i), depth + 1);
    }
    line(depth);
    out_ += ']';
  }
  void write_map(Value value, unsigned depth) {
    const Entries entries = sorted_entries(value);
    if (entries.empty()) {
      out_ += "{}";
      return;
    }
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : entries) {
      if (!error_.empty()) break;
      if (!first) out_ += options_.pretty ? "," : ", ";
      first = false;
      line(depth + 1);
      if (!key.is(Kind::string) && options_.strict) error_ = "json: unsupported type: map[interface {}]interface {}";
      quote(key.is(Kind::string) ? key.as_string() : std::string_view(to_text(key)));
      out_ += ": ";
      write(item, depth + 1);
    }
    line(depth);
    out_ += '}';
  }

  std::string& out_;
  const JsonOptions& options_;
  std::string error_;
};

}  // namespace

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  if (std::signbit(value)) out += '-';
  const double magnitude = std::abs(value);
  if (magnitude == 0) {
    out += '0';
    return;
  }
  const Shortest s = shortest(magnitude);
  // As Go's %v decides: an exponent below 1e-4 and from 1e6 on.
  if (s.exponent < -4 || s.exponent >= 6)
    append_scientific(out, s, true);
  else
    append_plain(out, s);
}

void append_duration(std::string& out, std::int64_t nanoseconds) {
  if (nanoseconds == 0) {
    out += "0s";
    return;
  }
  if (nanoseconds < 0) out += '-';
  const std::uint64_t n =
      nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
  const auto decimal = [&](std::uint64_t value, std::uint64_t unit, int digits) {
    fmt::format_to(std::back_inserter(out), "{}", value / unit);
    if (value % unit == 0) return;
    std::string fraction = fmt::format("{:0{}}", value % unit, digits);
    while (fraction.back() == '0') fraction.pop_back();
    out += '.';
    out += fraction;
  };
  if (n < 1000) {
    fmt::format_to(std::back_inserter(out), "{}ns", n);
  } else if (n < 1'000'000) {
    decimal(n, 1000, 3);
    out += "µs";
  } else if (n < 1'000'000'000) {
    decimal(n, 1'000'000, 6);
    out += "ms";
  } else {
    const std::uint64_t minutes = n / 60'000'000'000;
    if (minutes >= 60) fmt::format_to(std::back_inserter(out), "{}h", minutes / 60);
    if (minutes > 0) fmt::format_to(std::back_inserter(out), "{}m", minutes % 60);
    decimal(n % 60'000'000'000, 1'000'000'000, 9);
    out += 's';
  }
}

bool append_text(std::string& out, Value value, std::size_t limit) {
  const std::size_t before = out.size();
  append_text_at(out, value, 0, before + limit);
  return out.size() - before <= limit;
}

std::string to_text(Value value) {
  std::string out;
  append_text(out, value, printed_limit);
  return out;
}

void append_json_escaped(std::string& out, std::string_view text, bool escape_html) {
  while (!text.empty()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      const Rune rune = decode_rune(text);
      const bool line_end = rune.value == 0x2028 || rune.value == 0x2029;  // line ends in JavaScript
      if (line_end || (rune.size == 1)) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(rune.value));
      } else {
        out += text.substr(0, rune.size);
      }
      text.remove_prefix(rune.size);
      continue;
    }
    text.remove_prefix(1);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (byte < 0x20 || (escape_html && (c == '<' || c == '>' || c == '&')))
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
        else
          out += c;
    }
  }
}

std::string string_literal(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + '"';
}

std::string append_json(std::string& out, Value value, const JsonOptions& options) {
  JsonWriter writer(out, options);
  writer.write(value, 0);
  return std::move(writer).error();
}

std::string to_json(Value value) {
  std::string out;
  if (!append_json(out, value, {}).empty()) out = "null";
  return out;
}

}  // namespace taffrail::expr
