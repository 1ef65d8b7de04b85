#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <openssl/hmac.h>
#include <thread>

#include "alert/destination/sender_fixture.hpp"

namespace taffrail::alert {
namespace {

using namespace std::chrono_literals;
using net::Headers;
using net::HttpRequest;
using net::ResponseWriter;
using Outcome = Attempt::Outcome;

/// A server that takes a connection, reads what comes and then does what a test says with the socket.
class RawServer {
 public:
  explicit RawServer(asio::io_context& context) : acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {}
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }
  /// Answers one connection with `bytes`; keeps it open, or ends its side.
  Task<> answer(std::string bytes, bool keep_open) {
    sockets_.push_back(co_await acceptor_.async_accept(asio::use_awaitable));
    asio::ip::tcp::socket& socket = sockets_.back();
    std::array<char, 4096> piece;
    (void)co_await socket.async_read_some(asio::buffer(piece), as_result);
    (void)co_await asio::async_write(socket, asio::buffer(bytes), as_result);
    if (!keep_open) socket.close();
  }
  /// Answers for ever with the same piece.
  Task<> flood(std::string head, std::string piece) {
    co_await answer(std::move(head), true);
    asio::ip::tcp::socket& socket = sockets_.back();
    for (;;) {
      const auto [failed, size] = co_await asio::async_write(socket, asio::buffer(piece), as_result);
      flooded_ += size;
      if (failed) break;
    }
    co_await sleep_for(1h);  // whoever reads says when it is over
  }
  [[nodiscard]] std::size_t flooded() const { return flooded_; }

 private:
  asio::ip::tcp::acceptor acceptor_;
  std::vector<asio::ip::tcp::socket> sockets_;
  std::size_t flooded_ = 0;
};

TEST_F(SenderTest, DeliversAWebhookWithEverythingThatBelongsToIt) {
  variables_["TOKEN"] = "t0ken";
  const auto& server = receiver();
  const Attempt made = attempt(webhook(
      url_of(server, "/hook?a=b"),
      R"(,"method":"PUT","secret":"sesame","headers":{"Authorization":"Bearer ${TOKEN}","X-Empty":"","x-plain":"a b"})"));
  EXPECT_EQ(made.outcome, Outcome::delivered) << made.error;
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.answer, "ok");
  EXPECT_GT(made.took, Duration(0));
  ASSERT_EQ(seen_.size(), 1U);
  Seen& seen = seen_[0];
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/hook?a=b");
  EXPECT_EQ(seen.headers["Authorization"], "Bearer t0ken");
  EXPECT_EQ(seen.headers["x-plain"], "a b");
  EXPECT_TRUE(seen.headers.contains("X-Empty"));
  EXPECT_EQ(seen.headers["Content-Type"], "application/json");
  EXPECT_EQ(seen.headers["User-Agent"], "taffrail/test");
  EXPECT_EQ(seen.headers["Idempotency-Key"], "n1");
  EXPECT_FALSE(seen.headers.contains("Expect"));
  const std::string signed_text = seen.headers["X-Taffrail-Timestamp"] + '.' + seen.body;
  std::array<unsigned char, 32> digest{};
  HMAC(EVP_sha256(), "sesame", 6, reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
       digest.data(), nullptr);
  std::string hex = "sha256=";
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(seen.headers["X-Taffrail-Signature"], hex);
}

TEST_F(SenderTest, KeepsAConnectionForTheNextOne) {
  const auto& server = receiver();
  auto sending = sender();
  const Destination to = webhook(url_of(server));
  finish([&]() -> Task<> {
    for (int i = 0; i < 5; ++i) {
      const Attempt made = co_await sending->send(to, notification());
      EXPECT_EQ(made.outcome, Outcome::delivered) << made.error;
    }
  }());
  EXPECT_EQ(server.counters().requests, 5U);
  EXPECT_EQ(server.counters().connections, 1U);
}

