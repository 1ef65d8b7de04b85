#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace taffrail::net {

/// True when two ASCII strings are the same but for case.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// `text` without the blanks and tabs (optional white space, RFC 9110 5.6.3) around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Whether `c` may stand in a token (RFC 9110 5.6.2): a method, a field's name.
[[nodiscard]] bool is_token_char(char c);

/// The fields of an HTTP head in their order; names compare without case. All text lies in one arena, so a head costs
/// two allocations. Who receives them bounds their number and size (HttpLimits).
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  /// Appends a field. On what is sent, a name that is no token or a value with CR, LF or NUL makes the send fail with
  /// invalid_argument, so no value can smuggle in a field.
  void add(std::string_view name, std::string_view value);
  void clear();

  /// The value of the first field of this name. Valid until the next `add`.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  /// The values of all fields of this name, joined by ", " as RFC 9110 5.3 allows.
  [[nodiscard]] std::string joined(std::string_view name) const;
  /// True when the comma-separated lists of this name hold `token`, without case: `has_token("Connection", "close")`.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  /// The i-th field, i < size(). Valid until the next `add`.
  [[nodiscard]] Field operator[](std::size_t i) const;

 private:
  struct Span {
    std::uint32_t name;
    std::uint32_t value;
    std::uint32_t end;
  };
  std::string text_;
  std::vector<Span> spans_;
};

}  // namespace taffrail::net
