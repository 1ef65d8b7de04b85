#include "expr/shared_code.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_map>

#include "expr/builtin.hpp"
#include "expr/code_steps.hpp"

// Equal trees of steps get one number ("hash consing"): a step's key is its function, its constant operand and the
// numbers of its operands. A part that several others need is put behind a `once` step, which keeps its value. Only the
// steps above such parts are made anew; all others stay those of the programs, so a set of rules that share nothing
// takes nothing.

namespace taffrail::expr {
namespace {

constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);  // no operand

// Steps that take no longer than looking up what was kept, apart from their operands.
bool is_cheap(Code::Run run) {
  static const std::array cheap = {steps::constant,
                                   steps::variable,
                                   steps::group,
                                   steps::local,
                                   steps::item,
                                   steps::item_index,
                                   steps::accumulator,
                                   steps::logical_not,
                                   steps::all_of,
                                   steps::any_of,
                                   steps::conditional,
                                   steps::elvis,
                                   steps::coalesce,
                                   steps::chain,
                                   steps::equal_text,
                                   steps::not_equal_text,
                                   steps::equal_number,
                                   steps::not_equal_number,
                                   steps::in_strings,
                                   steps::starts_with_text,
                                   steps::compare_number<Comparison::less>,
                                   steps::compare_number<Comparison::less_equal>,
                                   steps::compare_number<Comparison::greater>,
                                   steps::compare_number<Comparison::greater_equal>,
                                   steps::compare_level<Comparison::less>,
                                   steps::compare_level<Comparison::less_equal>,
                                   steps::compare_level<Comparison::greater>,
                                   steps::compare_level<Comparison::greater_equal>};
  return std::ranges::find(cheap, run) != cheap.end();
}

template <class T>
void put(std::string& key, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// A constant as bytes that are equal for equal constants only.
void put_value(std::string& key, Value v) {
  put(key, v.kind());
  switch (v.kind()) {
    case Kind::nil:
    case Kind::cut:
    case Kind::error: return;
    case Kind::boolean:
    case Kind::integer:
    case Kind::duration: return put(key, v.as_int());
    case Kind::floating: return put(key, v.as_double());
    case Kind::zone: return put(key, v.zone_id());
    case Kind::time:
      put(key, v.as_instant().seconds);
      put(key, v.as_instant().nanoseconds);
      return put(key, v.zone_id());
    case Kind::string:
    case Kind::bytes:
      put(key, v.as_string().size());
      key += v.as_string();
      return;
    case Kind::array:
      put(key, v.as_array().data() == nullptr);  // the nil array
      put(key, v.as_array().size());
      for (const Value element : v.as_array()) put_value(key, element);
      return;
    case Kind::map: return put(key, &v.as_map());
    case Kind::object: return put(key, &v.as_object());
    case Kind::json: return put(key, &v.as_json());
  }
}

class Sharing {
 public:
  explicit Sharing(Arena& arena) : arena_(arena) {}

  std::uint32_t add(const Code* code) {
    if (code == nullptr) return none;
    Part part;
    part.code = code;
    part.a = add(code->a);
    part.b = add(code->b);
    for (const Code* operand : code->more) part.more.push_back(add(operand));
    const auto [found, fresh] = known_.emplace(key_of(part), static_cast<std::uint32_t>(parts_.size()));
    if (fresh) {
      describe(part);
      parts_.push_back(std::move(part));
    }
    return found->second;
  }
  void need(std::uint32_t id) {
    if (id != none) ++parts_[id].needed;
  }
  // Counts how often parts are needed, once all programs are known. A part that is kept needs its operands once; one
  // that cannot be kept needs them as often as it is needed itself. Operands have lower numbers than what they are of.
  void count_needs() {
    for (std::size_t i = parts_.size(); i > 0; --i) {
      const Part& part = parts_[i - 1];
      const std::uint32_t times = part.can_be_kept() ? 1 : part.needed;
      const auto add_to = [&](std::uint32_t id) {
        constexpr std::uint32_t often = 1'000'000;  // (# + #) + (# + #) … would count past any number
        if (id != none) parts_[id].needed = std::min(parts_[id].needed + times, often);
      };
      add_to(part.a);
      add_to(part.b);
      std::ranges::for_each(part.more, add_to);
    }
  }

  const Code* make(std::uint32_t id) {
    if (id == none) return nullptr;
    if (parts_[id].made != nullptr) return parts_[id].made;
    const Part& part = parts_[id];
    const Code* code = with_operands(part);
    if (part.can_be_kept() && part.needed > 1) {
      auto* once = arena_.make<Code>();
      once->run = steps::once;
      once->label = "once";
      once->at = code->at;
      once->slot = count_++;
      once->a = code;
      code = once;
    }
    return parts_[id].made = code;
  }

  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  struct Part {
    const Code* code = nullptr;
    std::uint32_t a = none;
    std::uint32_t b = none;
    std::vector<std::uint32_t> more;
    std::uint32_t needed = 0;  // by how many places that could evaluate it
    bool dear = false;         // worth keeping
    bool in_loop = false;      // means the item of a loop that it stands in
    bool tied = false;         // means a local, or another value each time
    const Code* made = nullptr;
    [[nodiscard]] bool can_be_kept() const { return dear && !in_loop && !tied; }
  };

  static std::string key_of(const Part& part) {
    const Code& code = *part.code;
    std::string key;
    put(key, code.run);
    // The place of a failure is no part of what a step means.
    put(key, code.run == steps::contains_folded ? 0U : code.slot);
    put_value(key, code.value);
    put(key, part.a);
    put(key, part.b);
    put(key, part.more.size());
    for (const std::uint32_t id : part.more) put(key, id);
    // Of what else a step may hold, the pattern is its value, too, and the environment is one for all.
    if (code.run == steps::builtin || code.run == steps::loop) put(key, code.builtin);
    return key;
  }

  void describe(Part& part) const {
    const Code& code = *part.code;
    part.dear = !is_cheap(code.run);
    part.in_loop = code.run == steps::item || code.run == steps::item_index || code.run == steps::accumulator;
    part.tied = code.run == steps::local || code.run == steps::let ||
                (code.run == steps::builtin && code.builtin->name == "now");
    const auto take = [&](std::uint32_t id, bool predicate) {
      if (id == none) return;
      const Part& operand = parts_[id];
      part.dear = part.dear || operand.dear;
      part.in_loop = part.in_loop || (operand.in_loop && !predicate);
      part.tied = part.tied || operand.tied;
    };
    take(part.a, false);
    take(part.b, code.run == steps::loop);
    for (const std::uint32_t id : part.more) take(id, false);
  }

  // The part's step, made anew when an operand was.
  const Code* with_operands(const Part& part) {
    const Code& was = *part.code;
    bool anew = false;
    const auto operand = [&](std::uint32_t id, const Code* given) {
      const Code* made = make(id);
      if (id == none || made == parts_[id].code) return given;
      anew = true;
      return made;
    };
    const Code* a = operand(part.a, was.a);
    const Code* b = operand(part.b, was.b);
    std::vector<const Code*> more;
    more.reserve(part.more.size());
    for (std::size_t i = 0; i < part.more.size(); ++i) more.push_back(operand(part.more[i], was.more[i]));
    if (!anew) return &was;
    auto* code = arena_.make<Code>(was);
    code->a = a;
    code->b = b;
    if (!more.empty()) {
      auto* room = arena_.array<const Code*>(more.size());
      std::ranges::copy(more, room);
      code->more = {room, more.size()};
    }
    return code;
  }

  Arena& arena_;
  std::vector<Part> parts_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::uint32_t count_ = 0;
};

}  // namespace

SharedCode::SharedCode(std::span<const Code* const> programs) {
  Sharing sharing(arena_);
  std::vector<std::uint32_t> ids;
  ids.reserve(programs.size());
  for (const Code* program : programs) {
    ids.push_back(sharing.add(program));
    sharing.need(ids.back());
  }
  sharing.count_needs();
  roots_.reserve(programs.size());
  for (const std::uint32_t id : ids) roots_.push_back(sharing.make(id));
  parts_ = sharing.count();
}

}  // namespace taffrail::expr
