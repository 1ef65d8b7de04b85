#include "expr/context.hpp"

#include <algorithm>
#include <re2/re2.h>

#include "expr/format.hpp"

namespace taffrail::expr {

namespace {

// This RE2 names a group `(?P<name>…)` only; the reference's regular expressions know `(?<name>…)`, too.
std::string with_named_groups(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      out += pattern.substr(i++, 2);
      continue;
    }
    out += c;
    if (in_class) {
      const std::size_t named = c == '[' && pattern.substr(i + 1).starts_with(':') ? pattern.find(":]", i) : 0;
      if (named != 0 && named != std::string_view::npos) {
        out += pattern.substr(i + 1, named + 1 - i);
        i = named + 1;
      }
      in_class = c != ']';
    } else if (c == '[') {
      // A bracket that stands first is a member.
      for (const std::string_view first : {"^", "]"}) {
        if (!pattern.substr(i + 1).starts_with(first)) continue;
        out += first;
        ++i;
      }
      in_class = true;
    } else if (c == '(' && pattern.substr(i + 1).starts_with("?<")) {
      out += "?P<";
      i += 2;
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<re2::RE2> compile_regex(std::string_view pattern, std::string& error) {
  re2::RE2::Options options(re2::RE2::Quiet);
  // Bounds the program and the cache of one pattern; 8 MiB is RE2's own default, and a rule needs some KiB.
  options.set_max_mem(2 << 20);
  auto regex = pattern.find("(?<") == std::string_view::npos
                   ? std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options)
                   : std::make_unique<re2::RE2>(with_named_groups(pattern), options);
  if (regex->ok()) return regex;
  error = "error parsing regexp: " + regex->error();
  return nullptr;
}

// Patterns that are not literals are compiled while evaluating. A handful is kept, because a condition asks for the
// same few again for every line; when there are more, all go.
struct Context::Regexes {
  static constexpr std::size_t bound = 16;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> known;
};

Context::Context(const Limits& limits, const Clock* clock)
    : limits_(limits), clock_(clock), arena_(limits.memory), regexes_(std::make_unique<Regexes>()) {}
Context::~Context() = default;

void Context::begin(const Variables& variables, std::uint32_t locals) {
  variables_ = &variables;
  if (arena_.used() != 0) arena_.reset();
  steps_ = limits_.steps;
  if (locals_.size() < locals) locals_.resize(locals);
  frame = nullptr;
  fault_.pattern = nullptr;
}

void Context::set_limits(const Limits& limits) {
  limits_ = limits;
  arena_.set_limit(limits.memory);
}

Time Context::now() const { return clock_ == nullptr ? std::chrono::system_clock::now() : clock_->now(); }

Value Context::fail(std::uint32_t at, const char* pattern, Value a, Value b) {
  fault_.at = at;
  fault_.pattern = pattern;
  fault_.a = a;
  fault_.b = b;
  return Value::error();
}

Value Context::fail_text(std::uint32_t at, std::string message) {
  fault_.text = std::move(message);
  return fail(at, nullptr);
}

bool Context::out_of_steps(std::uint32_t at) {
  steps_ = 0;
  fail(at, "step budget exceeded: the expression takes too long");
  return false;
}

std::string Context::message() const {
  if (fault_.pattern == nullptr) return fault_.text;
  std::string text;
  const Value* operand = &fault_.a;
  for (const char* c = fault_.pattern; *c != '\0'; ++c) {
    if (*c != '%') {
      text.push_back(*c);
      continue;
    }
    ++c;
    if (*c == '%') {
      text.push_back('%');
      continue;
    }
    if (*c == 'T') {
      text += kind_name(*operand);
    } else {
      constexpr std::size_t shown = 80;  // of a value that may be a whole line
      std::string value;
      append_text(value, *operand, shown);
      text += value.substr(0, shown);
    }
    operand = &fault_.b;
  }
  return text;
}

ExprError Context::error(std::string_view source) const {
  return error_at(Stage::run, source, fault_.at, fault_.at, message());
}

Value Context::make_string(std::uint32_t at, std::string_view text) {
  const std::string_view copy = arena_.copy(text);
  if (copy.data() == nullptr) return out_of_memory(at);
  return Value(copy);
}

Value* Context::make_elements(std::uint32_t at, std::uint64_t count) {
  if (count >= limits_.growth) {
    out_of_memory(at);
    return nullptr;
  }
  // Never null for no elements: null would be the nil array.
  auto* room = arena_.array<Value>(std::max<std::uint64_t>(count, 1));
  if (room == nullptr) out_of_memory(at);
  return room;
}

Value Context::make_array(std::uint32_t at, const std::vector<Value>& elements) {
  Value* room = make_elements(at, elements.size());
  if (room == nullptr) return Value::error();
  std::copy(elements.begin(), elements.end(), room);
  return Value::array({room, elements.size()});
}

const re2::RE2* Context::regex(std::uint32_t at, std::string_view pattern) {
  const std::string key(pattern);
  if (const auto found = regexes_->known.find(key); found != regexes_->known.end()) return found->second.get();
  constexpr std::uint64_t compile_steps = 200;  // compiling takes about as long as so many calls
  if (!step(at, compile_steps + pattern.size())) return nullptr;
  std::string error;
  auto regex = compile_regex(pattern, error);
  if (regex == nullptr) {
    fail_text(at, std::move(error));
    return nullptr;
  }
  if (!step(at, static_cast<std::uint64_t>(std::max(0, regex->ProgramSize())) * 4)) return nullptr;
  if (regexes_->known.size() >= Regexes::bound) regexes_->known.clear();
  return regexes_->known.emplace(key, std::move(regex)).first->second.get();
}

}  // namespace taffrail::expr
