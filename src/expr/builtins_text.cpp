// Strings. Positions count bytes, as in the reference.

#include <algorithm>
#include <cstring>
#include <string>

#include "expr/builtin.hpp"
#include "expr/operations.hpp"
#include "expr/unicode.hpp"

namespace taffrail::expr::builtins {
namespace {

// Whether every argument is a string; fails with the first that is not.
bool strings(Context& context, std::uint32_t at, std::span<const Value> args, const char* failure) {
  for (const Value& arg : args) {
    if (!arg.is(Kind::string)) {
      context.fail(at, failure, arg);
      return false;
    }
  }
  return true;
}

bool is_in_set(char32_t rune, std::string_view set) {
  while (!set.empty()) {
    const Rune member = decode_rune(set);
    if (member.value == rune) return true;
    set.remove_prefix(member.size);
  }
  return false;
}

template <class Drop>
std::string_view trimmed(std::string_view text, Drop drop) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!drop(rune.value)) break;
    text.remove_prefix(rune.size);
  }
  while (!text.empty()) {
    // The last code point starts at most three bytes before the last byte.
    std::size_t size = 1;
    while (size < 4 && size < text.size() && (static_cast<unsigned char>(text[text.size() - size]) & 0xC0U) == 0x80U)
      ++size;
    if (decode_rune(text.substr(text.size() - size)).size != size) size = 1;
    if (!drop(decode_rune(text.substr(text.size() - size)).value)) break;
    text.remove_suffix(size);
  }
  return text;
}

// Where `part` stands first in `text`, in linear time: std::string_view's own search takes their product.
std::size_t find_text(std::string_view text, std::string_view part) {
  if (part.empty()) return 0;
  const void* found = ::memmem(text.data(), text.size(), part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// @param keep bytes of the separator that stay with the part before it
Value split_text(Context& context, std::uint32_t at, std::span<const Value> args, bool keep) {
  if (!strings(context, at, args.first(2), "split takes strings, not %T")) return Value::error();
  std::int64_t limit = -1;
  if (args.size() > 2 && !to_index(context, at, args[2], limit)) return Value::error();
  std::string_view text = args[0].as_string();
  const std::string_view separator = args[1].as_string();
  if (limit == 0) return Value::array({});
  if (!context.step(at, text.size() / 16)) return Value::error();
  std::vector<Value> parts;
  const auto full = [&] { return limit > 0 && static_cast<std::int64_t>(parts.size()) + 1 >= limit; };
  if (separator.empty()) {
    while (!text.empty()) {
      const std::size_t size = full() ? text.size() : decode_rune(text).size;
      parts.emplace_back(text.substr(0, size));
      text.remove_prefix(size);
    }
    return context.make_array(at, parts);
  }
  while (!full()) {
    const std::size_t found = find_text(text, separator);
    if (found == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, found + (keep ? separator.size() : 0)));
    text.remove_prefix(found + separator.size());
    if (parts.size() > context.limits().growth) return context.out_of_memory(at);
  }
  parts.emplace_back(text);
  return context.make_array(at, parts);
}

}  // namespace

Value trim(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "trim takes strings, not %T")) return Value::error();
  // Charged for what is looked at: each character dropped, and one at either end.
  const std::string_view set = args.size() > 1 ? args[1].as_string() : "";
  const std::uint64_t each = 1 + set.size() / 16;
  bool good = true;
  const auto drop = [&](char32_t rune) {
    good = good && context.step(at, each);
    return good && (args.size() > 1 ? is_in_set(rune, set) : is_space(rune));
  };
  const std::string_view text = trimmed(args[0].as_string(), drop);
  return good ? Value(text) : Value::error();
}

Value trim_prefix(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "trimPrefix takes strings, not %T")) return Value::error();
  const std::string_view prefix = args.size() > 1 ? args[1].as_string() : " ";
  std::string_view text = args[0].as_string();
  if (!context.scan(at, std::min(text.size(), prefix.size()))) return Value::error();
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return Value(text);
}

Value trim_suffix(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "trimSuffix takes strings, not %T")) return Value::error();
  const std::string_view suffix = args.size() > 1 ? args[1].as_string() : " ";
  std::string_view text = args[0].as_string();
  if (!context.scan(at, std::min(text.size(), suffix.size()))) return Value::error();
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return Value(text);
}

Value upper(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "upper takes a string, not %T")) return Value::error();
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  return context.make_string(at, to_upper(args[0].as_string()));
}

Value lower(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "lower takes a string, not %T")) return Value::error();
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  return context.make_string(at, to_lower(args[0].as_string()));
}

