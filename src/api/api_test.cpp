#include "api/api.hpp"

#include <array>
#include <map>
#include <set>

#include "api/api_fixture.hpp"
#include "pipeline/log_ring.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

class Interface : public ApiTest {
 protected:
  Task<net::ResponseStream> open(std::string target) {
    net::ClientRequest asked;
    asked.target = std::move(target);
    auto stream = co_await follower_.open(std::move(asked));
    if (!stream) throw std::runtime_error(stream.error().detail);
    co_return std::move(*stream);
  }
  /// Adds what comes to `text` until that holds `mark`.
  static Task<> read_to(net::ResponseStream& stream, std::string& text, std::string mark) {
    std::array<std::byte, 4096> buffer;
    while (!text.contains(mark)) {
      auto size = co_await with_timeout(patience, "lines", stream.read_some(buffer));
      if (!size || *size == 0) throw std::runtime_error("it ended before " + mark);
      text.append(reinterpret_cast<const char*>(buffer.data()), *size);
    }
  }

 private:
  net::HttpClient follower_{context_.get_executor(), server_->listener().address(), nullptr};
};

class InterfaceBelowAPath : public ApiTest {
 protected:
  InterfaceBelowAPath() : ApiTest({.version = "1", .base_path = "/ops/logs", .notice = "a demo"}) {}
};

std::vector<std::int64_t> numbers_of(const std::vector<boost::json::value>& lines) {
  std::vector<std::int64_t> numbers;
  for (const auto& line : lines)
    if (const auto* text = line.as_object().if_contains("text"))
      numbers.push_back(std::stoll(std::string(text->as_string()).substr(5)));
  return numbers;
}

TEST_F(Interface, AnswersWhatOperatorsAsk) {
  run([this]() -> Task<> {
    add("aaaa1111");
    auto alive = co_await get("/healthz");
    EXPECT_EQ(alive.status, 200);
    auto waiting = co_await get("/readyz");
    EXPECT_EQ(waiting.status, 503);
    EXPECT_TRUE(parse(waiting.body).at("detail").as_string().starts_with("these have not listed"));
    co_await pipeline_->registry().containers_listed(HostId("memory"), {});
    auto ready = co_await get("/readyz");
    EXPECT_EQ(ready.status, 200) << ready.body;
    auto metrics = co_await get("/metrics");
    for (const char* name :
         {"taffrail_readers", "taffrail_viewers", "process_resident_memory_bytes", "process_open_fds"})
      EXPECT_TRUE(metrics.body.contains(name)) << name;
    for (const char* queue : {"log_ring_bytes", "log_ring_batches", "viewer_batches", "live_replies", "live_events",
                              "live_log_bytes", "stat_samples"}) {
      EXPECT_TRUE(metrics.body.contains("taffrail_queue_depth{queue=\"" + std::string(queue) + "\"} 0\n")) << queue;
      EXPECT_TRUE(metrics.body.contains("taffrail_queue_bound{queue=\"" + std::string(queue) + "\"} ")) << queue;
    }
    EXPECT_TRUE(metrics.body.contains("taffrail_queue_depth{queue=\"workers\"} 0\n"));
    EXPECT_TRUE(metrics.body.contains("taffrail_lines_total{source=\"memory\"} 0\n")) << "before the first reader";
    auto info = parse((co_await get("/api/v1/info")).body);
    EXPECT_EQ(info.at("version"), "1.2.3");
    EXPECT_TRUE(info.at("notice").is_null());
    EXPECT_EQ(info.at("hosts").as_array().size(), 1U);
  }());
}

TEST_F(Interface, EveryAnswerCarriesTheHeadersThatKeepThePageSafe) {
  run([this]() -> Task<> {
    for (const char* path : {"/", "/healthz", "/api/v1/info", "/api/v1/nothing", "/api/v1/logs"}) {
      auto answer = co_await get(path);
      const auto policy = answer.headers.find("Content-Security-Policy");
      EXPECT_TRUE(policy && policy->starts_with("default-src 'none'") && !policy->contains("unsafe")) << path;
      EXPECT_EQ(answer.headers.find("X-Content-Type-Options"), "nosniff") << path;
      EXPECT_TRUE(answer.headers.contains("Referrer-Policy")) << path;
    }
  }());
}

