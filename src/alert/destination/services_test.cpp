// Each row of the table of services: what is sent for a line, a sample, an event and the end of an alert, beside what
// its maker asks for; limits; hostile texts.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <set>

#include "alert/destination/destination.hpp"
#include "alert/destination/dialect.hpp"
#include "alert/destination/email.hpp"
#include "alert/destination/message.hpp"
#include "alert/destination/request.hpp"
#include "alert/destination/webhook_body.hpp"
#include "base/time_format.hpp"
#include "expr/base64.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;

const SecretBox box = SecretBox::with_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
const SecretReader secrets(box, [](const std::string&) { return std::nullopt; });

Time at(std::string_view text) { return *parse_rfc3339(text); }

/// The common part of all notifications here.
Notification base(std::string type, std::string condition) {
  Notification made;
  made.id = "01JD5Z8T4R";
  made.time = at("2026-11-21T09:10:05.5Z");
  made.rule = {.id = 4,
               .version = 2,
               .name = "api 5xx",
               .severity = Severity::critical,
               .containers = "name contains \"api\"",
               .type = std::move(type),
               .condition = std::move(condition),
               .cooldown_seconds = 300,
               .labels = {{"team", "web"}},
               .runbook = "https://wiki.example.org/5xx"};
  made.alert = {.id = 17,
                .state = AlertState::firing,
                .group = {},
                .count = 3,
                .late = false,
                .started = at("2026-11-21T09:10:00Z")};
  made.container = ContainerFacts{.id = ContainerId(HostId("engine1"), "0123456789abcdef0123456789abcdef"),
                                  .host_name = "box",
                                  .name = "api-1",
                                  .image = "example/api:1.2",
                                  .state = "running",
                                  .health = "none",
                                  .service = "api",
                                  .project = "shop",
                                  .exit_code = std::nullopt,
                                  .labels = {{"com.docker.compose.service", "api"}}};
  made.link = "https://taffrail.example.org/alerts/17";
  return made;
}

LineFacts line(std::string text, text::Kind kind = text::Kind::text) {
  LineFacts made;
  made.seq = 7;
  made.time = at("2026-11-21T09:10:05.123456789Z");
  made.level = text::Level::error;
  made.stream = text::StdStream::err;
  made.kind = kind;
  made.text = std::move(text);
  return made;
}

Notification log() {
  Notification made = base("log", "message.status >= 500");
  made.trigger = line(R"({"status":502,"path":"/a"})", text::Kind::json);
  made.detail = R"({"status":502,"path":"/a"})";
  made.more = {line("GET /b 500"), line("GET /c 503")};
  made.silence_link = "https://taffrail.example.org/silence/AbC-_9";
  return made;
}

Notification metric() {
  Notification made = base("metric", "cpu > 90");
  made.rule.severity = Severity::warning;
  SampleFacts facts;
  facts.sample.time = made.time;
  facts.sample.memory = 1048576;
  facts.cpu_percent = 97.25;
  facts.memory_percent = 50;
  facts.mounts = {{"/data", {1000, 100, 90}}};
  made.trigger = facts;
  made.detail = "CPU: 97.3%, Memory: 50.0%";
  made.message = "api-1 is busy";
  return made;
}

Notification event() {
  Notification made = base("event", "name == \"die\"");
  made.rule.severity = Severity::info;
  made.rule.cooldown_seconds = 0;
  made.rule.runbook.clear();
  made.alert.group = {{"container.service", "api"}};
  made.alert.count = 1;
  made.alert.late = true;
  made.link.clear();
  made.trigger = EventFacts{"die", at("2026-11-21T09:10:05Z"), {{"exitCode", "137"}}};
  made.detail = "Container event: die (exit code 137)";
  return made;
}

Notification resolved() {
  Notification made = log();
  made.kind = NotificationKind::resolved;
  made.alert.state = AlertState::resolved;
  made.more.clear();
  made.detail = "no match for 10m";
  made.silence_link.clear();
  return made;
}

const std::pair<const char*, Notification (*)()> kinds[] = {
    {"log", log}, {"metric", metric}, {"event", event}, {"resolved", resolved}};

