#include "alert/destination/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/ascii.hpp"

namespace taffrail::alert {

Result<Origin> check_url(std::string_view text) {
  constexpr std::size_t longest = 4096;
  if (text.size() > longest) return fail(ErrorCode::invalid_argument, "is longer than 4 KiB");
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url) return fail(ErrorCode::invalid_argument, "is no address such as https://example.org/path");
  Origin origin{ascii::to_lower(url->scheme()), ascii::to_lower(url->encoded_host()), 0};
  if (origin.scheme != "http" && origin.scheme != "https")
    return fail(ErrorCode::invalid_argument, "is neither http:// nor https://");
  if (origin.host.empty()) return fail(ErrorCode::invalid_argument, "has no host");
  if (url->has_userinfo())
    return fail(ErrorCode::invalid_argument, "has a user in it: give one as username and password, or as a header");
  if (url->has_fragment()) return fail(ErrorCode::invalid_argument, "has a fragment (#) in it");
  // Boost.URL lets a number that is too large overflow.
  const std::string_view digits(url->port().data(), url->port().size());
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), origin.port);
  if (!digits.empty() && (end.ec != std::errc() || origin.port == 0))
    return fail(ErrorCode::invalid_argument, "has a port that is none");
  if (digits.empty()) origin.port = origin.scheme == "https" ? 443 : 80;
  return origin;
}

}  // namespace taffrail::alert