TEST_F(SenderTest, TellsWhatEachStatusMeans) {
  for (const int status : {200, 201, 202, 204})
    EXPECT_EQ(attempt(webhook(url_of(receiver(status)))).outcome, Outcome::delivered);
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    const Attempt made = attempt(webhook(url_of(receiver(status, "busy"))));
    EXPECT_EQ(made.outcome, Outcome::again) << status;
    EXPECT_EQ(made.error, "Webhook answered " + std::to_string(status));
    EXPECT_EQ(made.answer, "busy");
  }
  for (const int status : {400, 401, 403, 404, 405, 410, 413, 422}) {
    const Attempt made = attempt(webhook(url_of(receiver(status))));
    EXPECT_EQ(made.outcome, Outcome::refused) << status;
    EXPECT_EQ(made.status, status);
  }
}

TEST_F(SenderTest, WaitsAsLongAsItIsAskedTo) {
  EXPECT_EQ(attempt(webhook(url_of(receiver(429, "", {{"Retry-After", "7"}})))).retry_after, 7s);
  EXPECT_EQ(attempt(webhook(url_of(receiver(503, "", {{"Retry-After", "9"}})))).retry_after, 9s);
  EXPECT_EQ(attempt(webhook(url_of(receiver(429, "", {{"Retry-After", "99999999"}})))).retry_after, 24h);
  EXPECT_EQ(attempt(webhook(url_of(receiver(429, "", {{"Retry-After", "soon"}})))).retry_after, std::nullopt);
  EXPECT_EQ(attempt(webhook(url_of(receiver(429)))).retry_after, std::nullopt);
  const std::time_t later = std::time(nullptr) + 100;
  char date[64];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&later));
  const auto wait = attempt(webhook(url_of(receiver(429, "", {{"Retry-After", date}})))).retry_after;
  ASSERT_TRUE(wait.has_value());
  EXPECT_GT(*wait, 90s);
  EXPECT_LE(*wait, 100s);
  // What only some services say, in their own way.
  const auto telegram = [&](const std::string& answer) {
    const auto& server = receiver(429, answer);
    return attempt(destination(R"({"name":"a","type":"telegram","token":"1:a","chat_id":"2","url":")" +
                               url_of(server, "") + "\"}"));
  };
  EXPECT_EQ(telegram(R"({"ok":false,"parameters":{"retry_after":35}})").retry_after, 35s);
  EXPECT_EQ(telegram(R"({"parameters":{"retry_after":1e300}})").retry_after, 24h);
  EXPECT_EQ(telegram(R"({"parameters":{"retry_after":-5}})").retry_after, std::nullopt);
  EXPECT_EQ(telegram(R"({"parameters":[]})").retry_after, std::nullopt);
  EXPECT_EQ(telegram("no JSON").retry_after, std::nullopt);
  EXPECT_EQ(seen_.back().target, "/bot1:a/sendMessage");
  const auto& discord = receiver(429, R"({"message":"slow down","retry_after":0.65,"global":false})");
  EXPECT_EQ(attempt(destination(R"({"name":"a","type":"discord","url":")" + url_of(discord) + "\"}")).retry_after,
            650ms);
  const auto& matrix = receiver(429, R"({"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500})");
  EXPECT_EQ(attempt(destination(R"({"name":"a","type":"matrix","token":"t","room":"!r:x","url":")" +
                                url_of(matrix, "") + "\"}"))
                .retry_after,
            2500ms);
  EXPECT_EQ(seen_.back().target, "/_matrix/client/v3/rooms/%21r:x/send/m.room.message/n1");
}

TEST_F(SenderTest, KeepsTheFirstBytesOfAnAnswerAsTextAndWithoutSecrets) {
  const Attempt long_one =
      attempt(webhook(url_of(receiver(200, "x" + std::string(300, '\xe6') + std::string(1000, 'y')))));
  EXPECT_LE(long_one.answer.size(), Attempt::longest_answer);
  EXPECT_EQ(long_one.answer.substr(0, 4), "x\xEF\xBF\xBD");
  const auto& echo = receiver(
      400,
      "you said hunter2-hunter2 and Basic dXNlcjpodW50ZXIyLWh1bnRlcjI= and hunter2%2Dhunter2 and k3y/k3y k3y%2Fk3y");
  const Attempt made =
      attempt(destination(R"({"name":"a","type":"alertmanager","url":")" + url_of(echo, "") +
                          R"(","username":"user","password":"hunter2-hunter2","headers":{"X-Key":"k3y/k3y"}})"));
  EXPECT_EQ(made.answer, "you said *** and Basic *** and hunter2%2Dhunter2 and *** ***");
}