TEST_F(Interface, RefusesWhatIsWrongWithAProblemThatSaysWhy) {
  run([this]() -> Task<> {
    add("aaaa1111");
    struct Case {
      const char* method;
      const char* target;
      int status;
    };
    const Case cases[] = {{"GET", "/api/v1/nothing", 404},
                          {"GET", "/api/v1/containers/", 404},
                          {"GET", "/api/v1/containers/zzzz", 404},
                          {"GET", "/api/v1/containers/zzzz/logs", 404},
                          {"GET", "/api/v1/containers/aaaa1111/logs?colour=red", 400},
                          {"GET", "/api/v1/containers/aaaa1111/logs?order=desc&follow=true", 400},
                          {"GET", "/api/v1/containers/aaaa1111/logs?tail=99999999", 400},
                          {"GET", "/api/v1/containers?filter=1", 400},
                          {"GET", "/api/v1/logs?containers=nme%20%3D%3D%201", 400},
                          {"GET", "/api/v1/stats?step=soon", 400},
                          {"GET", "/api/v1/live", 426},
                          {"DELETE", "/api/v1/containers", 405},
                          {"BREW", "/healthz", 405},
                          {"POST", "/", 405},
                          {"GET", "/assets/none.js", 404}};
    for (const Case& c : cases) {
      auto answer = co_await request(c.method, c.target);
      EXPECT_EQ(answer.status, c.status) << c.method << ' ' << c.target << ": " << answer.body;
      EXPECT_EQ(answer.headers.find("Content-Type"), "application/problem+json") << c.target;
      EXPECT_EQ(parse(answer.body).at("status"), c.status);
      EXPECT_EQ(answer.headers.contains("Allow"), c.status == 405) << c.target;
    }
  }());
}

TEST_F(Interface, ShowsContainersByIdPrefixAndName) {
  run([this]() -> Task<> {
    add("aaaa1111");
    add("bbbb2222");
    auto list = parse((co_await get("/api/v1/containers")).body);
    EXPECT_EQ(list.at("containers").as_array().size(), 2U);
    for (const char* name : {"aaaa1111", "aaaa", "aaaa1111-name"}) {
      auto one = co_await get(std::string("/api/v1/containers/") + name);
      EXPECT_EQ(parse(one.body).at("id"), "aaaa1111") << name;
    }
    auto selected = parse((co_await get("/api/v1/containers?filter=name%20startsWith%20%22bbbb%22")).body);
    EXPECT_EQ(selected.at("containers").as_array().size(), 1U);
  }());
}

TEST_F(Interface, TheExpressionOfAFollowedReadHasABudgetThatCountsOverTime) {
  run([this]() -> Task<> {
    add("aaaa");
    // Dear for each container, but not more so than one evaluation may be.
    const std::string filter = net::percent_encode("all(1..20000, # > 0) and name startsWith \"a\"");
    write("aaaa", 1, 1);
    auto stream = co_await open("/api/v1/logs?follow=true&containers=" + filter);
    EXPECT_EQ(stream.status(), 200);
    // Judged all, these would take a second and more of the thread that answers everybody.
    for (int i = 0; i < 2000; ++i) add("c" + std::to_string(i));
    std::string text;
    co_await read_to(stream, text, "line 1\"");
    write("aaaa", 2, 2);
    std::array<std::byte, 4096> buffer;
    for (bool open = true; open;) {
      auto size = co_await with_timeout(patience, "the end", stream.read_some(buffer));
      open = size && *size > 0;
      if (open) text.append(reinterpret_cast<const char*>(buffer.data()), *size);
    }
    EXPECT_FALSE(text.contains("{\"end\"")) << "it was cut off, and did not end";
  }());
}

TEST_F(Interface, CompressesListsForThoseWhoTakeThat) {
  run([this]() -> Task<> {
    for (int i = 0; i < 100; ++i) add("container-" + std::to_string(i));
    auto plain = co_await get("/api/v1/containers");
    EXPECT_FALSE(plain.headers.contains("Content-Encoding"));
    auto packed = co_await request("GET", "/api/v1/containers", {{"Accept-Encoding", "br, gzip"}});
    EXPECT_EQ(packed.headers.find("Content-Encoding"), "gzip");
    EXPECT_LT(packed.body.size(), plain.body.size() / 4);
    auto refused = co_await request("GET", "/api/v1/containers", {{"Accept-Encoding", "gzip;q=0"}});
    EXPECT_EQ(refused.body, plain.body);
  }());
}

