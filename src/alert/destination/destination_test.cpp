#include "alert/destination/destination.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "alert/destination/service.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;

const SecretBox box = SecretBox::with_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();

/// A value that a field takes.
json::value example_of(const Field& field) {
  switch (field.kind) {
    case FieldKind::line: return field.key == "host" ? "mail.example.org" : field.key == "from" ? "a@b.c" : "s3cret";
    case FieldKind::pem: return "-----BEGIN X-----\ns3cret\n-----END X-----\n";
    case FieldKind::text: return "x {{ detail }}";
    case FieldKind::url: return "https://example.org/s3cret";
    case FieldKind::number: return json::parse(field.range.substr(0, field.range.find('.')));
    case FieldKind::flag: return true;
    case FieldKind::choice: return json::string_view(field.range.substr(0, field.range.find(' ')));
    case FieldKind::list:
      return field.key == "command" ? json::array{"/bin/true", "a b"} : json::array{"a@b.c", "D <d@e.f>"};
    case FieldKind::length: return "90m";
  }
  return nullptr;
}

json::object full_example(const Service& service) {
  json::object object{
      {"name", "ops"}, {"type", service.type}, {"rate", "5/10s"}, {"concurrency", 2}, {"deadline", "2h"}};
  for (const Field& field : fields_of(service)) object[field.key] = example_of(field);
  if (service.takes_headers) object["headers"] = json::object{{"Authorization", "Bearer s3cret"}, {"X-Env", "${ENV}"}};
  return object;
}

TEST(Destination, OfEveryTypeIsReadSealedShownAndReadAgain) {
  for (const Service& service : services()) {
    const json::object object = full_example(service);
    const auto made = destination_of_json(json::serialize(object), box);
    ASSERT_TRUE(made) << service.type << ": " << made.error().detail;
    EXPECT_EQ(made->rate, 5U);
    EXPECT_EQ(made->per, std::chrono::seconds(10));
    EXPECT_EQ(made->concurrency, 2U);
    EXPECT_EQ(made->deadline, std::chrono::hours(2));

    const std::string text = to_json(*made);
    const json::object shown = json::parse(text).as_object();
    for (const Field& field : fields_of(service)) {
      const std::string kept = made->settings.at(std::string(field.key));
      EXPECT_EQ(kept.starts_with(SecretBox::sealed_prefix), field.secret) << service.type << '.' << field.key;
      EXPECT_EQ(shown.at(field.key), field.secret ? json::value("***") : object.at(field.key))
          << service.type << '.' << field.key;
    }
    if (service.takes_headers) {
      EXPECT_EQ(shown.at("headers").at("Authorization"), "***");
      EXPECT_EQ(shown.at("headers").at("X-Env"), "${ENV}");
      EXPECT_EQ(box.unseal(made->headers.at("Authorization")).value(), "Bearer s3cret");
    }
    const auto again = destination_of_json(text, box, &*made);
    ASSERT_TRUE(again) << service.type << ": " << again.error().detail;
    EXPECT_EQ(again->settings, made->settings) << service.type;
    EXPECT_EQ(again->headers, made->headers);
    EXPECT_EQ(to_json(*again), text);
  }
}

TEST(Destination, NeedsWhatItsServiceNeeds) {
  for (const Service& service : services())
    for (const Field& field : service.fields) {
      json::object object = full_example(service);
      object.erase(field.key);
      const auto made = destination_of_json(json::serialize(object), box);
      EXPECT_EQ(made.has_value(), !field.required) << service.type << '.' << field.key;
      if (!made) EXPECT_EQ(made.error().detail, "'" + std::string(field.key) + "' is missing");
    }
}

TEST(Destination, RefusesEveryFieldOfAnotherKind) {
  for (const Service& service : services())
    for (const Field& field : fields_of(service))
      for (const json::value& wrong : {json::value(json::object{}), json::value(1.5), json::value(json::array{1})}) {
        json::object object = full_example(service);
        object[field.key] = wrong;
        const auto made = destination_of_json(json::serialize(object), box);
        ASSERT_FALSE(made) << service.type << '.' << field.key << ' ' << wrong;
        EXPECT_TRUE(made.error().detail.starts_with("'" + std::string(field.key) + "' ")) << made.error().detail;
        EXPECT_EQ(made.error().detail.find("s3cret"), std::string::npos);
      }
}

