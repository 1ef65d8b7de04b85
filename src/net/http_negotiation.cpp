#include "net/http_negotiation.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cstddef>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

namespace taffrail::net {

namespace {

/// Thousandths of a qvalue: 0 to 1 with at most three decimals (RFC 9110 12.4.2).
std::optional<int> quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int value = (text[0] - '0') * 1000;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

struct Coding {
  std::string_view name;
  int quality;
};

/// The list of an Accept-Encoding field; nothing when it cannot be read.
std::optional<std::vector<Coding>> parse_codings(std::string_view list) {
  std::vector<Coding> codings;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (item.empty()) continue;
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    Coding coding{trimmed(item.substr(0, semicolon)), 1000};
    if (semicolon < item.size()) {
      const std::string_view weight = trimmed(item.substr(semicolon + 1));
      if (weight.size() < 3 || (weight[0] != 'q' && weight[0] != 'Q') || weight[1] != '=') return std::nullopt;
      const auto value = quality(weight.substr(2));
      if (!value) return std::nullopt;
      coding.quality = *value;
    }
    codings.push_back(coding);
  }
  return codings;
}

int accepted(const std::vector<Coding>& codings, std::string_view name, int otherwise) {
  int any = otherwise;
  for (const Coding& coding : codings) {
    if (equal_ignoring_case(coding.name, name)) return coding.quality;
    if (coding.name == "*") any = coding.quality;
  }
  return any;
}

}  // namespace

bool not_modified(const Headers& request, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  const std::string list = request.joined("If-None-Match");
  std::string_view rest = trimmed(list);
  if (rest == "*") return true;
  while (!rest.empty()) {
    if (rest.front() == ',' || rest.front() == ' ' || rest.front() == '\t') {
      rest.remove_prefix(1);
      continue;
    }
    // A comma may stand inside the quotes, so the tags are read one after the other.
    const std::size_t open = rest.starts_with("W/") ? 2 : 0;
    if (rest.size() <= open || rest[open] != '"') return false;
    const std::size_t close = rest.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    if (opaque(rest.substr(0, close + 1)) == opaque(etag)) return true;
    rest.remove_prefix(close + 1);
  }
  return false;
}

std::string_view choose_encoding(const Headers& request, std::span<const std::string_view> available) {
  constexpr std::string_view identity = "identity";
  if (!request.contains("Accept-Encoding")) return identity;
  const std::string list = request.joined("Accept-Encoding");
  const auto codings = parse_codings(list);
  if (!codings) return identity;
  // At equal quality a coding beats identity: that is why it was made.
  std::string_view best = identity;
  int best_quality = accepted(*codings, identity, 1) - 1;
  for (const std::string_view name : available) {
    const int value = accepted(*codings, name, 0);
    if (value == 0 || value <= best_quality) continue;
    best = name;
    best_quality = value;
  }
  return best;
}

std::string_view media_type(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 21> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".yaml", "application/yaml"},
      {".yml", "application/yaml"},
      {".ndjson", "application/x-ndjson"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
      {".log", "text/plain; charset=utf-8"},
      {".md", "text/markdown; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".zip", "application/zip"},
  }};
  const std::size_t dot = file_name.rfind('.');
  if (dot != std::string_view::npos)
    for (const auto& [suffix, type] : types)
      if (equal_ignoring_case(file_name.substr(dot), suffix)) return type;
  return "application/octet-stream";
}

std::string_view reason_phrase(int status) {
  const auto text =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  const std::string_view reason(text.data(), text.size());
  return reason.starts_with('<') ? "Unknown" : reason;  // Beast says "<unknown-status>"
}

}  // namespace taffrail::net
