#include "net/http_parser.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

namespace taffrail::net {

template class HttpParser<true>;
template class HttpParser<false>;

std::expected<std::size_t, HttpFault> HeadScanner::find_end(std::string_view buffered) {
  for (;;) {
    const std::size_t newline = buffered.find('\n', scanned_);
    const std::size_t seen = newline == std::string_view::npos ? buffered.size() : newline;
    if (lines_ == 0 && seen - line_ > limits_.max_start_line) return std::unexpected(HttpFault::start_line_too_long);
    if (seen >= limits_.max_head_bytes) return std::unexpected(HttpFault::head_too_large);
    if (newline == std::string_view::npos) {
      scanned_ = seen;
      return 0;
    }
    if (newline == line_ || buffered[newline - 1] != '\r') return std::unexpected(HttpFault::malformed);
    const std::string_view line = buffered.substr(line_, newline - 1 - line_);
    if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos)
      return std::unexpected(HttpFault::malformed);
    if (line.empty())
      return lines_ == 0 ? std::expected<std::size_t, HttpFault>(std::unexpected(HttpFault::malformed)) : newline + 1;
    if (line.front() == ' ' || line.front() == '\t') return std::unexpected(HttpFault::malformed);
    if (lines_ > limits_.max_fields) return std::unexpected(HttpFault::head_too_large);
    ++lines_;
    line_ = scanned_ = newline + 1;
  }
}

bool is_valid_field(std::string_view name, std::string_view value) {
  return !name.empty() && std::ranges::all_of(name, is_token_char) &&
         value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_valid_host(std::string_view value) {
  const auto authority = boost::urls::parse_authority(boost::core::string_view(value.data(), value.size()));
  return authority && !authority->has_userinfo();
}

}  // namespace taffrail::net
