#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/embedded_assets.hpp"
#include "api/exchange.hpp"

namespace taffrail::api {

/// Serves the page: each file in the best coding that the client takes, with a validator; names with a hash in them for
/// good; and the page itself for every path that it routes on its own.
class StaticFiles {
 public:
  /// @param assets in order of path, among them index.html; empty serves a page that says how to build one
  /// @param base_path as in ApiOptions; the page's `<base href>` is set to it
  StaticFiles(std::span<const Asset> assets, std::string_view base_path);

  /// Answers GET and HEAD of any path that is no route. Refuses other methods and files that do not exist.
  [[nodiscard]] Task<Answer<>> serve(Exchange& exchange) const;

 private:
  [[nodiscard]] Task<Answer<>> serve_index(Exchange& exchange) const;
  [[nodiscard]] const Asset* find(std::string_view path) const;

  std::span<const Asset> assets_;
  std::string index_;
  std::string index_etag_;
};

/// `html` with the `href` of its `<base>` replaced by `href`; one is put at the start of its `<head>` when it has none.
[[nodiscard]] std::string with_base(std::string_view html, std::string_view href);

}  // namespace taffrail::api
