// What a group remembers as bytes, for the store: little-endian, the fields in order, of rings what is not 0.

#include <type_traits>

#include "alert/rule/group_state.hpp"

namespace taffrail::alert {
namespace {

constexpr std::uint8_t code_version = 1;
/// No time that is remembered lies further from 1970, in nanoseconds.
constexpr std::int64_t far = std::int64_t{1} << 62;

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<std::make_unsigned_t<Integer>>(value) >> (8 * i) & 0xFFU);
  }
}

void put(std::string& out, Time time) { put(out, time.time_since_epoch().count()); }

template <class Count, std::size_t size>
void put(std::string& out, const BucketRing<Count, size>& ring) {
  static_assert(size < 256);
  const std::size_t place = out.size();
  put(out, std::uint8_t{0});
  std::uint8_t filled = 0;
  for (std::size_t back = 0; back < size; ++back) {
    const Count count = ring.at(back);
    if (count == 0) continue;
    ++filled;
    put(out, static_cast<std::uint8_t>(back));
    put(out, count);
  }
  out[place] = static_cast<char>(filled);
}

/// Takes the fields one by one; what is not there is 0, and `good` tells in the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class Integer>
  Integer get() {
    if (bytes_.size() < sizeof(Integer)) {
      good_ = false;
      return 0;
    }
    std::make_unsigned_t<Integer> value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = static_cast<std::make_unsigned_t<Integer>>(
          value | std::make_unsigned_t<Integer>{static_cast<std::uint8_t>(bytes_[i])} << (8 * i));
    bytes_.remove_prefix(sizeof(Integer));
    return static_cast<Integer>(value);
  }
  Time time() { return Time(Duration(get<std::int64_t>())); }
  template <class Count, std::size_t size>
  void ring(BucketRing<Count, size>& ring) {
    for (std::uint8_t left = get<std::uint8_t>(); left > 0 && good_; --left) {
      const auto back = get<std::uint8_t>();
      const auto count = get<Count>();
      good_ = good_ && ring.add_at(back, count);
    }
  }
  /// Nothing was missing so far.
  [[nodiscard]] bool ok() const { return good_; }
  [[nodiscard]] bool good() const { return good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace

std::string GroupState::encode() const {
  std::string out;
  put(out, code_version);
  put(out, static_cast<std::uint8_t>(kind_));
  // A window of another length is another form.
  put(out, std::int64_t{(kind_ == Kind::sample ? votes_for_.width() : window_.width()).count()});
  unsigned flags = 0;
  for (const bool flag : {begun_, told_once_, fires_, matched_, pending_, holds_, runs_}) flags = flags << 1U | flag;
  put(out, static_cast<std::uint8_t>(flags));
  for (const Time time : {touched_, since_, began_, told_, held_, sampled_}) put(out, time);
  put(out, untold_);
  switch (kind_) {
    case Kind::at_once:
    case Kind::absent: break;
    case Kind::spike: put(out, history_); [[fallthrough]];
    case Kind::count: put(out, window_); break;
    case Kind::sample:
      put(out, before_at_ ? votes_for_.newest() - *before_at_ : std::int64_t{0});
      put(out, before_.for_it);
      put(out, before_.against);
      put(out, votes_for_);
      put(out, votes_against_);
      break;
  }
  return out;
}

Result<GroupState> GroupState::of(const Rule& rule, std::string_view bytes) {
  GroupState state(rule);
  Reader from(bytes);
  const auto version = from.get<std::uint8_t>();
  const auto kind = from.get<std::uint8_t>();
  const auto width = from.get<std::int64_t>();
  if (version != code_version || kind != static_cast<std::uint8_t>(state.kind_) ||
      width != (state.kind_ == Kind::sample ? state.votes_for_.width() : state.window_.width()).count())
    return fail(ErrorCode::invalid_argument, "what is remembered of a group is of another rule or version");
  auto flags = from.get<std::uint8_t>();
  for (bool* flag : {&state.runs_, &state.holds_, &state.pending_, &state.matched_, &state.fires_, &state.told_once_,
                     &state.begun_}) {
    *flag = (flags & 1U) != 0;
    flags = static_cast<std::uint8_t>(flags >> 1U);
  }
  bool good = flags == 0;
  for (Time* time : {&state.touched_, &state.since_, &state.began_, &state.told_, &state.held_, &state.sampled_}) {
    *time = from.time();
    const std::int64_t count = time->time_since_epoch().count();
    good = good && count < far && count > -far && *time <= state.touched_;
  }
  state.untold_ = from.get<std::uint64_t>();
  if (!good || !from.ok())
    return fail(ErrorCode::invalid_argument, "what is remembered of a group holds impossible times");
  for (auto* ring : {&state.votes_for_, &state.votes_against_}) ring->set_end(state.touched_);
  state.window_.set_end(state.touched_);
  state.history_.set_end(state.touched_);
  switch (state.kind_) {
    case Kind::at_once:
    case Kind::absent: break;
    case Kind::spike: from.ring(state.history_); [[fallthrough]];
    case Kind::count: from.ring(state.window_); break;
    case Kind::sample: {
      const auto before = from.get<std::int64_t>();
      state.before_ = {.for_it = from.get<std::uint16_t>(), .against = from.get<std::uint16_t>()};
      if (before >= 120 && before < far) state.before_at_ = state.votes_for_.newest() - before;
      from.ring(state.votes_for_);
      from.ring(state.votes_against_);
      break;
    }
  }
  // Nothing else than what was written, in the one form that it is written in.
  if (!from.good() || state.encode() != bytes)
    return fail(ErrorCode::invalid_argument, "what is remembered of a group is damaged");
  return state;
}

}  // namespace taffrail::alert
