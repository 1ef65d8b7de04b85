#include "alert/destination/message.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <sodium.h>

#include "alert/destination/dialect.hpp"
#include "base/time_format.hpp"

namespace taffrail::alert {
namespace {

constexpr std::size_t longest_fact = 200;
constexpr std::size_t longest_line = 300;
constexpr std::size_t most_shown_lines = 10;

std::string title_of(const Notification& notification) {
  std::string title;
  switch (notification.kind) {
    case NotificationKind::fired:
    case NotificationKind::repeated: break;
    case NotificationKind::resolved: title = "Resolved: "; break;
    case NotificationKind::escalated: title = "Not acknowledged: "; break;
    case NotificationKind::test: title = "Test: "; break;
  }
  title += notification.rule.name.empty() ? "Alert" : notification.rule.name;
  if (const std::string subject = subject_of(notification); !subject.empty()) title += " (" + subject + ')';
  std::ranges::replace(title, '\n', ' ');
  return title;
}

/// "2026-11-21 09:10:05 UTC"
std::string readable(Time time) {
  std::string text = to_rfc3339(time);
  text[text.find('T')] = ' ';
  return text.substr(0, text.find('.')) + " UTC";
}

bool is_container(std::string_view by) { return by == "container" || by == "container.id" || by == "id"; }

/// A text that grows by pieces as long as they fit.
class Room {
 public:
  Room(Dialect dialect, Limit limit) : dialect_(dialect), limit_(limit) {}

  [[nodiscard]] std::size_t left() const { return limit_.most - std::min(limit_.most, size_in(limit_.unit, text_)); }
  /// A line of its own, at most `most` of it; not at all where it does not fit.
  void line(std::string_view before, std::string_view text, std::size_t most) {
    std::string line;
    if (!text_.empty()) line = dialect_ == Dialect::card ? "\n\n" : "\n";
    append_escaped(line, before, dialect_, {most, Unit::characters});
    append_escaped(line, text, dialect_, {most, Unit::characters});
    add(line);
  }
  void link(std::string_view label, std::string_view address) {
    if (!is_link(address)) return;
    std::string line;
    if (!text_.empty()) line = dialect_ == Dialect::card ? "\n\n" : "\n";
    append_link(line, label, address, dialect_);
    add(line);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add(const std::string& line) {
    if (size_in(limit_.unit, line) <= left()) text_ += line;
  }
  Dialect dialect_;
  Limit limit_;
  std::string text_;
};

std::string text_of(const Service& service, const Notification& notification) {
  const Limit limit = service.text_limit;
  // What it is about, last and at most half of the room; before it what happened, and then lines, as far as they fit.
  Room about(service.dialect, {limit.most / 2, limit.unit});
  for (const auto& [label, value] : facts_of(notification)) about.line(std::string(label) + ": ", value, longest_fact);
  about.link("Runbook", notification.rule.runbook);
  if (!service.places_link) about.link("Open in Taffrail", notification.link);
  about.link("Silence", notification.silence_link);
  const std::string below = about.take();

  const std::size_t gap = service.dialect == Dialect::card ? 4 : 2;
  const std::size_t above = limit.most - size_in(limit.unit, below) - gap;
  std::string text;
  append_escaped(text, notification.message.empty() ? notification.detail : notification.message, service.dialect,
                 {above, limit.unit});
  Room lines(service.dialect, {above - std::min(above, size_in(limit.unit, text) + gap), limit.unit});
  std::size_t shown = 0;
  for (const LineFacts& line : notification.more)
    if (shown++ < most_shown_lines) lines.line("\xE2\x80\xA2 ", line.text, longest_line);
  const std::string_view blank = service.dialect == Dialect::card ? "\n\n" : "\n";
  if (const std::string more = lines.take(); !more.empty()) text.append(blank).append(more);
  if (!below.empty()) text.append(text.empty() ? "" : blank).append(text.empty() ? "" : "\n").append(below);
  return text;
}

}  // namespace

std::string subject_of(const Notification& notification) {
  if (notification.container && !notification.container->name.empty()) return notification.container->name;
  std::string values;
  for (const auto& [by, value] : notification.alert.group) {
    if (value.empty() || is_container(by)) continue;
    if (!values.empty()) values += ", ";
    values += value;
  }
  if (values.empty() && notification.container) return notification.container->host_name;
  return values;
}

std::vector<std::pair<std::string_view, std::string>> facts_of(const Notification& notification) {
  std::vector<std::pair<std::string_view, std::string>> facts;
  const auto add = [&](std::string_view label, std::string value) {
    if (!value.empty()) facts.emplace_back(label, std::move(value));
  };
  add("Severity", std::string(to_string(notification.rule.severity)));
  if (notification.container) {
    add("Container", notification.container->name);
    add("Image", notification.container->image);
    add("Host", notification.container->host_name);
  }
  std::string group;
  for (const auto& [by, value] : notification.alert.group) {
    if (is_container(by)) continue;
    if (!group.empty()) group += ", ";
    group.append(by).append(" = ").append(value);
  }
  add("Group", group);
  if (notification.alert.count > 1) add("Matches", std::to_string(notification.alert.count));
  if (notification.alert.late) add("Late", "it happened while Taffrail did not run, and was read later");
  if (is_over(notification) && notification.time > notification.alert.started)
    add("Lasted",
        to_duration_text(std::chrono::floor<std::chrono::seconds>(notification.time - notification.alert.started)));
  add("Time", readable(notification.time));
  return facts;
}

std::string alert_key(const Notification& notification) {
  crypto_generichash_state state;
  constexpr std::size_t bytes = 16;
  crypto_generichash_init(&state, nullptr, 0, bytes);
  const auto add = [&](std::string_view part) {
    const std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  };
  const AlertFacts& alert = notification.alert;
  add(std::to_string(notification.rule.id));
  add(notification.rule.name);
  add(std::to_string(alert.id));
  if (alert.id != 0) add(std::to_string(alert.started.time_since_epoch().count()));
  for (const auto& [by, value] : alert.group) {
    add(by);
    add(value);
  }
  // Another container of the same group may be the one that ends it.
  if (alert.group.empty() && notification.container) add(notification.container->id.full());
  std::array<unsigned char, bytes> hash{};
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::string hex(2 * bytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  hex.pop_back();
  return hex;
}

std::uint32_t color_of(const Notification& notification) {
  if (is_over(notification)) return 0x2DA44E;
  switch (notification.rule.severity) {
    case Severity::info: return 0x218BFF;
    case Severity::warning: return 0xD4A72C;
    case Severity::critical: return 0xCF222E;
  }
  return 0;
}

Message message_of(const Service& service, const Notification& notification, const Values& settings) {
  Message message{notification, settings, {}, text_of(service, notification), alert_key(notification)};
  append_escaped(message.title, title_of(notification), service.dialect, service.title_limit);
  return message;
}

}  // namespace taffrail::alert