TEST_F(Interface, ReadsALogInPagesThatJoinByTheirCursors) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 1000);
    std::vector<std::int64_t> all;
    std::string target = "/api/v1/containers/aaaa/logs?limit=300";
    for (int page = 0; page < 4; ++page) {
      auto lines = parse_lines((co_await get(target)).body);
      for (const auto number : numbers_of(lines)) all.push_back(number);
      const auto& end = lines.back().at("end");
      EXPECT_EQ(end.at("truncated"), page < 3);
      target = "/api/v1/containers/aaaa/logs?limit=300&cursor=" +
               net::percent_encode(std::string(end.at("cursor").as_string()));
    }
    EXPECT_EQ(all.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(all) && all.front() == 1 && all.back() == 1000);
    auto last = numbers_of(parse_lines((co_await get("/api/v1/containers/aaaa/logs?order=desc&limit=3")).body));
    EXPECT_EQ(last, (std::vector<std::int64_t>{1000, 999, 998}));
    auto odd = numbers_of(
        parse_lines((co_await get("/api/v1/containers/aaaa/logs?tail=2&filter=text%20endsWith%20%227%22")).body));
    EXPECT_EQ(odd, (std::vector<std::int64_t>{987, 997}));
  }());
}

TEST_F(Interface, MergesLogsOfTheSelectedContainers) {
  run([this]() -> Task<> {
    for (const char* id : {"aaaa1111", "bbbb2222", "cccc3333"}) {
      add(id);
      write(id, 1, 50);
    }
    auto lines = parse_lines((co_await get("/api/v1/logs?containers=name%20!%3D%20%22cccc3333-name%22")).body);
    EXPECT_EQ(lines.back().at("end").at("matched"), 100);
    auto none = parse_lines((co_await get("/api/v1/logs?containers=name%20%3D%3D%20%22x%22")).body);
    EXPECT_EQ(none.size(), 1U);
    EXPECT_EQ(none.back().at("end").at("matched"), 0);
  }());
}

TEST_F(Interface, FollowsALogUntilTheContainerGoesAndThenSaysTheEnd) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 10);
    auto stream = co_await open("/api/v1/containers/aaaa1111/logs?follow=true");
    EXPECT_EQ(stream.status(), 200);
    EXPECT_EQ(stream.headers().find("Content-Type"), "application/x-ndjson");
    std::string text;
    co_await read_to(stream, text, "line 10\"");
    write("aaaa1111", 11, 5000);
    co_await read_to(stream, text, "line 5000\"");
    pipeline_->registry().container_removed(MemorySource::id("aaaa1111"));
    co_await read_to(stream, text, "{\"end\":");
    const auto lines = parse_lines(text);
    EXPECT_EQ(numbers_of(lines).size(), 5000U);
    EXPECT_EQ(lines.back().at("end").at("matched"), 5000);
  }());
}

TEST_F(Interface, AMergedFollowIsJoinedByContainersThatMatchAndLeftByThoseThatGo) {
  run([this]() -> Task<> {
    auto stream = co_await open(
        "/api/v1/"
        "logs?follow=true&containers=name%20startsWith%20%22b%22&filter=container.name%20endsWith%20%22name%22");
    EXPECT_EQ(stream.status(), 200) << "also when there is nobody yet";
    std::string text;
    for (const char* id : {"bbbb1111", "cccc2222", "bbbb3333"}) {
      write(id, 1, 50);
      add(id);
    }
    co_await read_to(stream, text, "bbbb3333\"");
    write("bbbb1111", 51, 51);
    co_await read_to(stream, text, "line 51\"");
    pipeline_->registry().container_removed(MemorySource::id("bbbb1111"));
    write("bbbb3333", 51, 60);
    co_await read_to(stream, text, "line 60\"");
    // One that is renamed so that it matches has all its lines read, for the read began at the beginning.
    Container renamed = MemorySource::container("cccc2222");
    renamed.name = "b-name";
    pipeline_->registry().container_changed(renamed);
    write("cccc2222", 51, 61);
    co_await read_to(stream, text, "line 61\"");
    text.resize(text.rfind('\n') + 1);
    std::map<std::string, std::vector<std::string>> by_container;
    for (const auto& line : parse_lines(text))
      by_container[std::string(line.at("container").as_string())].emplace_back(line.at("text").as_string());
    EXPECT_EQ(by_container["bbbb1111"].size(), 51U);
    EXPECT_EQ(by_container["bbbb3333"].size(), 60U);
    EXPECT_EQ(by_container["cccc2222"].size(), 61U);
    for (auto& [id, lines] : by_container) EXPECT_EQ(std::set(lines.begin(), lines.end()).size(), lines.size()) << id;
  }());
}

