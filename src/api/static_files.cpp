#include "api/static_files.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>
#include <xxhash.h>

#include "net/http_negotiation.hpp"

namespace taffrail::api {
namespace {

constexpr std::string_view index_name = "index.html";
constexpr std::string_view page_missing =
    "<!doctype html><html lang=\"en\"><head><title>Taffrail</title></head><body><h1>Taffrail</h1>"
    "<p>This binary was built without its page. <code>make build</code> builds both; the interface below "
    "<a href=\"api/v1/info\">api/v1/</a> works without it.</p></body></html>\n";

std::string joined(const std::vector<std::string>& segments) {
  std::string path;
  for (const std::string& segment : segments) path += (path.empty() ? "" : "/") + segment;
  return path;
}

/// A validator tells versions of one file apart and keeps nothing secret.
std::string hash_of(std::string_view bytes) { return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size())); }

/// Whether a path is one that the page routes itself: it names no file, or a person navigates to it.
bool is_page_path(const Exchange& exchange) {
  const auto& segments = exchange.target.segments;
  if (segments.empty() || !segments.back().contains('.')) return true;
  return exchange.request.headers.joined("Accept").contains("text/html");
}

}  // namespace

std::string with_base(std::string_view html, std::string_view href) {
  const std::string base = "<base href=\"" + std::string(href) + "\">";
  std::string out(html);
  if (const std::size_t at = out.find("<base "); at != std::string::npos) {
    const std::size_t end = out.find('>', at);
    if (end != std::string::npos) return out.replace(at, end + 1 - at, base);
  }
  if (const std::size_t head = out.find("<head>"); head != std::string::npos) out.insert(head + 6, base);
  return out;
}

StaticFiles::StaticFiles(std::span<const Asset> assets, std::string_view base_path) : assets_(assets) {
  const Asset* index = find(index_name);
  index_ = with_base(index ? index->identity : page_missing, std::string(base_path) + "/");
  index_etag_ = '"' + hash_of(index_) + '"';
}

const Asset* StaticFiles::find(std::string_view path) const {
  const auto at = std::ranges::lower_bound(assets_, path, {}, &Asset::path);
  return at != assets_.end() && at->path == path ? &*at : nullptr;
}

Task<Answer<>> StaticFiles::serve(Exchange& exchange) const {
  const std::string path = joined(exchange.target.segments);
  const Asset* asset = path == index_name ? nullptr : find(path);
  if (!asset) {
    if (path == index_name || is_page_path(exchange)) co_return co_await serve_index(exchange);
    co_return refuse(404, "there is no '" + path + "' here");
  }
  std::string_view body = asset->identity;
  std::string_view coding = "identity";
  std::vector<std::string_view> available;
  if (!asset->brotli.empty()) available.push_back("br");
  if (!asset->gzip.empty()) available.push_back("gzip");
  if (!available.empty()) coding = net::choose_encoding(exchange.request.headers, available);
  if (coding == "br") body = asset->brotli;
  if (coding == "gzip") body = asset->gzip;

  net::Headers headers = security_headers();
  const std::string etag = '"' + std::string(asset->hash) + '-' + std::string(coding) + '"';
  headers.add("ETag", etag);
  headers.add("Vary", "Accept-Encoding");
  headers.add("Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  const bool unchanged = net::not_modified(exchange.request.headers, etag);
  if (!unchanged) {
    headers.add("Content-Type", net::media_type(path));
    if (coding != "identity") headers.add("Content-Encoding", coding);
  }
  auto sent = co_await exchange.writer.send(unchanged ? 304 : 200, headers, unchanged ? std::string_view() : body);
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

Task<Answer<>> StaticFiles::serve_index(Exchange& exchange) const {
  net::Headers headers = security_headers();
  headers.add("ETag", index_etag_);
  headers.add("Cache-Control", "no-cache");
  const bool unchanged = net::not_modified(exchange.request.headers, index_etag_);
  if (!unchanged) headers.add("Content-Type", net::media_type(index_name));
  auto sent = co_await exchange.writer.send(unchanged ? 304 : 200, headers, unchanged ? std::string_view() : index_);
  if (!sent) co_return refuse(std::move(sent.error()));
  co_return Answer<>();
}

}  // namespace taffrail::api
