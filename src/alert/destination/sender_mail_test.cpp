#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <tuple>

#include "alert/destination/sender_fixture.hpp"
#include "base/race.hpp"

namespace taffrail::alert {
namespace {

using Outcome = Attempt::Outcome;

/// A mail server that answers each line by its first word, and keeps what it was told.
class MailServer {
 public:
  MailServer(asio::io_context& context, std::map<std::string, std::string> answers)
      : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), answers_(std::move(answers)) {}
  [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

  Task<> serve() {
    for (;;) {
      asio::ip::tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      std::string pending;
      co_await say(socket, "220 mail.example.org");
      bool data = false;
      for (;;) {
        std::array<char, 4096> piece;
        const auto [failed, size] = co_await socket.async_read_some(asio::buffer(piece), as_result);
        if (failed) break;
        pending.append(piece.data(), size);
        for (std::size_t end = pending.find("\r\n"); end != std::string::npos; end = pending.find("\r\n")) {
          const std::string line = pending.substr(0, end);
          pending.erase(0, end + 2);
          if (data && line != ".") {
            message += line + "\r\n";
            continue;
          }
          lines.push_back(line);
          const bool password = lines.size() > 1 && lines[lines.size() - 2].starts_with("AUTH");
          const auto answer = answers_.find(data ? "." : password ? "password" : line.substr(0, line.find(' ')));
          data = !data && line == "DATA";
          co_await say(socket, answer != answers_.end() ? answer->second : data ? "354 go on" : "250 ok");
        }
      }
    }
  }
  std::vector<std::string> lines;
  std::string message;

 private:
  static Task<> say(asio::ip::tcp::socket& socket, const std::string& text) {
    const std::string line = text + "\r\n";
    (void)co_await asio::async_write(socket, asio::buffer(line), as_result);
  }
  asio::ip::tcp::acceptor acceptor_;
  std::map<std::string, std::string> answers_;
};

class MailTest : public Sending {
 protected:
  Attempt attempt(MailServer& server, const std::string& members) {
    auto sending = sender();
    Attempt made;
    finish([&]() -> Task<> {
      const Destination to = destination(
          R"({"name":"a","type":"email","host":"127.0.0.1","from":"Ops <ops@example.org>","to":["a@example.org","b@example.org"],"port":)" +
          server.port() + members + "}");
      auto end = co_await race(sending->send(to, notification()), server.serve());
      made = *std::get<0>(end.values);
    }());
    return made;
  }
};

TEST_F(MailTest, IsHandedOver) {
  MailServer server(context_,
                    {{"EHLO", "250-mail.example.org\r\n250 AUTH PLAIN"}, {"AUTH", "334 "}, {"password", "235 hello"}});
  const Attempt made = attempt(server, R"(,"security":"none","username":"user","password":"hunter2")");
  EXPECT_EQ(made.outcome, Outcome::delivered) << made.error;
  EXPECT_EQ(made.status, 250);
  EXPECT_EQ(made.answer, "250 ok\r\n");
  std::vector<std::string> words;
  words.reserve(server.lines.size());
  for (const std::string& line : server.lines) words.push_back(line.starts_with("EHLO") ? line.substr(0, 4) : line);
  EXPECT_EQ(words,
            (std::vector<std::string>{"EHLO", "AUTH PLAIN", "AHVzZXIAaHVudGVyMg==", "MAIL FROM:<ops@example.org>",
                                      "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", "."}));
  EXPECT_NE(server.message.find("Subject: api 5xx\r\n"), std::string::npos) << server.message;
  EXPECT_NE(server.message.find("Content-Type: multipart/alternative"), std::string::npos);
}

TEST_F(MailTest, IsNotSentInTheClearUnlessThatIsAskedFor) {
  MailServer server(context_, {{"EHLO", "250-mail.example.org\r\n250 AUTH PLAIN"}});
  const Attempt made = attempt(server, R"(,"username":"user","password":"hunter2")");
  EXPECT_EQ(made.outcome, Outcome::again);
  EXPECT_NE(made.error.find("STARTTLS"), std::string::npos) << made.error;
  EXPECT_EQ(server.lines.size(), 1U) << "and nobody was told anything";
}

TEST_F(MailTest, IsTriedAgainOrNotAsTheServerSays) {
  const std::tuple<std::map<std::string, std::string>, Outcome, int> table[] = {
      {{{"EHLO", "250-m\r\n250 AUTH PLAIN"}, {"AUTH", "334 "}, {"password", "535 who are you"}}, Outcome::refused, 535},
      {{{"MAIL", "451 later"}}, Outcome::again, 451},
      {{{"RCPT", "450 greylisted"}}, Outcome::again, 450},
      {{{"RCPT", "550 no such user"}}, Outcome::refused, 550},
      {{{".", "552 too large"}}, Outcome::refused, 552},
      {{{".", "421 bye"}}, Outcome::again, 421},
  };
  for (const auto& [answers, outcome, status] : table) {
    MailServer server(context_, answers);
    const Attempt made = attempt(server, R"(,"security":"none","username":"user","password":"hunter2")");
    EXPECT_EQ(made.outcome, outcome) << status << ' ' << made.error;
    EXPECT_EQ(made.status, status);
    EXPECT_NE(made.error, "");
    EXPECT_TRUE(made.answer.starts_with(std::to_string(status))) << made.answer;
  }
}

}  // namespace
}  // namespace taffrail::alert
