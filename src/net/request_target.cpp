#include "net/request_target.hpp"

#include <algorithm>
#include <boost/url/decode_view.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

namespace taffrail::net {

namespace {

/// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : static_cast<unsigned char>(0);
    };
    const auto continues = [&](std::size_t k) { return (at(k) & 0xC0U) == 0x80U; };
    const unsigned char first = at(0);
    if (first < 0x80) {
      i += 1;
    } else if (first >= 0xC2 && first <= 0xDF && continues(1)) {
      i += 2;
    } else if ((first & 0xF0U) == 0xE0U && continues(1) && continues(2) && !(first == 0xE0 && at(1) < 0xA0) &&
               !(first == 0xED && at(1) > 0x9F)) {
      i += 3;
    } else if (first >= 0xF0 && first <= 0xF4 && continues(1) && continues(2) && continues(3) &&
               !(first == 0xF0 && at(1) < 0x90) && !(first == 0xF4 && at(1) > 0x8F)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

Result<> check(std::string_view decoded) {
  if (decoded.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the request target holds a NUL");
  if (!is_utf8(decoded)) return fail(ErrorCode::invalid_argument, "the request target is no UTF-8 once decoded");
  return {};
}

}  // namespace

std::optional<std::string_view> RequestTarget::parameter(std::string_view name) const {
  for (const QueryParameter& parameter : query)
    if (parameter.name == name) return parameter.value;
  return std::nullopt;
}

Result<RequestTarget> parse_target(std::string_view target) {
  const boost::core::string_view text(target.data(), target.size());
  // A path of "//x" would be an authority to the general grammar; in a request it is a path.
  const bool origin = target.starts_with('/');
  const auto url = origin ? boost::urls::parse_origin_form(text) : boost::urls::parse_absolute_uri(text);
  if (!url) return fail(ErrorCode::invalid_argument, "the request target is malformed");
  if (!origin && url->scheme() != "http" && url->scheme() != "https")
    return fail(ErrorCode::invalid_argument, "the request target is neither a path nor an http URL");
  if (!origin && (url->encoded_host().empty() || url->has_userinfo()))  // RFC 9110 4.2.1 and 4.2.4
    return fail(ErrorCode::invalid_argument, "the URL in the request has no host, or a user before it");

  RequestTarget result;
  const auto path = url->encoded_path();
  result.path = path.empty() ? "/" : std::string(path.data(), path.size());
  boost::urls::encoding_opts as_is;
  as_is.space_as_plus = false;
  for (std::string_view rest = std::string_view(result.path).substr(1);;) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view encoded = rest.substr(0, slash);
    const boost::urls::decode_view decoded(boost::core::string_view(encoded.data(), encoded.size()), as_is);
    std::string segment(decoded.begin(), decoded.end());
    if (auto good = check(segment); !good) return forward(good);
    if (segment == "." || segment == "..")
      return fail(ErrorCode::invalid_argument, "the request target has dot segments");
    if (result.path.size() > 1) result.segments.push_back(std::move(segment));
    if (slash == rest.size()) break;
    rest.remove_prefix(slash + 1);
  }
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto parameter : url->encoded_params()) {
    const boost::urls::decode_view name(parameter.key, form);
    const boost::urls::decode_view value(parameter.value, form);
    QueryParameter decoded{std::string(name.begin(), name.end()), std::string(value.begin(), value.end())};
    if (auto good = check(decoded.name); !good) return forward(good);
    if (auto good = check(decoded.value); !good) return forward(good);
    // "?" and "a&&b" hold empty parameters that nobody meant.
    if (decoded.name.empty() && decoded.value.empty() && !parameter.has_value) continue;
    result.query.push_back(std::move(decoded));
  }
  return result;
}

std::string percent_encode(std::string_view text) {
  return boost::urls::encode(boost::core::string_view(text.data(), text.size()), boost::urls::unreserved_chars);
}

}  // namespace taffrail::net