Request request(const Service& service, const Destination& destination, const Notification& notification) {
  Redaction redaction;
  const auto values = values_of(service, destination, secrets, redaction);
  if (!values) throw std::runtime_error(values.error().detail);
  auto made = request_of(service, destination, *values, secrets, notification, "taffrail/test",
                         at("2026-11-21T09:10:06Z"), redaction);
  if (!made) throw std::runtime_error(made.error().detail);
  return *std::move(made);
}

json::value read_file(const std::string& name) {
  std::ifstream file(std::string(TAFFRAIL_SERVICES_TEST_DATA) + '/' + name);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  return failed ? json::value() : value;
}

/// The destination that the file of a service has.
Destination example(const Service& service) {
  const json::value file = read_file(std::string(service.type) + ".json");
  return destination_of_json(json::serialize(file.at("destination")), box).value();
}

json::value as_json(const Request& request) {
  json::object headers;
  for (const auto& [name, value] : request.headers) headers[name] = value;
  json::object made{{"method", request.method}, {"url", request.url}, {"headers", headers}};
  made["body"] = request.body.empty() ? json::value() : json::parse(request.body);
  return made;
}

TEST(Services, AreSentExactlyWhatTheirDescriptionsAskFor) {
  for (const Service& service : services()) {
    if (service.transport != Transport::http) continue;
    // The file has the destination as people write it, and the four requests. What is to change there is printed here.
    const std::string file = std::string(service.type) + ".json";
    const json::value golden = read_file(file);
    ASSERT_TRUE(golden.is_object()) << file;
    const auto destination = destination_of_json(json::serialize(golden.at("destination")), box);
    ASSERT_TRUE(destination) << file << ": " << destination.error().detail;
    for (const auto& [kind, make] : kinds) {
      const json::value made = as_json(request(service, *destination, make()));
      const json::value* expected = golden.as_object().if_contains(kind);
      EXPECT_TRUE(expected && *expected == made) << file << ' ' << kind << ": " << json::serialize(made);
    }
  }
}

TEST(Services, AreSentRequestsThatNameTheNotification) {
  for (const Service& service : services()) {
    if (service.transport != Transport::http) continue;
    const auto destination = example(service);
    const Request made = request(service, destination, log());
    const auto find = [&](std::string_view name) {
      for (const auto& [there, value] : made.headers)
        if (there == name) return value;
      return std::string();
    };
    EXPECT_EQ(find("Idempotency-Key"), "01JD5Z8T4R") << service.type;
    EXPECT_EQ(find("User-Agent"), "taffrail/test") << service.type;
    EXPECT_EQ(find("Content-Type"), made.method == "GET" ? "" : "application/json") << service.type;
  }
}

