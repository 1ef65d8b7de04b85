#include "text/utf16.hpp"

#include <array>

#include "text/utf8.hpp"

namespace taffrail::text {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// A decoded line that took more is given back, so that one huge line does not cost its size for good.
constexpr std::size_t kept_capacity = std::size_t{32} * 1024;

char16_t unit_at(std::string_view units, std::size_t at, ByteOrder order) {
  const auto first = static_cast<unsigned char>(units[at]);
  const auto second = static_cast<unsigned char>(units[at + 1]);
  return static_cast<char16_t>(order == ByteOrder::little ? second << 8 | first : first << 8 | second);
}

/// Where the first U+000A of whole units begins; npos when there is none.
std::size_t find_newline(std::string_view units, ByteOrder order) {
  const std::string_view newline =
      order == ByteOrder::little ? std::string_view("\n\0", 2) : std::string_view("\0\n", 2);
  std::size_t at = units.find(newline);
  while (at != npos && at % 2 != 0) at = units.find(newline, at + 1);
  return at;
}

}  // namespace

std::optional<ByteOrder> utf16_mark(std::string_view first_bytes) {
  if (first_bytes.starts_with("\xFF\xFE")) return ByteOrder::little;
  if (first_bytes.starts_with("\xFE\xFF")) return ByteOrder::big;
  return std::nullopt;
}

void append_utf16(std::string& out, std::string_view units, ByteOrder order) {
  constexpr char16_t mark = 0xFEFF;
  std::size_t at = units.size() >= 2 && unit_at(units, 0, order) == mark ? 2 : 0;
  for (; at + 1 < units.size(); at += 2) {
    const char16_t unit = unit_at(units, at, order);
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    const char16_t low = high && at + 3 < units.size() ? unit_at(units, at + 2, order) : u'\0';
    if (low >= 0xDC00 && low < 0xE000) {
      append_utf8(out,
                  0x10000 + ((static_cast<char32_t>(unit) - 0xD800) << 10) + (static_cast<char32_t>(low) - 0xDC00));
      at += 2;
    } else {
      append_utf8(out, unit);  // half of a pair becomes U+FFFD
    }
  }
  if (at < units.size()) append_utf8(out, 0xFFFD);
}

void Utf16Splitter::feed(std::string_view chunk, LineSink sink) {
  if (half_ && !chunk.empty()) {
    const std::array<char, 2> unit{*half_, chunk[0]};
    half_.reset();
    take_units({unit.data(), unit.size()}, sink);
    chunk.remove_prefix(1);
  }
  const std::size_t whole = chunk.size() / 2 * 2;
  take_units(chunk.substr(0, whole), sink);
  if (whole < chunk.size()) half_ = chunk.back();
}

void Utf16Splitter::take_units(std::string_view units, LineSink sink) {
  while (!units.empty()) {
    const std::size_t newline = find_newline(units, order_);
    if (newline == npos) {
      rest_.append(units, Time{}, offset_);
      offset_ += units.size();
      return;
    }
    const std::uint64_t begin = offset_;
    offset_ += newline + 2;
    complete_line(rest_, {.bytes = units.substr(0, newline), .begin = begin, .end = offset_}, bound_,
                  [&](const Line& raw) { deliver(raw, sink); });
    units.remove_prefix(newline + 2);
  }
}

void Utf16Splitter::deliver(Line raw, LineSink sink) {
  if (decoded_.capacity() > kept_capacity) std::string().swap(decoded_);
  decoded_.clear();
  append_utf16(decoded_, raw.bytes, order_);
  if (!raw.truncated && decoded_.ends_with('\r')) decoded_.pop_back();
  raw.bytes = decoded_;
  sink(raw);
}

void Utf16Splitter::finish(LineSink sink) {
  if (half_) {
    rest_.append({&*half_, 1}, Time{}, offset_);
    half_.reset();
    ++offset_;
  }
  if (!rest_.open()) return;
  deliver(rest_.line(StdStream::out, offset_), sink);
  rest_.clear();
}

void Utf16Splitter::reset(std::uint64_t offset) {
  rest_.clear();
  half_.reset();
  offset_ = offset;
}

}  // namespace taffrail::text