TEST_F(SenderTest, ReadsNoMoreOfAnAnswerThanItKeeps) {
  RawServer server(context_);
  auto sending = sender();
  finish([&]() -> Task<> {
    auto end = co_await race(sending->send(webhook(server.url()), notification()),
                             server.flood("HTTP/1.1 200 OK\r\n\r\n", std::string(100'000, 'x')));
    EXPECT_EQ(end.first, 0U);
    const Attempt& made = *std::get<0>(end.values);
    EXPECT_EQ(made.outcome, Outcome::delivered) << "its status is known";
    EXPECT_EQ(made.answer.size(), Attempt::longest_answer);
    EXPECT_LT(made.took, 5s);
  }());
  EXPECT_LT(server.flooded(), 50'000'000U);
}

TEST_F(SenderTest, IsNotHeldUpByAnEndlessHead) {
  RawServer server(context_);
  auto sending = sender();
  finish([&]() -> Task<> {
    auto end = co_await race(sending->send(webhook(server.url()), notification()),
                             server.flood("HTTP/1.1 200 OK\r\n", "X-Again: " + std::string(1000, 'x') + "\r\n"));
    EXPECT_EQ(end.first, 0U);
    EXPECT_EQ(std::get<0>(end.values)->outcome, Outcome::again);
    EXPECT_EQ(std::get<0>(end.values)->error, "the answer's head is longer than 64 KiB");
  }());
}

TEST_F(SenderTest, TriesAgainWhereTheAnswerIsNone) {
  const std::string table[] = {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                               "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};
  for (const std::string& bytes : table) {
    RawServer server(context_);
    auto sending = sender();
    finish([&]() -> Task<> {
      auto end = co_await race(sending->send(webhook(server.url()), notification()), [&]() -> Task<> {
        for (;;) co_await server.answer(bytes, false);
      }());
      EXPECT_EQ(end.first, 0U);
      EXPECT_EQ(std::get<0>(end.values)->outcome, Outcome::again) << bytes;
      EXPECT_NE(std::get<0>(end.values)->error, "") << bytes;
    }());
  }
  const Attempt nobody = attempt(webhook("http://127.0.0.1:1/"));
  EXPECT_EQ(nobody.outcome, Outcome::again);
  EXPECT_NE(nobody.error.find("Failed to connect"), std::string::npos) << nobody.error;
  EXPECT_EQ(attempt(webhook("http://nowhere.invalid/")).outcome, Outcome::again);
}

TEST_F(SenderTest, LetsOthersBeSentWhileOneHangsAndEndsItWhenItIsCancelled) {
  RawServer hanging(context_);
  const auto& server = receiver();
  auto sending = sender();
  const auto begun = std::chrono::steady_clock::now();
  finish([&]() -> Task<> {
    auto end =
        co_await race(sending->send(webhook(hanging.url()), notification()),
                      hanging.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true), [&]() -> Task<Attempt> {
                        co_await sleep_for(100ms);
                        Attempt made;
                        for (int i = 0; i < 10; ++i)
                          made = co_await sending->send(webhook(url_of(server)), notification());
                        co_return made;
                      }());
    (void)end;
  }());
  EXPECT_EQ(seen_.size(), 0U) << "the raw server's answer ended the race";
  finish([&]() -> Task<> {
    auto end = co_await race(
        sending->send(webhook(hanging.url()), notification()),
        [&]() -> Task<> {
          co_await hanging.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true);
          co_await sleep_for(1h);
        }(),
        [&]() -> Task<Attempt> {
          co_await sleep_for(100ms);
          Attempt made;
          for (int i = 0; i < 10; ++i) made = co_await sending->send(webhook(url_of(server)), notification());
          co_return made;
        }());
    EXPECT_EQ(end.first, 2U);
    EXPECT_EQ(std::get<2>(end.values)->outcome, Outcome::delivered);
  }());
  EXPECT_EQ(seen_.size(), 10U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(SenderTest, FollowsARedirectThatLeavesThePostAsItIs) {
  const auto& last = receiver();
  for (const int status : {307, 308}) {
    seen_.clear();
    const auto& first = receiver(status, "", {{"Location", "/second"}});
    EXPECT_EQ(attempt(webhook(url_of(first))).outcome, Outcome::refused) << "it goes on to itself for ever";
    EXPECT_EQ(seen_.size(), 4U);
    seen_.clear();
    const auto& other = receiver(status, "", {{"Location", url_of(last, "/there")}});
    const Attempt made =
        attempt(webhook(url_of(other), R"(,"headers":{"Authorization":"Bearer s3cret","X-A":"b"},"secret":"s")"));
    EXPECT_EQ(made.outcome, Outcome::delivered) << made.error;
    ASSERT_EQ(seen_.size(), 2U);
    EXPECT_EQ(seen_[1].method, "POST");
    EXPECT_EQ(seen_[1].target, "/there");
    EXPECT_EQ(seen_[1].body, seen_[0].body);
    EXPECT_EQ(seen_[0].headers["Authorization"], "Bearer s3cret");
    EXPECT_FALSE(seen_[1].headers.contains("Authorization")) << "another server is not told";
    EXPECT_FALSE(seen_[1].headers.contains("X-Taffrail-Signature"));
    EXPECT_EQ(seen_[1].headers["Idempotency-Key"], "n1");
  }
  for (const int status : {301, 302, 303}) {
    const Attempt made = attempt(webhook(url_of(receiver(status, "", {{"Location", url_of(last)}}))));
    EXPECT_EQ(made.outcome, Outcome::refused);
    EXPECT_NE(made.error.find("a redirect that a notification does not follow"), std::string::npos) << made.error;
  }
}

TEST_F(SenderTest, GoesNowhereThatTheGuardForbids) {
  const std::pair<const char*, const char*> table[] = {
      {"http://169.254.169.254/latest/meta-data", "169.254.169.254: it is a link-local address"},
      {"http://[fe80::1]/", "link-local"},
      {"http://100.100.100.200/", "metadata"},
      {"http://0.0.0.0:80/", "an address of nobody"},
      {"http://0/", "an address of nobody"},
      {"http://2852039166/", "169.254.169.254: it is a link-local address"},
      {"http://0xa9.0xfe.0xa9.0xfe/", "169.254.169.254: it is a link-local address"},
      {"http://[::ffff:169.254.169.254]/", "link-local"},
      {"http://[64:ff9b::a9fe:a9fe]/", "link-local"},
      {"http://255.255.255.255/", "an address of nobody"},
  };
  for (const auto& [url, why] : table) {
    const Attempt made = attempt(webhook(url));
    EXPECT_EQ(made.outcome, Outcome::refused) << url << ' ' << made.error;
    EXPECT_NE(made.error.find(why), std::string::npos) << url << ": " << made.error;
  }
  const auto& server = receiver();
  for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"}) {
    std::string url = url_of(server);
    url.replace(7, 9, host);
    const Attempt made = attempt(webhook(url), notification(), false);
    EXPECT_EQ(made.outcome, Outcome::refused) << url << ' ' << made.error;
    EXPECT_NE(made.error.find("--allow-private-destinations"), std::string::npos) << made.error;
  }
  EXPECT_EQ(seen_.size(), 0U);
  EXPECT_EQ(server.counters().connections, 0U);
  const std::string proxy = ",\"proxy\":\"" + url_of(server, "") + '"';
  EXPECT_EQ(attempt(webhook("http://169.254.169.254/", proxy)).outcome, Outcome::refused);
  EXPECT_EQ(attempt(webhook("http://[fe80::1]/", proxy)).outcome, Outcome::refused);
  EXPECT_EQ(attempt(webhook("http://192.0.2.1/x", proxy)).outcome, Outcome::delivered);
  EXPECT_EQ(seen_.size(), 1U) << "through the proxy";
  EXPECT_EQ(attempt(webhook("http://192.0.2.1/x", R"(,"proxy":"http://169.254.169.254:3128")")).outcome,
            Outcome::refused);
  for (const char* to : {"http://169.254.169.254/x", "http://[fd00:ec2::254]/", "ftp://127.0.0.1/",
                         "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http://a:b@127.0.0.1/"}) {
    const Attempt made = attempt(webhook(url_of(receiver(307, "", {{"Location", to}}))));
    EXPECT_EQ(made.outcome, Outcome::refused) << to << ' ' << made.error;
  }
}

TEST_F(SenderTest, LetsNothingBecomeAHeader) {
  variables_["LINES"] = "a\r\nX-Smuggled: yes";
  const auto& server = receiver();
  for (const char* members : {R"(,"headers":{"A":"${LINES}"})", R"(,"headers":{"A":"Bearer ${LINES}"})"}) {
    const Attempt made = attempt(webhook(url_of(server), members));
    EXPECT_EQ(made.outcome, Outcome::refused);
    EXPECT_NE(made.error.find("has a line end"), std::string::npos) << made.error;
  }
  const Attempt gotify =
      attempt(destination(R"({"name":"a","type":"gotify","token":"${LINES}","url":")" + url_of(server, "") + "\"}"));
  EXPECT_EQ(gotify.outcome, Outcome::refused);
  Notification hostile = notification();
  hostile.id = "a\r\nX-Smuggled: yes";
  EXPECT_EQ(attempt(webhook(url_of(server)), hostile).outcome, Outcome::delivered);
  ASSERT_EQ(seen_.size(), 1U);
  EXPECT_EQ(seen_[0].headers["Idempotency-Key"], "a%0D%0AX-Smuggled%3A%20yes");
}

TEST_F(SenderTest, SaysWhichSecretIsMissingAndTriesAgain) {
  const Attempt made = attempt(webhook("http://127.0.0.1:1/", R"(,"secret":"${NOT_SET}")"));
  EXPECT_EQ(made.outcome, Outcome::again);
  EXPECT_EQ(made.error, "'secret': the variable NOT_SET is not set where Taffrail runs");
  Destination changed = webhook("http://127.0.0.1:1/", R"(,"secret":"s")");
  changed.settings["secret"] = std::string(SecretBox::sealed_prefix) + "AAAA";
  EXPECT_EQ(attempt(changed).outcome, Outcome::again);
  changed.type = "carrier pigeon";
  EXPECT_EQ(attempt(changed).outcome, Outcome::refused);
}

TEST_F(SenderTest, SendsWhatATemplateGives) {
  const auto& server = receiver();
  EXPECT_EQ(
      attempt(webhook(url_of(server),
                      R"(,"template":"{\"t\":\"{{ .Timestamp.Format \\\"2006\\\" }}\",\"m\":\"{{ .Log.Message }}\"}")"))
          .outcome,
      Outcome::delivered);
  EXPECT_EQ(seen_[0].body, R"({"t":"1970","m":"it broke"})");
  Notification metric = notification();
  metric.trigger = SampleFacts{};
  metric.rule.type = "metric";
  EXPECT_EQ(attempt(webhook(url_of(server), R"(,"template":"[{{ .Log.Message }}]{{ rule.name }}")"), metric).outcome,
            Outcome::delivered);
  EXPECT_EQ(seen_[1].body, "[]api 5xx");
  EXPECT_EQ(seen_[1].headers["Content-Type"], "text/plain; charset=utf-8");
  const Attempt nothing = attempt(webhook(url_of(server), R"(,"template":"{{ .Log.Message }}")"), metric);
  EXPECT_EQ(nothing.outcome, Outcome::refused);
  EXPECT_EQ(nothing.error, "the template gives nothing for this notification");
  EXPECT_EQ(seen_.size(), 2U);
}

TEST_F(SenderTest, RunsACommandWithoutAShell) {
  const auto command = [](const std::string& list) {
    return destination(R"({"name":"a","type":"command","command":)" + list + "}");
  };
  EXPECT_EQ(attempt(command(R"(["/bin/true"])")).outcome, Outcome::refused) << "off unless allowed";
  auto sending = sender(true, true);
  const auto made = [&](const std::string& list) {
    Attempt attempt;
    finish([&]() -> Task<> { attempt = co_await sending->send(command(list), notification()); }());
    return attempt;
  };
  Attempt attempt = made(R"(["/bin/cat"])");
  EXPECT_EQ(attempt.outcome, Outcome::delivered) << attempt.error;
  EXPECT_EQ(attempt.status, 0);
  EXPECT_TRUE(attempt.answer.starts_with(R"({"id":"n1","type":"log")")) << attempt.answer;
  EXPECT_EQ(made(R"j(["/bin/echo","; id","$(id)","`id`"])j").answer, "; id $(id) `id`\n");
  attempt = made(R"(["/bin/false"])");
  EXPECT_EQ(attempt.outcome, Outcome::again);
  EXPECT_EQ(attempt.status, 1);
  EXPECT_EQ(attempt.error, "/bin/false ended with status 1");
  EXPECT_EQ(made(R"(["/bin/sh","-c","exit 65"])").outcome, Outcome::refused);
  EXPECT_EQ(made(R"(["/bin/sh","-c","kill -9 $$"])").status, 137);
  EXPECT_EQ(made(R"(["/not/there"])").outcome, Outcome::again);
  EXPECT_EQ(made(R"(["/bin/sh","-c","head -c 300000 /dev/zero; echo done >&2"])").outcome, Outcome::delivered)
      << "who writes much is not held up";
  EXPECT_EQ(made(R"(["/bin/sh","-c","exec <&-; exit 0"])").outcome, Outcome::delivered);
  attempt = made(R"(["/usr/bin/env"])");
  EXPECT_NE(attempt.answer.find("PATH="), std::string::npos);
  EXPECT_EQ(attempt.answer.find("GTEST"), std::string::npos);
  EXPECT_EQ(made(R"(["/bin/ls","/proc/self/fd"])").answer, "0\n1\n2\n3\n") << "the last is of the listing itself";
  // One that leaves somebody behind with its output is not waited for.
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(made(R"(["/bin/sh","-c","sleep 3 & exit 0"])").outcome, Outcome::delivered);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

TEST_F(SenderTest, KillsACommandAndItsChildrenWhenItIsCancelled) {
  auto sending = sender(true, true);
  const std::string file = directory_ / "pids";
  finish([&]() -> Task<> {
    const auto to =
        destination(R"({"name":"a","type":"command","command":["/bin/sh","-c","sleep 1000 & echo $$ $! > )" + file +
                    R"(; wait"]})");
    auto end = co_await race(sending->send(to, notification()), [&]() -> Task<> {
      while (!std::filesystem::exists(file) || std::filesystem::file_size(file) == 0) co_await sleep_for(10ms);
    }());
    EXPECT_EQ(end.first, 1U);
  }());
  pid_t shell = 0;
  pid_t sleeper = 0;
  std::ifstream(file) >> shell >> sleeper;
  ASSERT_GT(sleeper, 0);
  EXPECT_NE(::kill(shell, 0), 0);
  // Its parent is gone, so whoever takes orphans waits for it: a moment later it is no more than a zombie.
  for (int i = 0; i < 100; ++i) {
    std::ifstream status("/proc/" + std::to_string(sleeper) + "/stat");
    std::string text(std::istreambuf_iterator<char>(status), {});
    if (text.empty() || text.contains(") Z ")) return;
    std::this_thread::sleep_for(10ms);
  }
  ADD_FAILURE() << "the child lives";
}

}  // namespace
}  // namespace taffrail::alert
