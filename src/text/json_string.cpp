#include "text/json_string.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "text/byte_block.hpp"
#include "text/utf8.hpp"

// Two passes over bytes that are in the first-level cache. The first counts what needs work, 32 bytes at a time; in
// most lines that is nothing and the line is appended in one piece. Otherwise the count bounds the result's size, so
// the second pass writes without a check per byte.

namespace taffrail::text {
namespace {

/// The longest escape, \uXXXX, is five bytes longer than the byte it stands for.
constexpr std::size_t max_growth = 5;

struct Needs {
  std::size_t escapes = 0;  // bytes that may have to be escaped
  bool ascii = true;
};

/// E2 is the lead byte of U+2028 and U+2029 (E2 80 A8/A9), and of others that then stay as they are.
std::uint32_t needs_work(const ByteBlock& block) {
  return block.json_special() | block.equal('\x7f') | block.equal('\xE2');
}

Needs count_needs(std::string_view bytes) {
  Needs needs;
  std::uint32_t non_ascii = 0;
  std::size_t at = 0;
  for (; at + ByteBlock::size <= bytes.size(); at += ByteBlock::size) {
    const ByteBlock block = ByteBlock::load(bytes.data() + at);
    needs.escapes += static_cast<std::size_t>(std::popcount(needs_work(block)));
    non_ascii |= block.non_ascii();
  }
  if (at < bytes.size()) {
    const ByteBlock block = ByteBlock::load_rest(bytes.data() + at, bytes.size() - at, ' ');
    needs.escapes += static_cast<std::size_t>(std::popcount(needs_work(block)));
    non_ascii |= block.non_ascii();
  }
  needs.ascii = non_ascii == 0;
  return needs;
}

char* put_code_unit(char* out, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  *out++ = '\\';
  *out++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *out++ = digits[(unit >> shift) & 0xF];
  return out;
}

/// Writes the escape of the character at `at` and returns how many input bytes it stands for.
std::size_t put_escape(char*& out, std::string_view bytes, std::size_t at) {
  const char c = bytes[at];
  const auto put = [&out](char letter) {
    *out++ = '\\';
    *out++ = letter;
  };
  switch (c) {
    case '"': put('"'); return 1;
    case '\\': put('\\'); return 1;
    case '\n': put('n'); return 1;
    case '\r': put('r'); return 1;
    case '\t': put('t'); return 1;
    case '\b': put('b'); return 1;
    case '\f': put('f'); return 1;
    case '\xE2': {
      const std::string_view character = bytes.substr(at, 3);
      if (character == "\xE2\x80\xA8") {
        out = put_code_unit(out, 0x2028);
      } else if (character == "\xE2\x80\xA9") {
        out = put_code_unit(out, 0x2029);
      } else {
        *out++ = c;
        return 1;
      }
      return 3;
    }
    default: out = put_code_unit(out, static_cast<unsigned char>(c)); return 1;
  }
}

/// Copies the `count` <= 32 bytes at `at`: all 32 where there are as many, for one wide store is quicker than a short
/// copy of unknown length. What it writes too much is overwritten by what follows.
char* put_run(char* out, std::string_view bytes, std::size_t at, std::size_t count) {
  if (bytes.size() - at >= ByteBlock::size) {
    std::memcpy(out, bytes.data() + at, ByteBlock::size);
  } else {
    std::memcpy(out, bytes.data() + at, count);
  }
  return out + count;
}

/// Writes into room for the longest result and `ByteBlock::size` bytes more.
char* put_escaped(char* out, std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t count = std::min(ByteBlock::size, bytes.size() - at);
    const ByteBlock block = count == ByteBlock::size ? ByteBlock::load(bytes.data() + at)
                                                     : ByteBlock::load_rest(bytes.data() + at, count, ' ');
    std::uint32_t hits = needs_work(block);
    const std::size_t end = at + count;
    while (hits != 0) {
      const std::size_t hit = end - count + static_cast<std::size_t>(std::countr_zero(hits));
      hits &= hits - 1;
      out = put_run(out, bytes, at, hit - at);
      at = hit + put_escape(out, bytes, hit);
    }
    if (at < end) {
      out = put_run(out, bytes, at, end - at);
      at = end;
    }
  }
  return out;
}

}  // namespace

void append_json_string(std::string& out, std::string_view bytes) {
  const Needs needs = count_needs(bytes);
  if (!needs.ascii && !is_valid_utf8(bytes)) {
    std::string repaired;
    repaired.reserve(bytes.size() + bytes.size() / 4);
    append_repaired_utf8(repaired, bytes);
    append_json_string(out, repaired);
    return;
  }
  const std::size_t old_size = out.size();
  const std::size_t slack = needs.escapes == 0 ? 0 : ByteBlock::size;
  out.resize_and_overwrite(old_size + bytes.size() + 2 + max_growth * needs.escapes + slack,
                           [&](char* buffer, std::size_t) {
                             char* at = buffer + old_size;
                             *at++ = '"';
                             if (needs.escapes == 0) {
                               at = std::ranges::copy(bytes, at).out;
                             } else {
                               at = put_escaped(at, bytes);
                             }
                             *at++ = '"';
                             return static_cast<std::size_t>(at - buffer);
                           });
}

}  // namespace taffrail::text
