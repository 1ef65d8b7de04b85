#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/chunk_decoder.hpp"
#include "net/headers.hpp"

namespace taffrail::net {

struct HeadLimits {
  std::size_t max_start_line;
  std::size_t max_head_bytes;  ///< start line, fields and the empty line
  std::size_t max_fields;
};

/// The head of a request (method, target) or of a response (status).
struct MessageHead {
  std::string method;
  std::string target;
  int status = 0;
  int version = 11;  ///< 10 or 11
  Headers headers;
};

/// Finds the end of a head in bytes that come bit by bit, and refuses what Beast's parser would take but two parsers
/// could read differently: LF without CR, CR without LF, NUL, folded fields. Looks at each byte once.
class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  /// @param buffered all bytes from the start of the head on; at each call as before and more
  /// @return the length of the head, with its empty line; 0 while it is not complete
  [[nodiscard]] std::expected<std::size_t, HttpFault> find_end(std::string_view buffered);

 private:
  HeadLimits limits_;
  std::size_t line_ = 0;     // where the current line begins
  std::size_t scanned_ = 0;  // no LF before this
  std::size_t lines_ = 0;
};

/// Whether a Host field says one thing: a name or an address and perhaps a port (RFC 9112 3.2), or nothing.
[[nodiscard]] bool is_valid_host(std::string_view value);

/// Reads one HTTP/1.x message: Beast's parser, fed by hand, for the head, with stricter rules on the framing fields
/// (HttpServer lists them); the body by its length, its chunks or its end. A request and a response differ by the
/// template argument alone.
template <bool is_request>
class HttpParser final : private boost::beast::http::basic_parser<is_request> {
  using Base = boost::beast::http::basic_parser<is_request>;
  using Verb = boost::beast::http::verb;
  using FieldName = boost::beast::http::field;
  using BeastString = boost::beast::string_view;
  using ErrorCode = boost::beast::error_code;

 public:
  /// @param max_body_bytes the bound of the decoded body; nothing for none
  HttpParser(const HeadLimits& limits, std::optional<std::uint64_t> max_body_bytes)
      : scanner_(limits), max_body_bytes_(max_body_bytes.value_or(UINT64_MAX)), chunks_(max_body_bytes_) {
    Base::header_limit(UINT32_MAX);  // the scanner has bounded it before
    Base::body_limit(boost::none);
  }

  /// The answer to a HEAD: no body whatever its head says. Before the first call of `head`.
  void expect_no_body() { Base::skip(true); }

  /// Reads the head from the front of `buffered` (all bytes since its start).
  /// @return how many bytes it took; 0 while more are needed
  [[nodiscard]] std::expected<std::size_t, HttpFault> head(std::string_view buffered, MessageHead& into) {
    const auto end = scanner_.find_end(buffered);
    if (!end || *end == 0) return end;
    head_ = &into;
    ErrorCode error;
    const std::size_t taken = Base::put(boost::asio::const_buffer(buffered.data(), *end), error);
    head_ = nullptr;
    if (error || taken != *end) return std::unexpected(HttpFault::malformed);
    if (Base::is_done()) {
      framing_ = Framing::done;
    } else if (Base::chunked()) {
      framing_ = Framing::chunked;
    } else if (const auto length = Base::content_length()) {
      if (*length > max_body_bytes_) return std::unexpected(HttpFault::body_too_large);
      framing_ = Framing::length;
      left_ = *length;
    } else {
      framing_ = Framing::until_end;
      left_ = max_body_bytes_;
    }
    return taken;
  }

  using BodyStep = ChunkDecoder::Step;
  /// Decodes body bytes from the front of `buffered` into `into` (not empty) until one of them is used up or the
  /// message is done.
  [[nodiscard]] std::expected<BodyStep, HttpFault> body(std::string_view buffered, std::span<std::byte> into) {
    if (framing_ == Framing::chunked) {
      const auto step = chunks_.decode(buffered, into);
      if (chunks_.done()) framing_ = Framing::done;
      return step;
    }
    if (done()) return BodyStep{0, 0};
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>({left_, buffered.size(), into.size()}));
    if (framing_ == Framing::until_end && left_ == 0 && !buffered.empty())
      return std::unexpected(HttpFault::body_too_large);
    std::memcpy(into.data(), buffered.data(), n);
    left_ -= n;
    if (framing_ == Framing::length && left_ == 0) framing_ = Framing::done;
    return BodyStep{n, n};
  }

  /// The peer has ended its side: the end of a body that lasts until then, else truncated.
  [[nodiscard]] std::expected<void, HttpFault> end_of_input() {
    if (framing_ == Framing::until_end) framing_ = Framing::done;
    if (!done()) return std::unexpected(HttpFault::truncated);
    return {};
  }

  [[nodiscard]] bool done() const { return framing_ == Framing::done; }
  /// Whether the connection may serve another message after this one. Once the head is read.
  [[nodiscard]] bool keep_alive() const { return Base::keep_alive(); }

 private:
  enum class Framing { head, length, chunked, until_end, done };
  static std::string_view view(BeastString text) { return {text.data(), text.size()}; }
  static void refuse(ErrorCode& error) { error = boost::beast::http::error::bad_value; }

  void on_request_impl(Verb, BeastString method, BeastString target, int version, ErrorCode&) override {
    head_->method = view(method);
    head_->target = view(target);
    head_->version = version;
  }
  void on_response_impl(int status, BeastString, int version, ErrorCode& error) override {
    if (status < 100 || status > 599) return refuse(error);
    head_->status = status;
    head_->version = version;
  }
  void on_field_impl(FieldName field, BeastString name, BeastString value, ErrorCode& error) override {
    if (field == FieldName::transfer_encoding) {
      if (head_->version < 11 || !equal_ignoring_case(view(value), "chunked")) return refuse(error);
    } else if (field == FieldName::content_length) {
      // Beast takes lists and repetitions of one value; proxies differ on them.
      if (has_length_ || view(value).find_first_not_of("0123456789") != std::string_view::npos) return refuse(error);
      has_length_ = true;
    } else if (field == FieldName::host) {
      ++hosts_;
      if (is_request && !is_valid_host(view(value))) return refuse(error);
    }
    head_->headers.add(view(name), view(value));
  }
  void on_header_impl(ErrorCode& error) override {
    if (is_request && (hosts_ > 1 || (hosts_ == 0 && head_->version == 11))) refuse(error);
  }
  // Beast sees no byte of a body.
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(BeastString, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastString, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastString, ErrorCode&) override { return 0; }
  void on_finish_impl(ErrorCode&) override {}

  HeadScanner scanner_;
  MessageHead* head_ = nullptr;  // while the head is read
  std::uint64_t max_body_bytes_;
  ChunkDecoder chunks_;
  Framing framing_ = Framing::head;
  std::uint64_t left_ = 0;  // bytes of the body still to come, or still allowed
  int hosts_ = 0;
  bool has_length_ = false;
};

using RequestParser = HttpParser<true>;
using ResponseParser = HttpParser<false>;

extern template class HttpParser<true>;
extern template class HttpParser<false>;

/// Whether a field may be sent: the name a token, the value without CR, LF and NUL.
[[nodiscard]] bool is_valid_field(std::string_view name, std::string_view value);

}  // namespace taffrail::net