TEST(Services, SendTheReferencesObjectToAWebhookWithoutATemplate) {
  const std::string after =
      R"(,"timestamp":"2026-11-21T09:10:05.5Z","rule":{"id":4,"version":2,"name":"api 5xx","severity":)";
  const std::string container =
      R"("container":{"id":"0123456789ab","name":"api-1","image":"example/api:1.2","state":"running","health":"","hostId":"engine1","hostName":"box","labels":{"com.docker.compose.service":"api"}},)";
  EXPECT_TRUE(webhook_body(log()).starts_with(
      R"({"id":"01JD5Z8T4R","type":"log","detail":"{\"status\":502,\"path\":\"/a\"}",)" + container +
      R"("log":{"id":2439018858,"message":{"status":502,"path":"/a"},"timestamp":1795252205123,"level":"error","stream":"stderr","type":"complex"},)"
      R"("subscription":{"id":4,"name":"api 5xx","logExpression":"message.status >= 500","containerExpression":"name contains \"api\"","cooldown":300})" +
      after))
      << webhook_body(log());
  EXPECT_TRUE(webhook_body(metric()).starts_with(
      R"({"id":"01JD5Z8T4R","type":"metric","detail":"CPU: 97.3%, Memory: 50.0%",)" + container +
      R"("stat":{"cpu":97.25,"memory":50,"memoryUsage":1048576,"mounts":[{"destination":"/data","totalBytes":1000,"freeBytes":100,"usedBytes":900,"usedPercent":90,"availableBytes":90}]},)"
      R"("subscription":{"id":4,"name":"api 5xx","containerExpression":"name contains \"api\"","metricExpression":"cpu > 90","cooldown":300})" +
      after))
      << webhook_body(metric());
  EXPECT_TRUE(webhook_body(event()).starts_with(
      R"j({"id":"01JD5Z8T4R","type":"event","detail":"Container event: die (exit code 137)",)j" + container +
      R"("event":{"name":"die","actorId":"0123456789ab","attributes":{"exitCode":"137"},"timestamp":"2026-11-21T09:10:05Z"},)"
      R"("subscription":{"id":4,"name":"api 5xx","containerExpression":"name contains \"api\"","eventExpression":"name == \"die\""})" +
      after))
      << webhook_body(event());
  EXPECT_TRUE(webhook_body(event()).ends_with(
      R"("info","labels":{"team":"web"},"runbook":""},"alert":{"id":17,"state":"firing","group":{"container.service":"api"},"count":1,"late":true,"kind":"fired","started":"2026-11-21T09:10:00.000000000Z","message":"","lines":[]},"link":"","silence_link":""})"))
      << webhook_body(event());

  Notification logfmt = log();
  logfmt.trigger = line(R"(level=error msg="it \"broke\"" n=1)", text::Kind::logfmt);
  EXPECT_NE(webhook_body(logfmt).find(R"("message":{"level":"error","msg":"it \"broke\"","n":"1"})"), std::string::npos)
      << webhook_body(logfmt);
  Notification broken = log();
  broken.trigger = line(R"({"cut":"o)", text::Kind::json);
  EXPECT_NE(webhook_body(broken).find(R"("message":"{\"cut\":\"o")"), std::string::npos);
  Notification bare;
  bare.id = "x";
  EXPECT_TRUE(json::parse(webhook_body(bare)).at("container").at("name").as_string().empty());
}

/// A megabyte of a piece.
std::string megabyte_of(std::string_view piece) {
  std::string text;
  while (text.size() < 1024UZ * 1024) text += piece;
  return text;
}

Notification huge(std::string_view piece) {
  Notification made = log();
  made.detail = megabyte_of(piece);
  made.rule.name = megabyte_of(piece).substr(0, 10'000);
  made.container->name = made.rule.name;
  made.container->image = made.rule.name;
  made.container->host_name = made.rule.name;
  made.container->service = made.rule.name;
  made.alert.group = {{made.rule.name, made.rule.name}};
  made.rule.labels = {{"a", made.rule.name}};
  for (int i = 0; i < 30; ++i) made.more.push_back(line(made.rule.name));
  return made;
}

std::size_t size_at(const json::value& body, std::string_view pointer, Unit unit) {
  const json::string& text = body.at_pointer(json::string_view(pointer.data(), pointer.size())).as_string();
  return size_in(unit, {text.data(), text.size()});
}

// Pieces whose escapes are long, that are many bytes for a character, that are cut easily, that are no text.
const std::string_view pieces[] = {"a",    "\"", "\\",           "<",    "&",    "\n", "*", "@", "é",
                                   "漢字", "😀", "\xf0\x9f\x98", "\xff", "\x01", "] "};

TEST(Services, AreSentNoMoreThanTheyTake) {
  struct Bound {
    std::string_view type;
    std::string_view pointer;  // empty: the whole body
    std::size_t most;
    Unit unit;
  };
  // As the makers document them (Service::reference).
  const Bound bounds[] = {
      {"slack", "/blocks/0/text/text", 150, Unit::utf16},
      {"slack", "/blocks/1/text/text", 3000, Unit::characters},
      {"discord", "/embeds/0/title", 256, Unit::utf16},
      {"discord", "/embeds/0/description", 4096, Unit::utf16},
      {"teams", "", 28UZ * 1024, Unit::bytes},
      {"telegram", "/text", 4096, Unit::utf16},
      {"ntfy", "/message", 4096, Unit::bytes},
      {"pushover", "/title", 250, Unit::characters},
      {"pushover", "/message", 1024, Unit::characters},
      {"pagerduty", "/payload/summary", 1024, Unit::characters},
      {"pagerduty", "", 512UZ * 1024, Unit::bytes},
      {"opsgenie", "/message", 130, Unit::characters},
      {"opsgenie", "/alias", 512, Unit::characters},
      {"opsgenie", "/description", 15000, Unit::characters},
      {"opsgenie", "/source", 100, Unit::characters},
      {"matrix", "", 65536, Unit::bytes},
      {"mattermost", "/text", 16383, Unit::characters},
      {"googlechat", "/text", 4096, Unit::characters},
      {"signal", "/message", 2000, Unit::bytes},
      {"gotify", "", 64UZ * 1024, Unit::bytes},
      {"apprise", "", 64UZ * 1024, Unit::bytes},
      {"alertmanager", "", 64UZ * 1024, Unit::bytes},
  };
  std::set<std::string_view> seen;
  for (const std::string_view piece : pieces) {
    const Notification notification = huge(piece);
    std::map<std::string_view, Request> requests;
    for (const Bound& bound : bounds) {
      seen.insert(bound.type);
      const Service& service = *find_service(bound.type);
      auto& made = requests[bound.type];
      if (made.url.empty()) made = request(service, example(service), notification);
      boost::system::error_code failed;
      const json::value body = json::parse(made.body, failed);
      ASSERT_FALSE(failed) << service.type << ' ' << piece;
      EXPECT_TRUE(text::is_valid_utf8(made.body));
      const std::size_t size = bound.pointer.empty() ? made.body.size() : size_at(body, bound.pointer, bound.unit);
      EXPECT_LE(size, bound.most) << service.type << ' ' << bound.pointer << " of " << piece;
      if (bound.pointer == "/text" || bound.pointer == "/message" || bound.pointer == "/embeds/0/description") {
        const bool shown = piece != "\x01";
        if (shown && bound.type != "opsgenie") {
          EXPECT_GT(size, bound.most / 2) << "and what there is room for: " << service.type << " of " << piece;
        }
      }
    }
  }
  for (const Service& service : services())
    if (service.body && service.type != "heartbeat") EXPECT_TRUE(seen.contains(service.type)) << service.type;
}

TEST(Services, ShowHostileTextAsItIs) {
  Notification hostile = log();
  hostile.detail =
      "@everyone @here @channel <!channel> <!here> <@U1> <users/all> @room <script>alert('x')</script> "
      "[click](http://evil) *b* _i_ `c` "
      "</b> \"quoted\" \\ {{ .Detail }} \x1b[31mred\x07 \xe2\x80\xaetxt.exe \r\nX-Smuggled: yes";
  hostile.rule.name = hostile.detail;
  hostile.container->name = hostile.detail;
  hostile.rule.runbook = "javascript:alert(1)";
  hostile.link = "https://x/\"><script>";
  const std::pair<std::string_view, std::vector<std::string_view>> never[] = {
      {"slack", {"<!channel>", "<!here>", "<@U1>", "<script>"}},
      {"discord", {"@everyone", "@here", "<@U1>", "[click](", " *b*", "`c`"}},
      {"mattermost", {"@channel", "@here", "[click](", " *b*"}},
      {"teams", {"[click](", " *b*"}},
      {"telegram", {"<script>", "</b> \""}},
      {"matrix", {}},
      {"googlechat", {"<users/all>", "<script>"}},
  };
  for (const Service& service : services()) {
    if (service.transport != Transport::http) continue;
    const auto destination = example(service);
    const Request made = request(service, destination, hostile);
    if (made.body.empty()) continue;
    boost::system::error_code failed;
    const json::value body = json::parse(made.body, failed);
    ASSERT_FALSE(failed) << service.type << ": " << made.body;
    for (const auto& [name, value] : made.headers) EXPECT_FALSE(value.contains('\n')) << service.type;
    if (service.type == "webhook") continue;  // JSON for programs
    EXPECT_FALSE(made.body.contains("\xe2\x80\xae")) << service.type << " turns the text around";
    EXPECT_FALSE(made.body.contains("\\u001b")) << service.type;
    EXPECT_FALSE(made.body.contains("javascript:")) << service.type;
    EXPECT_FALSE(made.body.contains("https://x/")) << service.type;
    for (const auto& [type, texts] : never)
      for (const std::string_view text : texts)
        if (type == service.type) {
          std::string inside;
          text::JsonWriter(inside).value(text);
          EXPECT_FALSE(made.body.contains(inside.substr(1, inside.size() - 2)))
              << type << " is sent " << text << ": " << made.body;
        }
  }
  const auto matrix = example(*find_service("matrix"));
  const json::value body = json::parse(request(*find_service("matrix"), matrix, hostile).body);
  EXPECT_FALSE(std::string_view(body.at("formatted_body").as_string()).contains("<script>"));
  EXPECT_TRUE(body.at("m.mentions").as_object().empty());
}

TEST(Services, KnowAnAlertByTheSameNameFromItsBeginToItsEnd) {
  EXPECT_EQ(alert_key(log()), alert_key(resolved()));
  Notification other = resolved();
  other.alert.started += std::chrono::seconds(1);
  EXPECT_NE(alert_key(log()), alert_key(other));
  other = resolved();
  other.alert.group = {{"a", "b"}};
  EXPECT_NE(alert_key(log()), alert_key(other));
  const auto alertmanager = example(*find_service("alertmanager"));
  const auto labels = [&](const Notification& of) {
    return json::parse(request(*find_service("alertmanager"), alertmanager, of).body).at(0).at("labels");
  };
  EXPECT_EQ(labels(log()), labels(resolved()));
}

TEST(Dialect, CutsBetweenCharactersAndNotInEscapes) {
  const auto cut = [](std::string_view text, Dialect dialect, std::size_t most, Unit unit) {
    std::string out;
    append_escaped(out, text, dialect, {most, unit});
    return out;
  };
  EXPECT_EQ(cut("abc", Dialect::plain, 3, Unit::bytes), "abc");
  EXPECT_EQ(cut("abcdef", Dialect::plain, 5, Unit::bytes), "ab\xE2\x80\xA6");
  EXPECT_EQ(cut("abcdef", Dialect::plain, 5, Unit::characters), "abcd\xE2\x80\xA6");
  EXPECT_EQ(cut("é漢😀x", Dialect::plain, 8, Unit::bytes), "é漢\xE2\x80\xA6");
  EXPECT_EQ(cut("é漢😀x", Dialect::plain, 4, Unit::utf16), "é漢\xE2\x80\xA6");
  EXPECT_EQ(cut("é漢😀", Dialect::plain, 4, Unit::utf16), "é漢😀");
  EXPECT_EQ(cut("a<<<", Dialect::html, 9, Unit::bytes), "a&lt;\xE2\x80\xA6");
  EXPECT_EQ(cut("**", Dialect::markdown, 4, Unit::bytes), "\\*\\*");
  EXPECT_EQ(cut("***", Dialect::markdown, 5, Unit::bytes), "\\*\xE2\x80\xA6");
  EXPECT_EQ(cut("abc", Dialect::plain, 0, Unit::bytes), "");
  EXPECT_EQ(cut("a\nb\tc\rd\x7f", Dialect::plain, 99, Unit::bytes), "a\nb\tcd");
  for (const Dialect dialect :
       {Dialect::plain, Dialect::html, Dialect::mrkdwn, Dialect::markdown, Dialect::card, Dialect::chat})
    for (const Unit unit : {Unit::bytes, Unit::characters, Unit::utf16})
      for (std::size_t most = 0; most < 60; ++most) {
        const std::string made = cut("<é\"漢&😀*\n@\xff\xe2\x80\xaeqqq", dialect, most, unit);
        EXPECT_LE(size_in(unit, made), most);
        EXPECT_TRUE(text::is_valid_utf8(made));
      }
}

TEST(Dialect, TakesOnlyLinksThatCannotBreakOut) {
  for (const char* good : {"https://a.example/b?c=d&e=%20", "http://127.0.0.1:8080/"})
    EXPECT_TRUE(is_link(good)) << good;
  for (const char* bad : {"", "javascript:alert(1)", "https://a/\"", "https://a/ b", "https://a/<", "https://a/)",
                          "https://a/|", "https://a/\n", "ftp://a"})
    EXPECT_FALSE(is_link(bad)) << bad;
  EXPECT_FALSE(is_link("https://" + std::string(2000, 'a')));
}

std::string email(const Notification& notification, const std::string& from = "Ops Team <ops@example.org>") {
  const auto destination =
      destination_of_json(json::serialize(json::object{{"name", "a"},
                                                       {"type", "email"},
                                                       {"host", "mail"},
                                                       {"from", from},
                                                       {"to", json::array{"a@example.org", "Jürgen <j@example.org>"}}}),
                          box);
  Redaction redaction;
  const Service& service = *find_service("email");
  const auto values = values_of(service, destination.value(), secrets, redaction);
  return email_of(message_of(service, notification, values.value()));
}

TEST(Email, IsAMessageWithTwoParts) {
  const std::string text = email(log());
  const std::string head = text.substr(0, text.find("\r\n\r\n"));
  EXPECT_EQ(head,
            "Date: Sat, 21 Nov 2026 09:10:05 +0000\r\n"
            "From: Ops Team <ops@example.org>\r\n"
            "To: a@example.org,\r\n =?UTF-8?B?SsO8cmdlbg==?= <j@example.org>\r\n"
            "Subject: api 5xx (api-1)\r\n"
            "Message-ID: <01JD5Z8T4R@example.org>\r\n"
            "In-Reply-To: <" +
                alert_key(log()) +
                ".alert@example.org>\r\n"
                "References: <" +
                alert_key(log()) +
                ".alert@example.org>\r\n"
                "Auto-Submitted: auto-generated\r\n"
                "X-Taffrail-Severity: critical\r\n"
                "MIME-Version: 1.0\r\n"
                "Content-Type: multipart/alternative; boundary=\"=_" +
                alert_key(log()) + "\"");
  const auto part = [&](std::string_view type) {
    const std::size_t at = text.find("Content-Type: " + std::string(type));
    const std::size_t body = text.find("\r\n\r\n", at) + 4;
    return expr::from_base64(text.substr(body, text.find("\r\n--", body) - body)).value();
  };
  EXPECT_TRUE(part("text/plain").starts_with("{\"status\":502,\"path\":\"/a\"}\r\n\xE2\x80\xA2 GET /b 500\r\n"))
      << part("text/plain");
  EXPECT_TRUE(part("text/html").contains("{&quot;status&quot;:502")) << part("text/html");
  EXPECT_TRUE(part("text/html").contains("<a href=\"https://taffrail.example.org/alerts/17\">Open in Taffrail</a>"));
  EXPECT_NE(email(resolved()).find("Subject: Resolved: api 5xx (api-1)\r\n"), std::string::npos);
}

TEST(Email, LetsNothingBecomeAHeaderOrTheEndOfTheMessage) {
  Notification hostile = log();
  hostile.rule.name = "a\r\nBcc: everyone@example.org\r\n\r\nbody =?UTF-8?B?eA==?= \x01 Ünï";
  hostile.container->name = hostile.rule.name;
  hostile.detail = ".\r\n.\r\nQUIT\r\n--=_" + alert_key(hostile) + "--";
  hostile.id = "x\r\nBcc: y>";
  const std::string text = email(hostile);
  const std::string head = text.substr(0, text.find("\r\n\r\n"));
  EXPECT_EQ(head.find("Bcc:"), std::string::npos) << head;
  EXPECT_EQ(text.find("\nBcc"), std::string::npos);
  EXPECT_EQ(text.find("\r\n."), std::string::npos);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    longest = std::max(longest, end - at);
    EXPECT_TRUE(std::string_view(text).substr(at, end - at).find_first_of("\r\n") == std::string_view::npos);
    at = end + 2;
  }
  EXPECT_LE(longest, 100U);
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
      << "for servers of the old kind";
}

}  // namespace
}  // namespace taffrail::alert
