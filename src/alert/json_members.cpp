#include "alert/json_members.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<json::object> read_json_object(std::string_view text, std::size_t longest, std::string_view what) {
  if (text.size() > longest)
    return fail(ErrorCode::too_large, std::string(what) + ": longer than " + std::to_string(longest) + " bytes");
  boost::system::error_code failed;
  json::value root = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed) return fail(ErrorCode::invalid_argument, std::string(what) + ": no JSON: " + failed.message());
  if (!root.is_object()) return fail(ErrorCode::invalid_argument, std::string(what) + ": no JSON object");
  return std::move(root.get_object());
}

const json::value* JsonMembers::find(std::string_view key) {
  asked_.emplace_back(key);
  const json::value* value = object_.if_contains(json::string_view(key.data(), key.size()));
  return value && !value->is_null() ? value : nullptr;
}

void JsonMembers::read(std::string_view key, std::string& text) {
  const json::value* value = find(key);
  if (!value) return;
  if (value->is_string())
    text = view(value->get_string());
  else
    fail_at(key, "is no text");
}

void JsonMembers::read(std::string_view key, bool& yes) {
  const json::value* value = find(key);
  if (!value) return;
  if (value->is_bool())
    yes = value->get_bool();
  else
    fail_at(key, "is neither true nor false");
}

void JsonMembers::read(std::string_view key, double& number) {
  const json::value* value = find(key);
  if (!value) return;
  if (value->is_number())
    number = value->to_number<double>();
  else
    fail_at(key, "is no number");
}

void JsonMembers::read(std::string_view key, Time& time) {
  std::string text;
  if (!find(key)) return;
  read(key, text);
  if (const auto read = parse_rfc3339(text))
    time = *read;
  else
    fail_at(key, "is no time such as 2026-11-21T09:10:05Z");
}

void JsonMembers::read(std::string_view key, std::map<std::string, std::string>& texts) {
  const json::value* value = find(key);
  if (!value) return;
  if (!value->is_object()) return fail_at(key, "is no object of texts");
  std::map<std::string, std::string> read;
  for (const json::key_value_pair& pair : value->get_object()) {
    if (!pair.value().is_string()) return fail_at(key, "'" + std::string(view(pair.key())) + "' in it is no text");
    read.emplace(view(pair.key()), view(pair.value().get_string()));
  }
  texts = std::move(read);
}

std::optional<JsonMembers> JsonMembers::object(std::string_view key) {
  const json::value* value = find(key);
  if (!value) return std::nullopt;
  if (value->is_object()) return JsonMembers(value->get_object(), path_of(key), failed_);
  fail_at(key, "is no object");
  return std::nullopt;
}

std::vector<JsonMembers> JsonMembers::objects(std::string_view key, std::size_t most) {
  std::vector<JsonMembers> all;
  const json::value* value = find(key);
  if (!value) return all;
  if (!value->is_array()) {
    fail_at(key, "is no list");
    return all;
  }
  if (value->get_array().size() > most) {
    fail_at(key, "has more than " + std::to_string(most) + " entries");
    return all;
  }
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_object()) {
      fail_at(key, "has an entry that is no object");
      break;
    }
    all.emplace_back(entry.get_object(), path_of(key) + '[' + std::to_string(all.size()) + ']', failed_);
  }
  return all;
}

void JsonMembers::fail_at(std::string_view key, std::string_view what) {
  if (!failed_) failed_ = Error{ErrorCode::invalid_argument, "'" + path_of(key) + "' " + std::string(what)};
}

std::optional<std::string> JsonMembers::unknown() const {
  for (const json::key_value_pair& pair : object_)
    if (std::ranges::find(asked_, view(pair.key())) == asked_.end()) return path_of(view(pair.key()));
  return std::nullopt;
}

std::string JsonMembers::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

void merge_patch(boost::json::value& target, const boost::json::value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = boost::json::object();
  for (const auto& member : patch.get_object()) {
    if (member.value().is_null())
      target.get_object().erase(member.key());
    else
      merge_patch(target.get_object()[member.key()], member.value());
  }
}

}  // namespace taffrail::alert
