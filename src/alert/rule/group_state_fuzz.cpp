#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule/group_state.hpp"

namespace {

using namespace taffrail;
using namespace taffrail::alert;

std::vector<RulePtr> rules() {
  std::vector<RulePtr> made;
  for (const char* json :
       {R"({"name":"n","log":"true"})", R"({"name":"n","log":"true","cooldown":"1m","resolve":"10m"})",
        R"({"name":"n","log":"true","count":{"over":3,"in":"2m"}})",
        R"({"name":"n","log":"true","absent":{"for":"10m","always":true},"cooldown":"1m"})",
        R"({"name":"n","log":"true","spike":{"factor":2,"in":"5m","min":2},"resolve":"false"})",
        R"({"name":"n","metric":"cpu > 1"})", R"({"name":"n","metric":"cpu > 1","for":"1m","share":0.5})",
        R"({"name":"n","metric":"cpu > 1","for":"1m"})"}) {
    auto spec = rule_of_json(json);
    if (!spec) std::abort();
    auto rule = Rule::compile(1, 1, std::move(*spec));
    if (!rule) std::abort();
    made.push_back(std::move(*rule));
  }
  return made;
}

/// What was encoded goes on as what was not.
void expect_same(const Rule& rule, const GroupState& state) {
  const std::string bytes = state.encode();
  if (bytes.size() > 1500) std::abort();
  const auto again = GroupState::of(rule, bytes);
  if (!again || again->encode() != bytes || again->due(rule) != state.due(rule)) std::abort();
}

}  // namespace

/// Bytes are a state that is encoded as they are, or an error; whatever happens to it then, it can be kept and due().
/// The first byte picks the rule, and whether the rest is a state or things that happen to a new one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<RulePtr> all = rules();
  if (size == 0) return 0;
  const Rule& rule = *all[data[0] % 8];
  GroupState state(rule);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] >= 128) {
    auto of = GroupState::of(rule, rest);
    if (!of) return 0;
    if (of->encode() != rest) std::abort();
    state = std::move(*of);
    rest = "\x10\x04\x21\xff\x32\x7f\x43\x01\x54\x80\x65\x20";
  }
  Time now = state.touched();
  for (; rest.size() >= 2; rest.remove_prefix(2)) {
    const auto what = static_cast<std::uint8_t>(rest[0]);
    // From a nanosecond to 36 years, either way.
    const std::int64_t step = std::int64_t{1} << (static_cast<std::uint8_t>(rest[1]) % 61U);
    now = moved(now, Duration((what & 0x08U) != 0 ? -step : step));
    switch (what % 8) {
      case 0: (void)state.take(rule, now, what); break;
      case 1: (void)state.take_resolved(rule, now); break;
      case 2:
      case 3: (void)state.take_sample(rule, now, what % 2 == 0); break;
      case 4: state.set_clock(now); break;
      case 5: (void)state.is_idle(rule, now); break;
      default: (void)state.pass(rule, now, what % 2 == 0);
    }
    expect_same(rule, state);
  }
  return 0;
}