/// A webhook with further members.
Result<Destination> webhook(const std::string& members) {
  return destination_of_json(R"({"name":"a","type":"webhook","url":"http://127.0.0.1:9/x")" + members + "}", box);
}

TEST(Destination, RefusesWhatItDoesNotUnderstandAndNamesIt) {
  const std::pair<std::string, std::string> table[] = {
      {R"(,"colour":"red")", "'colour' is no key of webhook"},
      {R"(,"id":1)", "'id' is no key of webhook"},
      {R"(,"name":"")", "'name' is missing"},
      {R"(,"name":"a\nb")", "'name' is missing, longer"},
      {R"(,"name":7)", "'name' is no text"},
      {R"(,"type":"carrier pigeon")", "'type' is none of webhook slack"},
      {R"(,"url":"")", "'url' is missing"},
      {R"(,"url":null)", "'url' is missing"},
      {R"(,"url":"example.org")", "'url' is no address"},
      {R"(,"url":"ftp://example.org")", "'url' is neither http"},
      {R"(,"url":"file:///etc/passwd")", "'url' is neither http"},
      {R"(,"url":"http:///x")", "'url' has no host"},
      {R"(,"url":"http://a:b@example.org")", "'url' has a user"},
      {R"(,"url":"http://example.org/#x")", "'url' has a fragment"},
      {R"(,"url":"http://example.org:99999/")", "'url' has a port"},
      {R"(,"url":"http://example.org/\r\nX: y")", "'url' has control characters"},
      {R"(,"method":"BREW")", "'method' is none of POST PUT PATCH"},
      {R"(,"method":"POST PUT")", "'method' is none of"},
      {R"(,"template":"{{ nothing }}")", "'template' unknown name nothing"},
      {R"(,"secret":"***")", "'secret' is \"***\""},
      {R"(,"headers":[])", "'headers' is no object"},
      {R"(,"headers":{"A":1})", "'headers' 'A' in it is no text"},
      {R"(,"headers":{"A b":"x"})", "'headers' has a name"},
      {R"(,"headers":{"":"x"})", "'headers' has a name"},
      {R"(,"headers":{"A":"x\r\nB: y"})", "'headers.A' has a line end"},
      {R"(,"headers":{"A":"x\u0000"})", "'headers.A' has a line end"},
      {R"(,"headers":{"Content-Length":"5"})", "'headers.Content-Length' is set by Taffrail"},
      {R"(,"headers":{"transfer-ENCODING":"chunked"})", "is set by Taffrail"},
      {R"(,"headers":{"Host":"x"})", "is set by Taffrail"},
      {R"(,"headers":{"Idempotency-Key":"x"})", "is set by Taffrail"},
      {R"(,"rate":"fast")", "'rate' is no rate"},
      {R"(,"rate":"0/1m")", "'rate' is no rate"},
      {R"(,"rate":"-1/1m")", "'rate' is no rate"},
      {R"(,"rate":"30/")", "'rate' is no rate"},
      {R"(,"rate":"30/0s")", "'rate' is no rate"},
      {R"(,"rate":"30")", "'rate' is no rate"},
      {R"(,"rate":30)", "'rate' is no text"},
      {R"(,"concurrency":0)", "'concurrency' is not within"},
      {R"(,"concurrency":101)", "'concurrency' is not within"},
      {R"(,"concurrency":-1)", "'concurrency' is no whole number"},
      {R"(,"deadline":"soon")", "'deadline' is no length"},
      {R"(,"deadline":"0s")", "'deadline' is no length"},
      {R"(,"deadline":"31d")", "'deadline' is no length"},
      {R"(,"proxy":"socks5://x")", "'proxy' is neither"},
      {R"(,"insecure_skip_verify":"yes")", "'insecure_skip_verify' is neither true nor false"},
      {",\"secret\":\"" + std::string(5000, 'x') + '"', "'secret' is too long"},
      {",\"template\":\"" + std::string(70'000, 'x') + '"', "'template' is too long"},
      {",\"secret\":\"" + std::string(300'000, 'x') + '"', "destination: longer than"},
  };
  ASSERT_TRUE(webhook(""));
  for (const auto& [members, error] : table) {
    const auto made = webhook(members);
    ASSERT_FALSE(made) << members.substr(0, 100);
    EXPECT_TRUE(made.error().detail.starts_with(error) || made.error().detail.ends_with(error))
        << members.substr(0, 100) << ": " << made.error().detail;
  }
  for (const char* text : {"", "[]", "7", "{", "{\"name\":\"a\"}"})
    EXPECT_FALSE(destination_of_json(text, box)) << text;
}

TEST(Destination, ChecksAddressesAndPrograms) {
  const auto email = [](const std::string& from, const std::string& to) {
    return destination_of_json(R"({"name":"a","type":"email","host":"h","from":)" + from + R"(,"to":)" + to + "}", box);
  };
  EXPECT_TRUE(email(R"("a@b")", R"("c@d.e")"));
  EXPECT_TRUE(email(R"("Ops <a@b>")", R"(["c@d.e","\"D, E\" <d@e>"])"));
  for (const char* wrong : {R"("a")", R"("a@")", R"("@b")", R"("a@b c")", R"("a@b@c")", R"("A <a@b")", R"("a@b,c@d")",
                            R"("a@b>")", R"("<>")"}) {
    EXPECT_FALSE(email(wrong, R"("c@d")")) << wrong;
    EXPECT_FALSE(email(R"("c@d")", wrong)) << wrong;
  }
  EXPECT_FALSE(email(R"("a@b")", "[]"));
  const auto command = [](const std::string& list) {
    return destination_of_json(R"({"name":"a","type":"command","command":)" + list + "}", box);
  };
  EXPECT_TRUE(command(R"(["/bin/echo","; rm -rf /"])"));
  EXPECT_EQ(command(R"("echo")").error().detail, "'command' does not begin with the absolute path of a program");
  EXPECT_FALSE(command(R"([])"));
  EXPECT_FALSE(command(R"([""])"));
}

TEST(Destination, IsPatchedMemberByMember) {
  const auto stored = webhook(R"(,"secret":"s","headers":{"A":"1","B":"2"},"concurrency":3)");
  ASSERT_TRUE(stored);
  const auto same = patched_destination(*stored, "{}", box);
  ASSERT_TRUE(same) << same.error().detail;
  EXPECT_EQ(same->settings, stored->settings);
  EXPECT_EQ(same->headers, stored->headers);
  EXPECT_EQ(same->concurrency, 3U);

  const auto changed = patched_destination(
      *stored, R"({"name":"b","secret":null,"method":"PUT","headers":{"A":null,"B":"***","C":"3"}})", box);
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->name, "b");
  EXPECT_FALSE(changed->settings.contains("secret"));
  EXPECT_EQ(changed->settings.at("method"), "PUT");
  EXPECT_EQ(changed->headers.size(), 2U);
  EXPECT_EQ(changed->headers.at("B"), stored->headers.at("B"));
  EXPECT_EQ(box.unseal(changed->headers.at("C")).value(), "3");

  EXPECT_EQ(patched_destination(*stored, R"({"colour":1})", box).error().detail, "'colour' is no key of webhook");
  EXPECT_EQ(patched_destination(*stored, R"({"id":5})", box).error().detail, "'id' is another one's");
  // A secret goes to the service that it was entered for and to no other.
  EXPECT_FALSE(patched_destination(
      *stored, R"({"type":"gotify","token":"***","secret":null,"method":null,"headers":null})", box));
}

TEST(Destination, ShowsWhereASecretStandsButNotTheSecret) {
  const auto made = webhook(R"(,"secret":"file:/run/secrets/hook","proxy":"http://proxy:3128")");
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->settings.at("secret"), "file:/run/secrets/hook");
  const std::string shown = to_json(*made);
  EXPECT_NE(shown.find(R"("secret":"file:/run/secrets/hook","insecure)"), 0U);
  EXPECT_NE(shown.find(R"("proxy":"***")"), std::string::npos);
  EXPECT_NE(webhook(R"(,"secret":"sealed:1:AAAA")")->settings.at("secret"), "sealed:1:AAAA") << "somebody's own words";
}

}  // namespace
}  // namespace taffrail::alert
