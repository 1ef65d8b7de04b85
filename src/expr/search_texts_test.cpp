// What people type into the search box, and what it finds in a log that holds it.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/log_variables.hpp"
#include "expr/search.hpp"

namespace taffrail::expr {
namespace {

struct LogLine {
  LineKind kind;
  std::string_view level;
  std::string_view text;
};

using enum LineKind;

/// The log of all rows below; a row names its lines by their place.
constexpr std::array<LogLine, 30> a_log{{
    {text, "error", "2026-11-21 09:10:05 [ERROR] main.main() failed: exit code 137"},  // 0
    {text, "info", "pulled localhost:5000/quay/crane:1.25 (redis:7 is next) in 12 s"},  // 1
    {text, "fatal", "terminate called after throwing an instance of 'std::exception'"},  // 2
    {text, "warn", "cannot open C:\\temp\\rope.txt: \\\\server\\share\\dock is gone"},  // 3
    {text, "info", "INFO:root:Array(3) bar; baz [1, 2, 3] {x: 1}"},  // 4
    {text, "error", "    at Object.<anonymous> (/app/dock.js:9:1)"},  // 5
    {text, "error", "thread 'main' panicked at src/main.rs:3:5: called `Option::unwrap()` on a `None` value"},  // 6
    {text, "info", "10.0.0.7 - - \"GET /api/v1/ships?id=42&sort=name#top HTTP/1.1\" 404 1532 \"https://quay.example/a?b=c\" \"curl/8.5.0\""},  // 7
    {text, "info", "listening on [::1]:8080 and 0.0.0.0:8443, pid 48213"},  // 8
    {text, "info", "started with --foo=bar -Xmx512m --verbose PATH=/usr/bin:/bin"},  // 9
    {text, "info", "Größe der Straße: 5 м, 港口 опорожнён, 🚢 moored 👍"},  // 10
    {text, "debug", "SELECT * FROM ships WHERE name = 'Gull' AND id >= 7; -- took 12.5ms"},  // 11
    {text, "info", "commit 9f86d081884c7d65 merged, uuid 123e4567-e89b-12d3-a456-426614174000"},  // 12
    {text, "warn", "user=ada action=login result=\"not allowed\" a->b => c == d && e || !f"},  // 13
    {json, "error", "{\"level\":\"error\",\"msg\":\"disk full\",\"status\":500,\"type\":\"payment\",\"kind\":\"Pod\",\"id\":7,\"host\":\"db1\",\"user\":{\"name\":\"Ada L\",\"id\":9007199254740993}}"},  // 14
    {json, "info", "{\"level\":\"info\",\"msg\":\"ok\",\"status\":200,\"type\":\"refund\",\"kind\":\"Node\",\"id\":\"ab12\",\"host\":\"web2\",\"http.request.host\":\"quay.example\",\"log.level\":\"info\"}"},  // 15
    {json, "info", "{\"level\":\"info\",\"msg\":\"big\",\"id\":9007199254740992,\"ratio\":-0.0,\"exp\":1e3,\"text number\":\"42\",\"flag\":true,\"nothing\":null}"},  // 16
    {logfmt, "warn", "level=warn msg=\"low water\" status=503 http.request.host=db1 log.level=warn type=payment id=7"},  // 17
    {text, "error", "java.lang.IllegalStateException: berth taken (Harbour.java:12)"},  // 18
    {text, "info", "25% done (3/12) @ 09:10:05.123 +0100 ~ $HOME #42 ^top & more*"},  // 19
    {text, "info", "mail from pilot@quay.example <pilot@quay.example> about \"the rope\""},  // 20
    {text, "info", "it's a \"quoted\" word, isn't it? say \"hello world\" or 5\" nails"},  // 21
    {text, "info", "std::vector<int>::at and crate::dock::Crane and Foo\\Bar\\Baz and a.b.c[0].d"},  // 22
    {text, "error", "E1121 09:10:05.123456 1 reflector.go:15] watch of *v1.Pod ended with: <nil>"},  // 23
    {text, "info", "order 123456 shipped, order 1234567 waits, phone 49301234567, port 8080"},  // 24
    {text, "info", "2026-11-21T09:10:05.123Z GET https://quay.example:8443/ships/42?x=%20y took 3.2s"},  // 25
    {text, "warn", "kube-system/coredns-5d78c9869d-abcde: Back-off restarting failed container"},  // 26
    {text, "info", "name: value, key : other, \"level\":\"error\", 'single', `tick`"},  // 27
    {text, "info", "retry in 5s (attempt 2 of 10)... or not, and so on"},  // 28
    {text, "info", "true false null nil NaN Infinity undefined"},  // 29
}};

/// The pairs of the one logfmt line, as its reader makes them.
class Pairs final : public MapSource {
 public:
  [[nodiscard]] Value find(std::string_view key) const override {
    for (const auto& [name, value] : pairs) {
      if (name == key) return Value(value);
    }
    return missing();
  }
  [[nodiscard]] bool contains(std::string_view key) const override { return !find(key).is(Kind::nil); }
  [[nodiscard]] std::size_t size() const override { return pairs.size(); }
  void each(const std::function<void(std::string_view, Value)>& visit) const override {
    for (const auto& [name, value] : pairs) visit(name, Value(value));
  }

