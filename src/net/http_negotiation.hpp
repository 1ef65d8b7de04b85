#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/headers.hpp"

namespace taffrail::net {

/// Whether a GET or HEAD may be answered 304: If-None-Match holds `etag` (quoted, as sent: `"abc"` or `W/"abc"`) or
/// `*`. Compared weakly (RFC 9110 13.1.2).
[[nodiscard]] bool not_modified(const Headers& request, std::string_view etag);

/// The content coding to answer with, by Accept-Encoding and its q-values (RFC 9110 12.5.3).
/// @param available what there is, best first ("br", "zstd", "gzip"), without "identity"
/// @return one of `available`, or "identity" when the client prefers it, says nothing, or takes none of them.
///         An Accept-Encoding that cannot be read counts as absent.
[[nodiscard]] std::string_view choose_encoding(const Headers& request, std::span<const std::string_view> available);

/// The media type for a file's name ("index.html" is "text/html; charset=utf-8"); unknown is application/octet-stream.
[[nodiscard]] std::string_view media_type(std::string_view file_name);

/// The reason phrase of a status ("Not Found"), or "Unknown".
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace taffrail::net
