#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.hpp"
#include "base/time_format.hpp"
#include "text/json_string.hpp"

namespace taffrail::text {

/// Appends JSON to a string: commas and escapes are its business, what is open is the caller's. Bytes that are no UTF-8
/// become U+FFFD; what has no value, and a number that JSON has none for, is null.
///
///     JsonWriter json(out);
///     json.begin_object().member("id", id).member("cpu", cpu);
///     json.key("ports").begin_array();
///     for (const std::string& port : ports) json.value(port);
///     json.end_array().end_object();
///
/// It keeps nothing but where it began: whether a comma is due shows in the last byte, so that functions which append
/// to the same string, and several writers, fit together.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// @param name is escaped too: it may be a label's
  JsonWriter& key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    comma();
    append_json_string(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes) { return put(yes ? "true" : "false"); }
  JsonWriter& value(Time time) {
    comma();
    out_ += '"';
    append_rfc3339(out_, time);
    out_ += '"';
    return *this;
  }
  template <class Number>
    requires std::integral<Number>
  JsonWriter& value(Number number) {
    char digits[std::numeric_limits<Number>::digits10 + 3];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    return put(std::string_view(digits, end.ptr));
  }
  /// With six significant digits: more than any meter has.
  JsonWriter& value(double number);
  JsonWriter& null() { return put("null"); }
  template <class Value>
  JsonWriter& value(const std::optional<Value>& known) {
    return known ? value(*known) : null();
  }
  JsonWriter& value(const std::map<std::string, std::string>& texts) {
    begin_object();
    for (const auto& [name, text] : texts) member(name, text);
    return end_object();
  }
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json) { return put(json); }

  template <class Value>
  JsonWriter& member(std::string_view name, const Value& of) {
    key(name);
    return value(of);
  }
  /// A text that is empty for "none": null then.
  JsonWriter& member_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? null() : value(text);
  }

  /// Makes room for a value that another function appends to the same string.
  std::string& next() {
    comma();
    return out_;
  }

 private:
  void comma() {
    if (out_.size() == begin_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':' && last != ',' && last != '\n') out_ += ',';
  }
  JsonWriter& open(char bracket) {
    comma();
    out_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    return *this;
  }
  JsonWriter& put(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }

  std::string& out_;
  std::size_t begin_;
};

}  // namespace taffrail::text
