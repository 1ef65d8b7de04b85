#include "history/query/scalar.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "expr/format.hpp"
#include "text/utf8.hpp"

namespace taffrail::history {
namespace {

enum class Tag : char { none, no, yes, integer, floating, time, text };

constexpr std::string_view cut_mark = "…";
constexpr double largest_whole = 9'007'199'254'740'992;  // 2^53

std::string_view bounded(std::string_view text, std::string& cut) {
  if (text.size() <= most_scalar_bytes) return text;
  cut = text::cut_at_character(text, most_scalar_bytes - cut_mark.size());
  cut += cut_mark;
  return cut;
}

Scalar text_scalar(std::string_view text) {
  std::string cut;
  return std::string(bounded(text, cut));
}

/// Nothing where it lies beyond what nanoseconds can say.
std::optional<Time> time_of(expr::Instant instant) {
  constexpr std::int64_t furthest = 9'000'000'000;
  if (instant.seconds > furthest || instant.seconds < -furthest) return std::nullopt;
  return Time(std::chrono::seconds(instant.seconds) + std::chrono::nanoseconds(instant.nanoseconds));
}

void put(std::string& key, Tag tag) { key += static_cast<char>(tag); }
template <class Number>
void put(std::string& key, Tag tag, Number number) {
  put(key, tag);
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  key.append(bytes, sizeof number);
}
void put(std::string& key, std::string_view text) {
  put(key, Tag::text, static_cast<std::uint32_t>(text.size()));
  key += text;
}
template <class Number>
Number take(std::string_view& key) {
  Number number;
  std::memcpy(&number, key.data(), sizeof number);
  key.remove_prefix(sizeof number);
  return number;
}

/// The rank of a kind, and of numbers one.
std::size_t rank_of(const Scalar& scalar) {
  return std::holds_alternative<double>(scalar) ? Scalar(std::int64_t{}).index() : scalar.index();
}

double double_of(const Scalar& number) {
  const auto* whole = std::get_if<std::int64_t>(&number);
  return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(number);
}

}  // namespace

Scalar to_scalar(double number) {
  if (!std::isfinite(number)) return {};
  if (std::abs(number) < largest_whole && number == std::trunc(number)) return static_cast<std::int64_t>(number);
  return number;
}

Scalar to_scalar(expr::Value value) {
  switch (value.kind()) {
    case expr::Kind::nil:
    case expr::Kind::cut:
    case expr::Kind::error: return {};
    case expr::Kind::boolean: return value.as_bool();
    case expr::Kind::integer: return value.as_int();
    case expr::Kind::floating: return to_scalar(value.as_double());
    case expr::Kind::string:
    case expr::Kind::bytes: return text_scalar(value.as_string());
    case expr::Kind::time:
      if (const auto time = time_of(value.as_instant())) return *time;
      break;
    case expr::Kind::array:
      if (value.is_nil()) return {};
      break;
    case expr::Kind::map:
    case expr::Kind::duration:
    case expr::Kind::zone:
    case expr::Kind::object:
    case expr::Kind::json: break;
  }
  std::string text;
  expr::append_text(text, value, most_scalar_bytes + 1);
  return text_scalar(text);
}

expr::Value to_value(const Scalar& scalar) {
  return std::visit(
      [](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>)
          return expr::Value();
        else if constexpr (std::is_same_v<Held, Time>)
          return expr::Value::time(held);
        else if constexpr (std::is_same_v<Held, std::string>)
          return expr::Value(std::string_view(held));
        else
          return expr::Value(held);
      },
      scalar);
}

std::optional<double> number_of(expr::Value value) {
  double number = 0;
  if (value.is_number()) {
    number = value.number();
  } else if (value.is(expr::Kind::duration)) {
    number = static_cast<double>(value.as_int()) / 1e9;
  } else if (value.is(expr::Kind::string)) {
    const std::string_view text = value.as_string();
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::weak_ordering compare(const Scalar& one, const Scalar& other) {
  if (rank_of(one) != rank_of(other)) return rank_of(one) <=> rank_of(other);
  if (std::holds_alternative<double>(one) || std::holds_alternative<double>(other)) {
    const double left = double_of(one);
    const double right = double_of(other);
    if (left < right) return std::weak_ordering::less;
    return left > right ? std::weak_ordering::greater : std::weak_ordering::equivalent;
  }
  if (one < other) return std::weak_ordering::less;
  return other < one ? std::weak_ordering::greater : std::weak_ordering::equivalent;
}

void append_key(std::string& key, const Scalar& scalar) {
  switch (scalar.index()) {
    case 0: return put(key, Tag::none);
    case 1: return put(key, std::get<bool>(scalar) ? Tag::yes : Tag::no);
    case 2: return put(key, Tag::integer, std::get<std::int64_t>(scalar));
    case 3: return put(key, Tag::floating, std::get<double>(scalar));
    case 4: return put(key, Tag::time, std::get<Time>(scalar).time_since_epoch().count());
    default: return put(key, std::get<std::string>(scalar));
  }
}

void append_key(std::string& key, expr::Value value) {
  if (!value.is(expr::Kind::string)) return append_key(key, to_scalar(value));
  std::string cut;
  put(key, bounded(value.as_string(), cut));
}

Scalar take_from_key(std::string_view& key) {
  const auto tag = static_cast<Tag>(key.front());
  key.remove_prefix(1);
  switch (tag) {
    case Tag::none: return {};
    case Tag::no: return false;
    case Tag::yes: return true;
    case Tag::integer: return take<std::int64_t>(key);
    case Tag::floating: return take<double>(key);
    case Tag::time: return Time(Duration(take<Duration::rep>(key)));
    case Tag::text: break;
  }
  const auto size = take<std::uint32_t>(key);
  std::string text(key.substr(0, size));
  key.remove_prefix(size);
  return text;
}

}  // namespace taffrail::history
