#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "expr/arena.hpp"
#include "expr/value.hpp"

namespace taffrail::expr {

class JsonDocument;

/// An object or array of a JSON text, of which only what is asked for is read. Looking inside the first time finds all
/// members of this level in one pass; their values stay text until they are taken. Lives as long as its document's
/// text. Numbers are doubles, as in the reference, but for whole ones beyond 2^53, which are integers and exact; of a
/// key given twice the last counts.
class JsonNode {
 public:
  [[nodiscard]] bool is_array() const { return raw_.front() == '['; }
  /// The text of this object or array as it was.
  [[nodiscard]] std::string_view raw() const { return raw_; }
  [[nodiscard]] std::size_t size() const;
  /// The member `key` of an object, or null where there is none (or this is an array).
  [[nodiscard]] const Value* find(std::string_view key) const;
  /// Element `i` of an array, or value `i` of an object in the order of the text; i < size().
  [[nodiscard]] Value at(std::size_t i) const;
  /// Key `i` of an object.
  [[nodiscard]] std::string_view key(std::size_t i) const;

 private:
  friend class JsonDocument;
  struct Member {
    std::string_view key;
    std::string_view raw;  ///< text of the value; data() is null once `value` holds it
    Value value;
  };
  JsonNode(JsonDocument& document, std::string_view raw) : document_(&document), raw_(raw) {}
  Value& take(std::size_t i) const;

  JsonDocument* document_;
  std::string_view raw_;
  mutable Member* members_ = nullptr;  ///< null until somebody looks inside
  mutable std::uint32_t size_ = 0;
  mutable bool indexed_ = false;
};

/// One JSON text, typically a log line, reused from line to line. Not for use by several threads at once.
class JsonDocument {
 public:
  /// @param limit bytes that one text's values may take
  explicit JsonDocument(std::size_t limit = 16UL << 20);
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  ~JsonDocument();

  /// Takes a new text; every Value of the one before dies. Nothing is parsed yet, but the text is copied.
  void reset(std::string_view text);
  /// The text as a value: an object or array stays lazy. Nil when it is not JSON, or nothing but white space.
  [[nodiscard]] Value root();
  /// Whether something that was looked at turned out not to be JSON, or too large; what was wanted is then nil.
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  friend class JsonNode;
  struct Parser;
  /// Finds the members of `node`, which lies in the buffer.
  void index(const JsonNode& node);
  [[nodiscard]] Value decode(std::string_view raw);
  [[nodiscard]] std::string_view text_of(std::string_view quoted);

  std::unique_ptr<Parser> parser_;
  std::unique_ptr<char[]> buffer_;  ///< the text and the padding that simdjson reads past the end
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  bool escapes_ = false;  ///< whether there is a backslash in the text; few lines have one
  Arena arena_;
  bool malformed_ = false;
};

}  // namespace taffrail::expr