Value split(Context& context, std::uint32_t at, std::span<const Value> args) {
  return split_text(context, at, args, false);
}
Value split_after(Context& context, std::uint32_t at, std::span<const Value> args) {
  return split_text(context, at, args, true);
}

Value replace(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args.first(3), "replace takes strings, not %T")) return Value::error();
  std::int64_t left = -1;
  if (args.size() > 3 && !to_index(context, at, args[3], left)) return Value::error();
  std::string_view text = args[0].as_string();
  const std::string_view old = args[1].as_string();
  const std::string_view fresh = args[2].as_string();
  if (left == 0 || old == fresh) return args[0];
  std::string out;
  const auto fits = [&] { return out.size() <= context.limits().memory && context.step(at); };
  if (old.empty()) {
    // Between all characters, and at both ends.
    for (; left != 0; --left) {
      out += fresh;
      if (!fits()) return context.out_of_memory(at);
      if (text.empty()) return context.make_string(at, out);
      const std::size_t size = decode_rune(text).size;
      out += text.substr(0, size);
      text.remove_prefix(size);
    }
    out += text;
    return context.make_string(at, out);
  }
  for (; left != 0; --left) {
    const std::size_t found = find_text(text, old);
    if (found == std::string_view::npos) break;
    out += text.substr(0, found);
    out += fresh;
    text.remove_prefix(found + old.size());
    if (!fits()) return context.out_of_memory(at);
  }
  out += text;
  return context.make_string(at, out);
}

Value repeat(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!args[0].is(Kind::string)) return context.fail(at, "repeat takes a string, not %T", args[0]);
  std::int64_t count = 0;
  if (!to_index(context, at, args[1], count)) return Value::error();
  const std::string_view text = args[0].as_string();
  if (count < 0) return context.fail(at, "invalid argument for repeat (expected positive integer, got %v)", args[1]);
  const auto times = static_cast<std::uint64_t>(count);
  if (times > context.limits().growth || text.size() * times > context.limits().growth * 16)
    return context.out_of_memory(at);
  auto* room = static_cast<char*>(context.arena().allocate(text.size() * times, 1));
  if (room == nullptr) return context.out_of_memory(at);
  for (std::uint64_t i = 0; i < times; ++i) std::ranges::copy(text, room + i * text.size());
  return Value(std::string_view(room, text.size() * times));
}

Value join(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!is_list(args[0])) return context.fail(at, "join takes an array, not %T", args[0]);
  if (args.size() > 1 && !args[1].is(Kind::string))
    return context.fail(at, "join takes a string as separator, not %T", args[1]);
  const std::string_view glue = args.size() > 1 ? args[1].as_string() : "";
  std::string out;
  for (std::size_t i = 0; i < list_size(args[0]); ++i) {
    const Value item = list_at(args[0], i);
    if (!item.is(Kind::string)) return context.fail(at, "join takes an array of strings, not of %T", item);
    if (i > 0) out += glue;
    out += item.as_string();
    if (out.size() > context.limits().memory) return context.out_of_memory(at);
    if (!context.step(at)) return Value::error();
  }
  return context.make_string(at, out);
}

Value index_of(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "indexOf takes strings, not %T")) return Value::error();
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  const std::size_t found = find_text(args[0].as_string(), args[1].as_string());
  return Value(found == std::string_view::npos ? std::int64_t{-1} : static_cast<std::int64_t>(found));
}

Value last_index_of(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "lastIndexOf takes strings, not %T")) return Value::error();
  if (!context.step(at, args[0].as_string().size() / 16)) return Value::error();
  // The first place in the texts turned round, for the same reason.
  const std::string text(args[0].as_string().rbegin(), args[0].as_string().rend());
  const std::string part(args[1].as_string().rbegin(), args[1].as_string().rend());
  const std::size_t found = find_text(text, part);
  return Value(found == std::string_view::npos ? std::int64_t{-1}
                                               : static_cast<std::int64_t>(text.size() - part.size() - found));
}

Value has_prefix(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "hasPrefix takes strings, not %T")) return Value::error();
  if (!context.scan(at, args[1].as_string().size())) return Value::error();
  return Value(args[0].as_string().starts_with(args[1].as_string()));
}

Value has_suffix(Context& context, std::uint32_t at, std::span<const Value> args) {
  if (!strings(context, at, args, "hasSuffix takes strings, not %T")) return Value::error();
  if (!context.scan(at, args[1].as_string().size())) return Value::error();
  return Value(args[0].as_string().ends_with(args[1].as_string()));
}

}  // namespace taffrail::expr::builtins
