#include "alert/engine/silence_links.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "alert/notification_view.hpp"
#include "expr/condition.hpp"
#include "expr/environment.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;

const Time now = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27));

SecretBox box(char digit = '1') { return SecretBox::with_key(std::string(64, digit)).value(); }

std::string token_of(const std::string& link) { return link.substr(link.rfind('/') + 1); }

TEST(SilenceLinks, LeadToTheirAlertForSevenDays) {
  const SilenceLinks links(box(), "https://logs.example.com/base");
  const std::string link = links.link(4711, now);
  EXPECT_TRUE(link.starts_with("https://logs.example.com/base/silence/")) << link;
  const std::string token = token_of(link);
  EXPECT_EQ(token.size(), 64U);
  EXPECT_EQ(links.alert_of(token, now).value(), 4711);
  EXPECT_EQ(links.alert_of(token, now + SilenceLinks::valid_for - 1s).value(), 4711);
  const auto late = links.alert_of(token, now + SilenceLinks::valid_for);
  ASSERT_FALSE(late.has_value());
  EXPECT_TRUE(late.error().detail.contains("expired"));
  EXPECT_EQ(SilenceLinks(box(), "").link(4711, now), "");
}

TEST(SilenceLinks, CannotBeMadeOrChangedByOthers) {
  const SilenceLinks links(box(), "https://x");
  const std::string token = token_of(links.link(1, now));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(links.alert_of(other, now)) << i;
  }
  for (const std::string& bad : {std::string(), std::string("1"), token.substr(1), token + "A", token + token,
                                 std::string(64, 'A'), token + "=", std::string(10'000, 'x')})
    EXPECT_FALSE(links.alert_of(bad, now)) << bad;
  EXPECT_FALSE(SilenceLinks(box('2'), "https://x").alert_of(token, now)) << "another server's";
  EXPECT_NE(token, token_of(links.link(2, now)));
}

TEST(SilenceLinks, AreSignedWithAKeyOfTheirOwn) {
  const auto signature = box().sign(SecretBox::Purpose::silence, "x");
  const std::string text(signature.begin(), signature.end());
  EXPECT_TRUE(box().is_signed(SecretBox::Purpose::silence, "x", text));
  EXPECT_FALSE(box().is_signed(SecretBox::Purpose::silence, "y", text));
  EXPECT_FALSE(box().is_signed(static_cast<SecretBox::Purpose>(2), "x", text));
  EXPECT_FALSE(box().is_signed(SecretBox::Purpose::silence, "x", text.substr(1)));
  EXPECT_FALSE(box('2').is_signed(SecretBox::Purpose::silence, "x", text));
}

TEST(SilenceLinks, SilenceOneGroupOfOneRule) {
  for (const std::string value : {"api", "", "a\"b", "\\", "x\" or true or \"", "line\nbreak\t\x01\x7f",
                                  "sch\xC3\xB6n \xF0\x9F\x90\xB3", "\xFF\xFE", "{{ x }}"}) {
    Notification began;
    began.rule.id = 7;
    began.alert.group = {{"container.service", value}, {"level", "error"}};
    const std::string filter = filter_for(began);
    const auto condition = expr::Condition::compile(filter, expr::Environment::notification());
    ASSERT_TRUE(condition.has_value()) << filter << ": " << condition.error().detail;
    const auto holds = [&](const Notification& notification) {
      const NotificationView view(notification);
      return condition->matches(view.variables()).value();
    };
    EXPECT_TRUE(holds(began)) << filter;
    Notification other = began;
    other.rule.id = 8;
    EXPECT_FALSE(holds(other));
    other = began;
    other.alert.group[0].second += "x";
    EXPECT_FALSE(holds(other));
    other = began;
    other.alert.group.pop_back();
    EXPECT_FALSE(holds(other));
  }
}

}  // namespace
}  // namespace taffrail::alert