TEST_F(Interface, ShowsTheFullestQueueOfAKindHoweverManyThereAre) {
  run([this]() -> Task<> {
    const auto value_of = [this](std::string name) -> Task<double> {
      const std::string metrics = (co_await get("/metrics")).body;
      const std::size_t at = metrics.find(name + " ");
      if (at == std::string::npos) throw std::runtime_error("there is no " + name);
      co_return std::stod(metrics.substr(at + name.size() + 1));
    };
    source_->set_lines_per_chunk(1);  // a batch each
    for (int i = 0; i < 50; ++i) {
      const std::string id = "aaaa" + std::to_string(1000 + i);
      add(id);
      write(id, 1, 1);
    }
    auto stream = co_await open("/api/v1/logs?follow=true");
    std::string text;
    co_await read_to(stream, text, "aaaa1049\"");
    write("aaaa1007", 2, 10);
    co_await read_to(stream, text, "line 10\"");
    EXPECT_EQ(co_await value_of("taffrail_queue_depth{queue=\"log_ring_batches\"}"), 10);
    EXPECT_GT(co_await value_of("taffrail_queue_depth{queue=\"log_ring_bytes\"}"), 1000);
    EXPECT_EQ(co_await value_of("taffrail_queue_bound{queue=\"log_ring_bytes\"}"), LogRing::most_bytes);
    EXPECT_EQ(co_await value_of("taffrail_queue_depth{queue=\"viewer_batches\"}"), 0);
    const std::string metrics = (co_await get("/metrics")).body;
    std::size_t entries = 0;
    for (std::size_t at = 0; (at = metrics.find("taffrail_queue_depth{", at)) != std::string::npos; ++at) ++entries;
    EXPECT_LT(entries, 20U) << "not one for each container";
  }());
}

TEST_F(Interface, TooManyReadersAreSentAwayUntilOneLeaves) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 1);
    std::vector<net::ResponseStream> readers;
    for (int i = 0; i < 256; ++i) {
      readers.push_back(co_await open("/api/v1/containers/aaaa1111/logs?follow=true"));
      EXPECT_EQ(readers.back().status(), 200) << i;
    }
    auto refused = co_await get("/api/v1/containers/aaaa1111/logs?tail=1");
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_TRUE(refused.headers.contains("Retry-After"));
    EXPECT_EQ((co_await get("/api/v1/containers")).status, 200);
    readers.pop_back();
    int status = 503;
    while (status == 503)
      status = (co_await get("/api/v1/containers/aaaa1111/logs?tail=1")).status;  // once it is noticed
    EXPECT_EQ(status, 200);
  }());
}

TEST_F(Interface, ALogThatCannotBeReadIsARefusalAndNotAnEmptyAnswer) {
  run([this]() -> Task<> {
    add("aaaa1111");
    source_->refuse(Error{ErrorCode::unsupported, "the log driver 'none' keeps no lines"});
    auto answer = co_await get("/api/v1/containers/aaaa1111/logs");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(parse(answer.body).at("detail"), "the log driver 'none' keeps no lines");
  }());
}

TEST_F(Interface, HeadOfAFollowedLogEndsAtOnce) {
  run([this]() -> Task<> {
    add("aaaa1111");
    auto answer = co_await request("HEAD", "/api/v1/containers/aaaa1111/logs?follow=true");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
  }());
}

