#include "text/utf8.hpp"

#include <simdjson.h>

namespace taffrail::text {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// What may follow a lead byte (Unicode 15, table 3-7): the range of the second byte, which excludes overlong forms,
/// surrogates and what lies beyond U+10FFFF; all later bytes are 80..BF.
struct Lead {
  unsigned char length = 0;  // of the sequence; 0: no lead byte
  unsigned char second_low = 0x80;
  unsigned char second_high = 0xBF;
};

Lead lead_of(unsigned char c) {
  if (c < 0x80) return {1, 0, 0};
  if (c < 0xC2) return {};
  if (c < 0xE0) return {2};
  if (c == 0xE0) return {3, 0xA0, 0xBF};
  if (c == 0xED) return {3, 0x80, 0x9F};
  if (c < 0xF0) return {3};
  if (c == 0xF0) return {4, 0x90, 0xBF};
  if (c < 0xF4) return {4};
  if (c == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

Utf8Sequence utf8_sequence(std::string_view bytes) {
  const Lead lead = lead_of(static_cast<unsigned char>(bytes[0]));
  if (lead.length <= 1) return {.length = 1, .valid = lead.length == 1};
  unsigned char low = lead.second_low;
  unsigned char high = lead.second_high;
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i >= bytes.size()) return {.length = i, .valid = false};
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c < low || c > high) return {.length = i, .valid = false};
    low = 0x80;
    high = 0xBF;
  }
  return {.length = lead.length, .valid = true};
}

void append_repaired_utf8(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    // The well-formed run up to the next fault is appended in one piece.
    std::size_t run = 0;
    Utf8Sequence sequence;
    while (run < bytes.size()) {
      sequence = utf8_sequence(bytes.substr(run));
      if (!sequence.valid) break;
      run += sequence.length;
    }
    out.append(bytes.substr(0, run));
    bytes.remove_prefix(run);
    if (bytes.empty()) return;
    out.append(replacement);
    bytes.remove_prefix(sequence.length);
  }
}

std::string repair_utf8(std::string_view bytes) {
  std::string out;
  if (is_valid_utf8(bytes)) {
    out = bytes;
  } else {
    out.reserve(bytes.size() + replacement.size());
    append_repaired_utf8(out, bytes);
  }
  return out;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    if (code_point >= 0xD800 && code_point < 0xE000) {
      out.append(replacement);
      return;
    }
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x110000) {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    out.append(replacement);
  }
}

std::string_view cut_at_character(std::string_view bytes, std::size_t bound) {
  if (bytes.size() <= bound) return bytes;
  for (std::size_t back = 1; back <= 3 && back <= bound; ++back) {
    const auto c = static_cast<unsigned char>(bytes[bound - back]);
    if (c < 0x80) break;
    if (c >= 0xC0) return bytes.substr(0, lead_of(c).length > back ? bound - back : bound);
  }
  return bytes.substr(0, bound);
}

}  // namespace taffrail::text
