#include "net/request_target.hpp"

#include <algorithm>
#include <boost/url/decode_view.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <simdjson.h>

namespace taffrail::net {

namespace {

Result<> check(std::string_view decoded) {
  if (decoded.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the request target holds a NUL");
  if (!simdjson::validate_utf8(decoded.data(), decoded.size()))
    return fail(ErrorCode::invalid_argument, "the request target is no UTF-8 once decoded");
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
