#include "alert/notification.hpp"

#include <gtest/gtest.h>

#include <random>

namespace taffrail::alert {
namespace {

/// Random notifications: every member, with texts of quotes, controls and characters of all lengths.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  Notification notification() {
    Notification made;
    made.id = "n" + std::to_string(number());
    made.kind = pick({NotificationKind::fired, NotificationKind::repeated, NotificationKind::resolved,
                      NotificationKind::escalated, NotificationKind::test});
    made.time = time();
    made.rule = {number(), number(), text(), pick({Severity::info, Severity::warning, Severity::critical}),
                 text(),   text(),   text(), number(),
                 texts(),  text()};
    made.alert.id = number();
    made.alert.state = pick({AlertState::firing, AlertState::acknowledged, AlertState::silenced, AlertState::resolved});
    while (coin()) made.alert.group.emplace_back(text(), text());
    made.alert.count = random_();
    made.alert.late = coin();
    made.alert.started = time();
    if (coin()) made.container = container();
    switch (random_() % 4) {
      case 0: made.trigger = line(); break;
      case 1: made.trigger = sample(); break;
      case 2: made.trigger = EventFacts{text(), time(), texts()}; break;
      default: break;
    }
    made.detail = text();
    made.message = text();
    while (coin() && made.more.size() < Notification::most_lines) made.more.push_back(line());
    made.link = text();
    made.silence_link = text();
    return made;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::int64_t number() { return static_cast<std::int64_t>(random_()); }
  Time time() { return Time(Duration(number() / 2)); }
  template <class Value>
  Value pick(std::initializer_list<Value> all) {
    return all.begin()[random_() % all.size()];
  }
  std::string text() {
    std::string made;
    while (random_() % 8 != 0)
      made += pick<std::string>({"a", "\"", "\\", "\n", std::string(1, '\0'), "\x1b", "é", "漢", "😀", "</script>"});
    return made;
  }
  std::map<std::string, std::string> texts() {
    std::map<std::string, std::string> made;
    while (coin()) made.emplace(text(), text());
    return made;
  }
  double real() { return std::ldexp(static_cast<double>(number()), static_cast<int>(random_() % 100) - 80); }
  LineFacts line() {
    return {random_() >> 11,
            time(),
            time(),
            pick({text::Level::unknown, text::Level::error, text::Level::fatal}),
            pick({text::StdStream::out, text::StdStream::err}),
            pick({text::Kind::text, text::Kind::json, text::Kind::logfmt}),
            text(),
            coin()};
  }
  SampleFacts sample() {
    SampleFacts made;
    made.sample.time = time();
    for (const Metric& metric : all_metrics)
      if (coin()) made.sample.*metric.value = real();
    made.cpu_percent = real();
    made.memory_percent = real();
    if (coin()) made.restarts_per_hour = real();
    while (coin()) made.mounts.push_back({text(), {random_(), random_(), random_()}});
    return made;
  }
  ContainerFacts container() {
    ContainerFacts made{ContainerId(HostId("h" + std::to_string(number())), text()),
                        text(),
                        text(),
                        text(),
                        text(),
                        text(),
                        text(),
                        text(),
                        std::nullopt,
                        texts()};
    if (coin()) made.exit_code = static_cast<int>(random_() % 256);
    return made;
  }

  std::mt19937_64 random_;
};

TEST(Notification, IsReadBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Notification made = Maker(seed).notification();
    const auto read = notification_of(to_json(made));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(to_json(*read), to_json(made)) << "seed " << seed;
    if (!std::holds_alternative<SampleFacts>(made.trigger)) {  // whose fractions are kept to fifteen digits
      EXPECT_EQ(*read, made) << "seed " << seed << ": " << to_json(made);
    }
  }
}

TEST(Notification, KeepsBytesThatAreNoTextAsReplacements) {
  Notification made;
  made.id = "a";
  made.detail = "\xff\xc3";
  EXPECT_EQ(notification_of(to_json(made))->detail, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Notification, OfWhatNobodyWroteIsAnErrorThatNamesTheMember) {
  const std::pair<std::string, std::string_view> table[] = {
      {"", "notification: no JSON"},
      {"[]", "no JSON object"},
      {R"({"id":"a")", "no JSON"},
      {std::string(100'000, '['), "no JSON"},
      {R"({"id":"a","alert":)" + std::string(100'000, '{'), "no JSON"},
      {"{}", "'id' is missing"},
      {R"({"id":7})", "'id' is no text"},
      {R"({"id":"a","kind":"exploded"})", "'kind' has no such value"},
      {R"({"id":"a","time":"yesterday"})", "'time' is no time"},
      {R"({"id":"a","rule":[]})", "'rule' is no object"},
      {R"({"id":"a","rule":{"id":1.5}})", "'rule.id' is no whole number"},
      {R"({"id":"a","rule":{"id":9223372036854775808}})", "'rule.id' is no whole number"},
      {R"({"id":"a","rule":{"labels":{"a":1}}})", "'rule.labels' 'a' in it is no text"},
      {R"({"id":"a","alert":{"count":-1}})", "'alert.count' is no whole number"},
      {R"({"id":"a","alert":{"group":{}}})", "'alert.group' is no list"},
      {R"({"id":"a","alert":{"group":[7]}})", "'alert.group' has an entry"},
      {R"({"id":"a","log":{"level":"loud"}})", "'log.level' is no level"},
      {R"({"id":"a","sample":{"mounts":[{"total":"x"}]}})", "'sample.mounts[0].total' is no whole number"},
      {R"({"id":"a","sample":{"cpu":"x"}})", "'sample.cpu' is no number"},
      {R"({"id":"a","more":[{},{"text":null},{"text":[]}]})", "'more[2].text' is no text"},
  };
  for (const auto& [json, error] : table) {
    const auto read = notification_of(json);
    ASSERT_FALSE(read) << json;
    EXPECT_NE(read.error().detail.find(error), std::string::npos) << json << ": " << read.error().detail;
  }
  std::string many = R"({"id":"a","more":[{})";
  for (std::size_t i = 0; i < Notification::most_lines; ++i) many += ",{}";
  EXPECT_EQ(notification_of(many + "]}").error().detail, "'more' has more than 32 entries");
  EXPECT_EQ(notification_of(std::string(longest_notification + 1, ' ')).error().code, ErrorCode::too_large);
}

TEST(Notification, OfAnOlderVersionHasTheDefaults) {
  const auto read = notification_of(R"({"id":"a","of a later version":{}})");
  ASSERT_TRUE(read);
  Notification plain;
  plain.id = "a";
  EXPECT_EQ(*read, plain);
}

}  // namespace
}  // namespace taffrail::alert