TEST_F(Interface, ChecksExpressionsForEditors) {
  run([this]() -> Task<> {
    const auto check = [this](std::string body) { return request("POST", "/api/v1/expr/check", {}, std::move(body)); };
    auto good = co_await check(R"({"expr":"level == \"error\"","check":"log"})");
    EXPECT_EQ(parse(good.body).at("valid"), true);
    auto bad = co_await check(R"({"expr":"lvel == 1","check":"log"})");
    EXPECT_EQ(bad.status, 200);
    EXPECT_EQ(parse(bad.body).at("error").at("column"), 1);
    auto completed =
        co_await check(R"({"expr":"lev","check":"log","caret":3,"seen":[{"path":"status","values":["200"]}]})");
    const auto shown = parse(completed.body);
    EXPECT_EQ(shown.at("valid"), false);
    EXPECT_EQ(shown.at("diagnostics").as_array().size(), 1U);
    EXPECT_EQ(shown.at("completions").at(0).at("label"), "level") << completed.body;
    const auto search = parse((co_await check(R"({"expr":"level:warn -health","check":"log","search":true})")).body);
    EXPECT_EQ(search.at("shorthand"), true);
    EXPECT_EQ(search.at("expression"), "(level == \"warn\" and not (lower(text) contains \"health\"))");
    EXPECT_EQ(search.at("taken"), "several");
    const auto as_is = parse((co_await check(R"({"expr":"level == \"warn\"","check":"log","search":true})")).body);
    EXPECT_EQ(as_is.at("shorthand"), false);
    EXPECT_EQ(as_is.at("expression"), "level == \"warn\"");
    EXPECT_EQ(as_is.at("taken"), "expression");
    const auto open = parse((co_await check(R"({"expr":"a or","check":"container","search":true})")).body);
    EXPECT_EQ(open.at("error").at("column"), 5);
    for (const char* body :
         {"", "[]", "{}", R"({"expr":"true"})", R"({"expr":"true","check":"moon"})", R"({"expr":1,"check":"log"})",
          R"({"expr":"true","check":"log","x":1})", R"({"expr":"true","check":"log","caret":-1})",
          R"({"expr":"true","check":"log","seen":[1]})", R"({"expr":"a","check":"metric","search":true})",
          R"({"expr":"a","check":"log","search":true,"caret":1})", R"({"expr":"a","check":"log","search":1})"}) {
      auto refused = co_await check(body);
      EXPECT_EQ(refused.status, 400) << body;
    }
  }());
}

TEST(HostRule, AdmitsAddressesLocalNamesAndTheConfiguredOnes) {
  const HostRule rule({"Logs.Example.com", "ops.example.com:8443", "box.corp.example"});
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8080", "192.168.1.5:8080", "[::1]", "[::1]:8080", "[fe80::1%eth0]:80", "localhost",
        "LOCALHOST:8080", "app.localhost:8080", "nas", "nas:8080", "nas.local", "nas.home.arpa", "logs.internal:80",
        "logs.example.com", "LOGS.example.COM.:8080", "ops.example.com", "box.corp.example:1", ""})
    EXPECT_TRUE(rule.admits(host)) << host;
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "evil.example.", "127.0.0.1.evil.example",
        "xlogs.example.com", "a.logs.example.com", "local.evil", "notlocal.example", "127.1.1", "1.2.3.4.nip.io"})
    EXPECT_FALSE(rule.admits(host)) << host;
}

