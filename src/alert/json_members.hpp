#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// Reads one JSON document of at most `longest` bytes whose root is an object. Errors: too_large, and invalid_argument
/// that begins with `what`: no JSON, nested too deeply (32), of another kind.
[[nodiscard]] Result<boost::json::object> read_json_object(std::string_view text, std::size_t longest,
                                                           std::string_view what);

/// Changes `target` as a JSON merge patch (RFC 7386) says: what is named replaces, null takes away, objects are gone
/// into.
void merge_patch(boost::json::value& target, const boost::json::value& patch);

/// Reads the members of one JSON object into variables. A member that is absent or null leaves its variable as it is;
/// the first one of another type than its variable is the error, which names it by its path. At the end it also knows
/// the members that nobody asked for.
///
///     JsonMembers members(object, "rule", failed);
///     members.read("name", rule.name);
///     members.read("labels", rule.labels);
///     if (failed) return std::unexpected(*failed);
class JsonMembers {
 public:
  /// @param path of the object, for errors; empty for the root
  /// @param failed takes the first error; shared by the readers of a document
  JsonMembers(const boost::json::object& object, std::string path, std::optional<Error>& failed)
      : object_(object), path_(std::move(path)), failed_(failed) {}

  /// Null where it is absent or null.
  const boost::json::value* find(std::string_view key);

  void read(std::string_view key, std::string& text);
  void read(std::string_view key, bool& yes);
  void read(std::string_view key, double& number);
  void read(std::string_view key, Time& time);
  void read(std::string_view key, std::map<std::string, std::string>& texts);
  template <std::integral Number>
  void read(std::string_view key, Number& number) {
    const boost::json::value* value = find(key);
    if (!value) return;
    boost::system::error_code not_one;
    const auto read = value->to_number<Number>(not_one);
    if (not_one || value->is_double())
      fail_at(key, "is no whole number that fits");
    else
      number = read;
  }
  template <class Value>
  void read(std::string_view key, std::optional<Value>& value) {
    if (!find(key)) return;
    Value known{};
    read(key, known);
    value = std::move(known);
  }
  /// One of the values of an enumeration that `to_string` names.
  template <class Enum>
  void read(std::string_view key, Enum& value, std::initializer_list<Enum> all) {
    std::string name;
    if (!find(key)) return;
    read(key, name);
    for (const Enum one : all)
      if (to_string(one) == name) {
        value = one;
        return;
      }
    fail_at(key, "has no such value");
  }

  /// The members of an object that is a member; nothing where it is absent, or, with the error kept, no object.
  [[nodiscard]] std::optional<JsonMembers> object(std::string_view key);
  /// The objects of an array that is a member, at most `most` of them.
  [[nodiscard]] std::vector<JsonMembers> objects(std::string_view key, std::size_t most);

  /// Keeps an error about a member: `rule.name: is no text`.
  void fail_at(std::string_view key, std::string_view what);
  /// The first member that nobody has asked for.
  [[nodiscard]] std::optional<std::string> unknown() const;
  [[nodiscard]] const boost::json::object& raw() const { return object_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;

  const boost::json::object& object_;
  std::string path_;
  std::optional<Error>& failed_;
  std::vector<std::string> asked_;
};

}  // namespace taffrail::alert
