#pragma once

#include <span>
#include <string_view>

namespace taffrail::api {

/// A file of the page, as tools/embed.py put it into the binary.
struct Asset {
  std::string_view path;      ///< below the base path, without a leading slash: "assets/index-8f2c.js"
  std::string_view identity;  ///< the file
  std::string_view gzip;      ///< empty where it would not be smaller
  std::string_view brotli;    ///< empty where it would not be smaller
  std::string_view hash;      ///< of the file, in hex, for its ETag
  bool immutable;             ///< its name changes with its content
};

/// The page, in order of path. Empty in a binary that was built without web/dist.
[[nodiscard]] std::span<const Asset> embedded_page();

/// docs/openapi.yaml
[[nodiscard]] std::string_view embedded_openapi();

}  // namespace taffrail::api