TEST_F(Interface, APageWhoseNameWasMadeToResolveToThisMachineReadsNothing) {
  run([this]() -> Task<> {
    add("aaaa1111");
    // HttpClient states its endpoint's name, so this one speaks for itself.
    const auto ask = [this](std::string host, std::string target) -> Task<std::string> {
      auto stream = co_await net::connect(server_->listener().address(), nullptr, patience);
      if (!stream) throw std::runtime_error(stream.error().detail);
      const std::string head = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      auto written = co_await net::write(**stream, head);
      std::string answer;
      std::array<std::byte, 4096> buffer;
      while (written) {
        auto size = co_await (*stream)->read_some(buffer);
        if (!size || *size == 0) break;
        answer.append(reinterpret_cast<const char*>(buffer.data()), *size);
      }
      co_return answer;
    };
    const auto status_of = [&](std::string host, std::string target) -> Task<int> {
      const std::string answer = co_await ask(std::move(host), std::move(target));
      co_return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9)) : 0;
    };
    EXPECT_EQ(co_await status_of("evil.example:8080", "/api/v1/containers"), 200) << "until a rule is given";
    api_->set_access({.hosts = HostRule({"logs.example.com"})});
    for (const char* target : {"/", "/healthz", "/metrics", "/api/v1/containers", "/api/v1/logs", "/api/v1/live"}) {
      EXPECT_EQ(co_await status_of("evil.example:8080", target), 421) << target;
      EXPECT_NE(co_await status_of("logs.example.com", target), 421) << target;
      EXPECT_NE(co_await status_of("127.0.0.1:1", target), 421) << target;
    }
    const std::string refused = co_await ask("evil.example:8080", "/");
    EXPECT_TRUE(refused.contains("start it with --allowed-host evil.example\"")) << refused;
  }());
}

TEST_F(Interface, ReadsThatFollowEndInOrderAndAtOnceWhenTheServerStops) {
  run([this]() -> Task<> {
    add("aaaa1111");
    write("aaaa1111", 1, 3);
    const auto begin = [](auto& test, std::string target) -> Task<std::unique_ptr<net::ByteStream>> {
      auto stream = co_await net::connect(test.server_->listener().address(), nullptr, patience);
      const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
      auto sent = co_await net::write(**stream, request);
      EXPECT_TRUE(sent.has_value());
      co_return *std::move(stream);
    };
    std::vector<std::unique_ptr<net::ByteStream>> followers;
    for (int i = 0; i < 40; ++i)
      followers.push_back(co_await begin(*this, i % 2 == 0 ? "/api/v1/containers/aaaa1111/logs?follow=true&tail=2"
                                                           : "/api/v1/logs?follow=true&tail=2"));
    std::array<std::byte, 4096> piece;
    std::vector<std::string> answers(followers.size());
    const auto read_until = [&](std::size_t i, std::string_view mark) -> Task<> {
      while (!answers[i].contains(mark)) {
        auto got = co_await followers[i]->read_some(piece);
        if (!got || *got == 0) break;
        answers[i].append(reinterpret_cast<const char*>(piece.data()), *got);
      }
    };
    for (std::size_t i = 0; i < followers.size(); ++i) co_await read_until(i, "line 3");
    TaskGroup stop(context_.get_executor(), [](std::string_view what) { ADD_FAILURE() << what; });
    api_->stop();
    stop.spawn("stop", server_->stop());
    for (std::size_t i = 0; i < followers.size(); ++i) {
      co_await read_until(i, "\r\n0\r\n\r\n");
      EXPECT_TRUE(answers[i].ends_with("\r\n0\r\n\r\n")) << answers[i];
      followers[i]->close();
    }
    co_await stop.join();
  }());
}

TEST_F(InterfaceBelowAPath, AnswersThereAndNowhereElse) {
  run([this]() -> Task<> {
    auto info = co_await get("/ops/logs/api/v1/info");
    EXPECT_EQ(parse(info.body).at("notice"), "a demo");
    auto page = co_await get("/ops/logs/");
    EXPECT_TRUE(page.body.contains(R"(<base href="/ops/logs/">)")) << page.body;
    auto deep = co_await get("/ops/logs/container/x");
    EXPECT_EQ(deep.body, page.body);
    auto bare = co_await get("/ops/logs");
    EXPECT_EQ(bare.status, 308);
    EXPECT_EQ(bare.headers.find("Location"), "/ops/logs/");
    auto with_query = co_await get("/ops/logs?q=a%20b&levels=warn");
    EXPECT_EQ(with_query.status, 308);
    EXPECT_EQ(with_query.headers.find("Location"), "/ops/logs/?q=a%20b&levels=warn");
    for (const char* path : {"/", "/api/v1/info", "/ops", "/ops/logsx/api/v1/info"}) {
      auto outside = co_await get(path);
      EXPECT_EQ(outside.status, 404) << path;
    }
  }());
}

}  // namespace
}  // namespace taffrail::api