 private:
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> pairs{{{"level", "warn"},
                                                                                       {"msg", "low water"},
                                                                                       {"status", "503"},
                                                                                       {"http.request.host", "db1"},
                                                                                       {"log.level", "warn"},
                                                                                       {"type", "payment"},
                                                                                       {"id", "7"}}};
};

/// The places of the lines that a text finds, "0 5"; "all", "none", or why it is no search.
std::string found(std::string_view typed) {
  const auto condition = compile_search(typed, Environment::log());
  if (!condition) return "error: " + condition.error().detail;
  const Pairs pairs;
  const ContainerFields container{.name = "quay-1", .host = "deck"};
  LogVariables line;
  std::string places;
  std::size_t count = 0;
  for (std::size_t i = 0; i < a_log.size(); ++i) {
    line.set({.text = a_log[i].text,
              .level = a_log[i].level,
              .stream = "stdout",
              .kind = a_log[i].kind,
              .sequence = static_cast<std::int64_t>(1000 + i),
              .logfmt = a_log[i].kind == logfmt ? &pairs : nullptr,
              .container = &container});
    if (!condition->matches(line).value_or(false)) continue;
    places += (places.empty() ? "" : " ") + std::to_string(i);
    ++count;
  }
  return count == 0 ? "none" : count == a_log.size() ? "all" : places;
}

struct Typed {
  std::string_view text;
  std::string_view found;
  std::string_view taken;
};

constexpr std::array<Typed, 282> table{{
    {"[ERROR]", "0", "text"},
    {"ERROR", "0", "text"},
    {"error", "0 14 27", "text"},
    {"[error]", "0", "text"},
    {"main.main()", "0", "text"},
    {"main.main", "0", "text"},
    {"exit code 137", "0", "text"},
    {"\"exit code 137\"", "0", "text"},
    {"\"exit code\"", "0", "text"},
    {"Array(3)", "4", "text"},
    {"bar; baz", "4", "text"},
    {"\"bar; baz\"", "4", "text"},
    {"[1, 2, 3]", "4", "text"},
    {"{x: 1}", "4", "text"},
    {"INFO:root", "4", "field or text"},
    {"INFO:root:Array", "4", "field or text"},
    {"localhost:5000", "1", "field or text"},
    {"localhost:5000/quay", "1", "field or text"},
    {"redis:7", "1", "field or text"},
    {"crane:1.25", "1", "field or text"},
    {"std::exception", "2", "text"},
    {"'std::exception'", "2", "text"},
    {"C:\\temp", "3", "text"},
    {"C:\\temp\\rope.txt", "3", "text"},
    {"\\\\server\\share", "3", "text"},
    {"rope.txt", "3", "text"},
    {"at Object.<anonymous> (/app/dock.js:9:1)", "5", "text"},
    {"Object.<anonymous>", "5", "text"},
    {"(/app/dock.js:9:1)", "5", "text"},
    {"/app/dock.js", "5", "text"},
    {"dock.js:9", "5", "field or text"},
    {"dock.js:9:1", "5", "field or text"},
    {"src/main.rs:3:5", "6", "text"},
    {"src/main.rs", "6", "text"},
    {"`Option::unwrap()`", "6", "text"},
    {"Option::unwrap()", "6", "text"},
    {"Option::unwrap", "6", "text"},
    {"panicked at", "6", "text"},
    {"thread 'main' panicked", "6", "text"},
    {"/api/v1/ships", "7", "text"},
    {"/api/v1/ships?id=42", "7", "text"},
    {"GET /api", "7", "text"},
    {"\"GET /api\"", "7", "text"},
    {"?id=42&sort=name", "7", "text"},
    {"sort=name", "7", "text"},
    {"#top", "7", "text"},
    {"HTTP/1.1", "7", "text"},
    {"404", "7", "text"},
    {"404 1532", "7", "text"},
    {"curl/8.5.0", "7", "text"},
    {"https://quay.example", "7 25", "text"},
    {"https://quay.example/a?b=c", "7", "text"},
    {"quay.example", "7 15 20 25", "text"},
    {"[::1]:8080", "8", "text"},
    {"0.0.0.0:8443", "8", "text"},
    {"10.0.0.7", "7", "text"},
    {"10.0.0", "7", "text"},
    {":8443", "8 25", "text"},
    {"8080", "8 24", "text"},
    {"48213", "8", "number"},
    {"pid 48213", "8", "several"},
    {"--foo=bar", "9", "text"},
    {"--foo", "9", "text"},
    {"foo=bar", "9", "text"},
    {"--verbose", "9", "text"},
    {"PATH=/usr/bin", "9", "text"},
    {"/usr/bin:/bin", "9", "text"},
    {"\"-Xmx512m\"", "9", "text"},
    {"Größe", "10", "text"},
    {"größe", "10", "text"},
    {"straße", "10", "text"},
    {"港口", "10", "text"},
    {"опорожнён", "10", "text"},
    {"ОПОРОЖНЁН", "none", "text"},
    {"🚢", "10", "text"},
    {"👍", "10", "text"},
    {"м,", "10", "text"},
    {"SELECT * FROM ships", "11", "text"},
    {"select * from", "11", "text"},
    {"\"SELECT * FROM ships\"", "11", "text"},
    {"name = 'Gull'", "11", "text"},
    {"id >= 7;", "all", "expression"},
    {"12.5ms", "11", "text"},
    {"-- took", "11", "text"},
    {"9f86d081884c7d65", "12", "text"},
    {"123e4567-e89b-12d3-a456-426614174000", "12", "text"},
    {"123e4567", "12", "text"},
    {"426614174000", "12", "text"},
    {"user=ada", "13", "text"},
    {"result=\"not allowed\"", "13", "text"},
    {"\"not allowed\"", "13", "text"},
    {"a->b", "13", "text"},
    {"->", "13", "text"},
    {"=>", "13", "text"},
    {"=> c", "13", "text"},
    {"c == d", "13", "text"},
    {"&& e", "13", "text"},
    {"|| !f", "13", "text"},
    {"!f", "13", "text"},
    {"status:500", "14", "field or text"},
    {"status:200", "15", "field or text"},
    {"status:>=500", "14 17", "field"},
    {"status:>500", "17", "field"},
    {"status:<300", "15", "field"},
    {"status:!=500", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29", "field"},
    {"status:\"500\"", "none", "field or text"},
    {"-status:500", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29", "field or text"},
    {"type:payment", "14 17", "field"},
    {"kind:Pod", "14", "field"},
    {"id:7", "14 17", "field"},
    {"id:ab12", "15", "field"},
    {"host:db1", "14", "field"},
    {"host:web2", "15", "field"},
    {"type:complex", "14 15 16 17", "field"},
    {"kind:json", "14 15 16", "field"},
    {"kind:logfmt", "17", "field"},
    {"-kind:json", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 17 18 19 20 21 22 23 24 25 26 27 28 29", "field"},
    {"user.name:\"Ada L\"", "14", "field or text"},
    {"user.name:ada", "none", "field or text"},
    {"user.name:/^Ada/", "14", "field"},
    {"user.id:9007199254740993", "14", "field or text"},
    {"user.id:9007199254740992", "none", "field or text"},
    {"id:9007199254740992", "16", "field"},
    {"id:9007199254740993", "none", "field"},
    {"user.id:>9007199254740992", "14", "field"},
    {"http.request.host:quay.example", "15", "field or text"},
    {"http.request.host:db1", "17", "field or text"},
    {"log.level:info", "15", "field or text"},
    {"log.level:warn", "17", "field or text"},
    {"\"http.request.host\":db1", "17", "field or text"},
    {"\"text number\":42", "16", "field or text"},
    {"\"text number\":\"42\"", "16", "field or text"},
    {"ratio:0", "16", "field or text"},
    {"ratio:-0", "16", "field or text"},
    {"exp:1000", "16", "field or text"},
    {"exp:1e3", "16", "field or text"},
    {"exp:>999", "16", "field"},
    {"flag:true", "16", "field or text"},
    {"flag:false", "none", "field or text"},
    {"nothing:null", "none", "field or text"},
    {"msg:\"disk full\"", "14", "field or text"},
    {"msg:big", "16", "field or text"},
    {"msg:\"low water\"", "17", "field or text"},
    {"level:error", "0 5 6 14 18 23", "field"},
    {"level:>=error", "0 2 5 6 14 18 23", "field"},
    {"level:warn", "3 13 17 26", "field"},
    {"stream:stdout", "all", "field"},
    {"stream:stderr", "none", "field"},
    {"java.lang.IllegalStateException", "18", "text"},
    {"IllegalStateException:", "18", "text"},
    {"berth taken", "18", "text"},
    {"(Harbour.java:12)", "18", "field or text"},
    {"Harbour.java:12", "18", "field or text"},
    {"25%", "19", "text"},
    {"(3/12)", "19", "text"},
    {"3/12", "19", "text"},
    {"@ 09:10", "19", "text"},
    {"09:10:05", "0 19 23 25", "text"},
    {"09:10:05.123", "19 23 25", "text"},
    {"+0100", "19", "text"},
    {"~", "19", "text"},
    {"$HOME", "19", "text"},
    {"#42", "19", "text"},
    {"^top", "19", "text"},
    {"& more*", "19", "text"},
    {"more*", "19", "text"},
    {"pilot@quay.example", "20", "text"},
    {"<pilot@quay.example>", "20", "text"},
    {"\"the rope\"", "20", "text"},
    {"\"the rope", "20", "text"},
    {"\\\"the", "none", "text"},
    {"it's", "21", "text"},
    {"isn't it?", "21", "text"},
    {"\"quoted\"", "21", "text"},
    {"say \"hello world\"", "21", "text"},
    {"\"hello world\"", "21", "text"},
    {"5\" nails", "21", "text"},
    {"5\"", "21", "text"},
    {"std::vector<int>", "22", "text"},
    {"std::vector<int>::at", "22", "text"},
    {"crate::dock::Crane", "22", "text"},
    {"crate::dock", "22", "text"},
    {"Foo\\Bar", "22", "text"},
    {"Foo\\Bar\\Baz", "22", "text"},
    {"a.b.c[0].d", "22", "text"},
    {"a.b.c", "22", "text"},
    {"c[0]", "22", "text"},
    {"reflector.go:15", "23", "field or text"},
    {"reflector.go:15]", "23", "field or text"},
    {"*v1.Pod", "23", "text"},
    {"<nil>", "23", "text"},
    {"nil", "23 29", "text"},
    {"123456", "23 24", "number"},
    {"\"123456\"", "23 24", "text"},
    {"1234567", "24", "number"},
    {"49301234567", "24", "number"},
    {"order 123456", "24", "several"},
    {"2026-11-21T09:10:05.123Z", "25", "text"},
    {"2026-11-21", "0 25", "text"},
    {"2026-11-21 09:10", "0 25", "text"},
    {"https://quay.example:8443/ships/42", "25", "text"},
    {"quay.example:8443", "25", "field or text"},
    {"%20y", "25", "text"},
    {"3.2s", "25", "text"},
    {"kube-system/coredns", "26", "text"},
    {"kube-system/coredns-5d78c9869d-abcde:", "26", "text"},
    {"coredns-5d78c9869d", "26", "text"},
    {"Back-off", "26", "text"},
    {"back-off restarting", "26", "text"},
    {"-restarting -started -level order", "24", "text"},
    {"name: value", "27", "text"},
    {"key : other", "27", "text"},
    {"key:other", "none", "field or text"},
    {"\"level\":\"error\"", "14 27", "field or text"},
    {"\"level\":\"error\",", "14 27", "field or text"},
    {"{\"level\":\"error\"", "14", "text"},
    {"{\"level\":\"error\",\"msg\":\"disk full\"", "14", "text"},
    {"\"msg\":\"disk full\"", "14", "field or text"},
    {"\"status\":500", "14", "field or text"},
    {"\"status\": 500", "14", "text"},
    {"'single'", "27", "text"},
    {"`tick`", "27", "text"},
    {"...", "28", "text"},
    {"attempt 2 of 10", "28", "text"},
    {"(attempt 2 of 10)", "28", "text"},
    {"(attempt", "28", "text"},
    {"10)...", "28", "text"},
    {"or not", "error: a search term is missing before or (1:1)", "none"},
    {"or", "0 7 10 14 19 21 22 23 24 26 27 28", "text"},
    {"and", "8 11 22 28", "text"},
    {"not", "3 13 16 28", "text"},
    {"true", "16 29", "text"},
    {"null", "16 29", "text"},
    {"NaN", "29", "text"},
    {"undefined", "29", "text"},
    {"/r(ope|eft)/", "3 20", "pattern"},
    {"/ROPE/i", "3 20", "pattern"},
    {"/ships/", "7 11 25", "pattern"},
    {"(redis or tick) -curl", "1 27", "text"},
    {"redis or tick", "1 27", "text"},
    {"not curl listening", "8", "text"},
    {"timeout or refused", "none", "text"},
    {"()", "0 6", "text"},
    {")", "0 1 4 5 6 18 19 28", "text"},
    {"(", "0 1 4 5 6 18 19 28", "text"},
    {"(((", "none", "text"},
    {"\"", "7 13 14 15 16 17 20 21 27", "text"},
    {"\"\"", "none", "text"},
    {"'", "2 6 11 21 27", "text"},
    {"-", "0 7 9 11 12 13 16 25 26", "text"},
    {"--", "9 11", "text"},
    {"---", "none", "text"},
    {":", "0 1 2 3 4 5 6 7 8 9 10 14 15 16 18 19 22 23 25 26 27", "text"},
    {"::", "2 6 8 22", "text"},
    {";", "4 11", "text"},
    {",", "4 8 10 12 14 15 16 21 24 27 28", "text"},
    {".", "0 1 3 5 6 7 8 11 15 16 17 18 19 20 22 23 25 28", "text"},
    {"..", "28", "text"},
    {"*", "11 19 23", "text"},
    {"?", "7 21 25", "text"},
    {"|", "13", "text"},
    {"||", "13", "text"},
    {"&&", "13", "text"},
    {"{}", "none", "text"},
    {"[]", "none", "text"},
    {"<", "5 20 22 23", "text"},
    {">", "5 11 13 20 22 23", "text"},
    {"=", "7 9 11 13 17 25", "text"},
    {"==", "13", "text"},
    {"\\", "3 22", "text"},
    {"/", "1 5 6 7 9 19 25 26", "text"},
    {"//", "7 25", "text"},
    {"_", "none", "text"},
    {"@", "19 20", "text"},
    {"#", "7 19", "text"},
    {"!", "13", "text"},
    {"$", "19", "text"},
    {"%", "19 25", "text"},
    {"^", "19", "text"},
    {"&", "7 13 19", "text"},
    {"+", "19", "text"},
    {"`", "6 27", "text"},
}};

std::string taken(std::string_view typed) {
  const auto search = read_search(typed, Environment::log());
  return search ? std::string(to_string(search->taken)) : "none";
}

TEST(SearchTexts, FindWhatALogHoldsOfThem) {
  for (const Typed& row : table) {
    EXPECT_EQ(found(row.text), row.found) << row.text;
    EXPECT_EQ(taken(row.text), row.taken) << row.text;
  }
}

/// Whatever line of a log somebody copies into the box, whole or from a word on, is found.
TEST(SearchTexts, AnyPieceOfATextFindsItsLine) {
  for (std::size_t i = 0; i < a_log.size(); ++i) {
    const std::string_view text = a_log[i].text;
    if (a_log[i].kind != LineKind::text) continue;
    for (std::size_t from = 0; from < text.size(); from = text.find(' ', from + 1)) {
      if (from == std::string_view::npos) break;
      std::string piece(text.substr(from));
      while (piece.starts_with(' ')) piece.erase(0, 1);
      // A hyphen in front, and the shorthand's own words, mean what they say.
      if (piece.starts_with('-') || piece.contains(" -") || piece.contains(" or") || piece.contains(" not") ||
          piece.contains(" and") || piece.starts_with("or ") || piece.starts_with("and ") || piece.starts_with("not "))
        continue;
      const auto condition = compile_search(piece, Environment::log());
      ASSERT_TRUE(condition) << piece << ": " << condition.error().detail;
      LogVariables line;
      line.set({.text = text, .level = a_log[i].level, .stream = "stdout"});
      EXPECT_TRUE(condition->matches(line).value_or(false)) << piece << " means " << read_search(piece, Environment::log())->expression;
    }
  }
}

}  // namespace
}  // namespace taffrail::expr
