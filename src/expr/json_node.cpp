#include "expr/json_node.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <simdjson.h>
#include <vector>

#include "expr/json_text.hpp"

namespace taffrail::expr {

namespace ondemand = simdjson::ondemand;

// Members found at one level before they are copied to the arena; kept for its memory.
struct JsonDocument::Parser {
  struct Found {
    std::string_view key;  ///< with its quotes; of an array, nothing
    std::string_view raw;
  };
  ondemand::parser parser;
  std::vector<Found> members;
};

namespace {

/// Doubles hold every whole number up to here.
constexpr double exact_integers = 9007199254740992.0;

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// A key as it stands, quotes and all, from its opening quote and the start of its value: back from there lie the colon
// and the closing quote, so a key costs the same whatever its length. Empty when something else lies there.
std::string_view key_before(const char* start, const char* value) {
  std::string_view text = trim_end({start, static_cast<std::size_t>(value - start)});
  if (text.empty() || text.back() != ':') return {};
  text.remove_suffix(1);
  text = trim_end(text);
  return text.size() < 2 || text.back() != '"' ? std::string_view() : text;
}

// The text between the start of a value and the start of what follows it, without the comma or bracket in between.
std::string_view value_before(const char* start, const char* next) {
  std::string_view text = trim_end({start, static_cast<std::size_t>(next - start)});
  if (!text.empty()) text.remove_suffix(1);
  return trim_end(text);
}

}  // namespace

JsonDocument::JsonDocument(std::size_t limit) : parser_(std::make_unique<Parser>()), arena_(limit) {}
JsonDocument::~JsonDocument() = default;

void JsonDocument::reset(std::string_view text) {
  arena_.reset();
  malformed_ = false;
  constexpr std::size_t keep = 1UL << 20;  // a buffer larger than this is given back when a short text follows
  if (text.size() + simdjson::SIMDJSON_PADDING > capacity_ || (capacity_ > keep && text.size() < keep / 2)) {
    capacity_ = text.size() * 2 + 1024 + simdjson::SIMDJSON_PADDING;
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  if (!text.empty()) std::memcpy(buffer_.get(), text.data(), text.size());
  std::memset(buffer_.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  size_ = text.size();
  escapes_ = !text.empty() && std::memchr(text.data(), '\\', text.size()) != nullptr;
}

Value JsonDocument::root() {
  std::string_view text(buffer_.get(), size_);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return decode(trim_end(text.substr(start)));
}

std::string_view JsonDocument::text_of(std::string_view quoted) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (!escapes_ || std::memchr(inner.data(), '\\', inner.size()) == nullptr) return inner;
  // Unescaping goes through a document of its own: the parser is free, since levels are indexed one at a time.
  const auto offset = static_cast<std::size_t>(quoted.data() - buffer_.get());
  auto document =
      parser_->parser.iterate(simdjson::padded_string_view(quoted.data(), quoted.size(), capacity_ - offset));
  std::string_view text;
  if (document.get_string().get(text) == simdjson::SUCCESS) return arena_.copy(text);
  if (const auto unescaped = unescape_json(inner)) return arena_.copy(*unescaped);
  malformed_ = true;
  return {};
}

Value JsonDocument::decode(std::string_view raw) {
  switch (raw.front()) {
    case '{':
    case '[': {
      const JsonNode* node = arena_.make<JsonNode>(JsonNode(*this, raw));
      if (node == nullptr) break;
      return Value::json(*node);
    }
    case '"':
      if (raw.size() < 2 || raw.back() != '"') break;
      return Value(text_of(raw));
    case 't':
      if (raw == "true") return Value(true);
      break;
    case 'f':
      if (raw == "false") return Value(false);
      break;
    case 'n':
      if (raw == "null") return {};
      break;
    default: {
      double number = 0;
      const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
      if (end != raw.data() + raw.size()) break;
      if (code == std::errc::result_out_of_range) break;
      // A double would round a whole number beyond 2^53 to a neighbour's.
      if (std::abs(number) >= exact_integers) {
        std::int64_t whole = 0;
        const auto [whole_end, fault] = std::from_chars(raw.data(), raw.data() + raw.size(), whole);
        if (fault == std::errc() && whole_end == end) return Value(whole);
      }
      return Value(number);
    }
  }
  malformed_ = true;
  return {};
}

void JsonDocument::index(const JsonNode& node) {
  node.indexed_ = true;
  auto& members = parser_->members;
  members.clear();
  const auto offset = static_cast<std::size_t>(node.raw_.data() - buffer_.get());
  ondemand::document document;
  bool good =
      parser_->parser.iterate(simdjson::padded_string_view(node.raw_.data(), node.raw_.size(), capacity_ - offset))
          .get(document) == simdjson::SUCCESS;
  // A value's text ends where the next member starts, so nothing is skipped twice. Members are made in place: copied
  // from the stack, eight bytes would be written and 32 read back at once, which costs more than all else here.
  const auto close_last = [&](const char* next) {
    if (members.empty()) return;
    std::string_view& last = members.back().raw;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): `next` is the end
    last = value_before(last.data(), next);
    good = good && !last.empty();
  };
  if (good && node.is_array()) {
    ondemand::array array;
    good = document.get_array().get(array) == simdjson::SUCCESS;
    if (good) {
      for (auto element : array) {
        ondemand::value value;
        good = element.get(value) == simdjson::SUCCESS;
        if (!good) break;
        const char* start = value.raw_json_token().data();
        close_last(start);
        members.emplace_back();
        members.back().raw = std::string_view(start, start);  // close_last() sets the end
      }
    }
  } else if (good) {
    ondemand::object object;
    good = document.get_object().get(object) == simdjson::SUCCESS;
    if (good) {
      for (auto field : object) {
        ondemand::raw_json_string name;
        ondemand::value value;
        good = field.key().get(name) == simdjson::SUCCESS && field.value().get(value) == simdjson::SUCCESS;
        if (!good) break;
        const char* start = value.raw_json_token().data();
        // Escapes are undone below, when the parser is free.
        const std::string_view key = key_before(name.raw() - 1, start);
        good = !key.empty();
        if (!good) break;
        close_last(key.data());
        members.emplace_back();
        members.back().key = key;
        members.back().raw = std::string_view(start, start);
      }
    }
  }
  if (good) close_last(node.raw_.data() + node.raw_.size());
  if (!good) {
    malformed_ = true;
    members.clear();
  }
  node.size_ = static_cast<std::uint32_t>(members.size());
  node.members_ = static_cast<JsonNode::Member*>(
      arena_.allocate(members.size() * sizeof(JsonNode::Member), alignof(JsonNode::Member)));
  if (node.members_ == nullptr) {
    malformed_ = true;
    node.size_ = 0;
    return;
  }
  JsonNode::Member* member = node.members_;
  for (const Parser::Found& found : members) {
    new (member++) JsonNode::Member{found.key.empty() ? found.key : text_of(found.key), found.raw, Value()};
  }
}

Value& JsonNode::take(std::size_t i) const {
  Member& member = members_[i];
  if (member.raw.data() != nullptr) {
    member.value = document_->decode(member.raw);
    member.raw = {};
  }
  return member.value;
}

std::size_t JsonNode::size() const {
  if (!indexed_) document_->index(*this);
  return size_;
}

const Value* JsonNode::find(std::string_view key) const {
  if (is_array()) return nullptr;
  for (std::size_t i = size(); i > 0; --i) {
    if (members_[i - 1].key == key) return &take(i - 1);
  }
  return nullptr;
}

Value JsonNode::at(std::size_t i) const { return take(i); }
std::string_view JsonNode::key(std::size_t i) const { return members_[i].key; }

}  // namespace taffrail::expr
