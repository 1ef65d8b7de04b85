#include "net/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

#include "net/headers.hpp"

namespace taffrail::net {

namespace {

/// Bounds what a peer may say besides the body: a size line with its extensions, and the whole trailer.
constexpr std::size_t max_framing_bytes = 4096;

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

std::expected<ChunkDecoder::Step, HttpFault> ChunkDecoder::decode(std::string_view in, std::span<std::byte> into) {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  while (consumed < in.size() && !done()) {
    if (at_ != At::data) {
      if (const auto fault = frame(in[consumed])) return std::unexpected(*fault);
      ++consumed;
      continue;
    }
    if (produced == into.size()) break;
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>({chunk_, in.size() - consumed, into.size() - produced}));
    std::memcpy(into.data() + produced, in.data() + consumed, n);
    consumed += n;
    produced += n;
    chunk_ -= n;
    if (chunk_ == 0) at_ = At::data_cr;
  }
  return Step{consumed, produced};
}

std::optional<HttpFault> ChunkDecoder::add_digit(char c) {
  const int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
  if (digit < 0 || chunk_ >= std::uint64_t{1} << 59U) return HttpFault::malformed;
  chunk_ = chunk_ * 16 + static_cast<std::uint64_t>(digit);
  return std::nullopt;
}

std::optional<HttpFault> ChunkDecoder::frame(char c) {
  if (++framing_ > max_framing_bytes) return HttpFault::malformed;
  const auto expect = [&](char wanted, At next) -> std::optional<HttpFault> {
    if (c != wanted) return HttpFault::malformed;
    at_ = next;
    return std::nullopt;
  };
  switch (at_) {
    case At::size_first: at_ = At::size; return add_digit(c);
    case At::size:
      if (c == ';') return expect(';', At::extension);
      if (c == '\r') return expect('\r', At::size_lf);
      return add_digit(c);
    case At::extension:
      if (c == '\r') return expect('\r', At::size_lf);
      return is_text(c) ? std::nullopt : std::optional(HttpFault::malformed);
    case At::size_lf:
      if (chunk_ > left_) return HttpFault::body_too_large;
      left_ -= chunk_;
      framing_ = 0;
      return expect('\n', chunk_ > 0 ? At::data : At::trailer_first);
    case At::data_cr: return expect('\r', At::data_lf);
    case At::data_lf: framing_ = 0; return expect('\n', At::size_first);
    case At::trailer_first:
      if (c == '\r') return expect('\r', At::last_lf);
      at_ = At::trailer_name;
      return is_token_char(c) ? std::nullopt : std::optional(HttpFault::malformed);
    case At::trailer_name:
      if (c == ':') return expect(':', At::trailer_value);
      return is_token_char(c) ? std::nullopt : std::optional(HttpFault::malformed);
    case At::trailer_value:
      if (c == '\r') return expect('\r', At::trailer_lf);
      return is_text(c) ? std::nullopt : std::optional(HttpFault::malformed);
    case At::trailer_lf: return expect('\n', At::trailer_first);
    case At::last_lf: return expect('\n', At::done);
    case At::data:
    case At::done: break;
  }
  return HttpFault::malformed;
}

}  // namespace taffrail::net
