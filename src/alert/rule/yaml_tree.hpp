#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace taffrail::alert {

/// A part of a YAML document, and where it stands.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  bool plain = false;      ///< a scalar without quotes or a tag, which may be a number or a truth
  std::uint32_t line = 1;  ///< from 1
  std::string text{};      ///< of a scalar
  std::vector<YamlNode> items{};
  std::vector<std::pair<YamlNode, YamlNode>> members{};  ///< of a map, in order, with what is given twice

  /// The first member of this name, or nullptr.
  [[nodiscard]] const YamlNode* find(std::string_view name) const;
};

/// What is wrong, and where.
struct YamlFault {
  std::uint32_t line = 1;
  std::string message{};
};

/// Rules of a page each; a larger file is something else.
inline constexpr std::size_t longest_yaml = 512UZ * 1024;

/// A file, or of a longer one as much as read_yaml refuses. Blocks. Error: what the operating system says.
[[nodiscard]] Result<std::string> read_yaml_file(const std::filesystem::path& path);

/// Reads YAML 1.2 as hand-written files hold it: all documents, in UTF-8. Aliases are refused, for a page of them can
/// stand for more than fits into memory; so are keys that are no scalars.
[[nodiscard]] std::expected<std::vector<YamlNode>, YamlFault> read_yaml(std::string_view text);

/// Whether a plain scalar says nothing, a truth or a number, by YAML's core schema, and so is no text.
[[nodiscard]] bool is_typed(std::string_view plain);

/// Which places hold a text, whatever it looks like: `log: true` is an expression. @param path "labels.tier", "by[0]"
using HoldsText = bool (*)(std::string_view path);

/// Appends a node as JSON, and notes on which line each path stands.
void append_json(std::string& out, const YamlNode& node, HoldsText holds_text, const std::string& path,
                 std::map<std::string, std::uint32_t, std::less<>>& lines);

}  // namespace taffrail::alert
