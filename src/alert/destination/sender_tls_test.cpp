#include <gtest/gtest.h>

#include <fstream>

#include "alert/destination/sender_fixture.hpp"
#include "net/identity_fixture.hpp"
#include "net/tls.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

using net::HttpRequest;
using net::ResponseWriter;
using Outcome = Attempt::Outcome;

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string as_json(std::string_view text) {
  std::string out;
  text::JsonWriter(out).value(text);
  return out;
}

class TlsSenderTest : public SenderTest {
 protected:
  TlsSenderTest() {
    const net::Identity authority = net::make_identity("authority", "", nullptr);
    net::save(authority, directory_ / "ca.pem", {});
    net::save(net::make_identity("server", "DNS:localhost,IP:127.0.0.1", &authority), directory_ / "server.pem",
              directory_ / "server.key");
    net::save(net::make_identity("other", "DNS:other.example", &authority), directory_ / "other.pem",
              directory_ / "other.key");
    net::save(net::make_identity("client", "", &authority), directory_ / "client.pem", directory_ / "client.key");
  }
  /// The address of a server with that certificate.
  std::string tls_receiver(const std::string& name, bool ask_for_client = false) {
    net::HttpServer::Options options;
    options.tls = net::TlsContext::server(directory_ / (name + ".pem"), directory_ / (name + ".key"),
                                          ask_for_client ? directory_ / "ca.pem" : std::filesystem::path())
                      .value();
    auto& server = serve(
        [this](const HttpRequest& request, ResponseWriter& writer) -> Task<> {
          seen_.emplace_back(request.method, request.target);
          (void)co_await writer.send(200, {}, "ok");
        },
        std::move(options));
    return "https" + url_of(server).substr(4);
  }
  [[nodiscard]] std::string member(const char* key, const char* file) const {
    return std::string(",\"") + key + "\":" + as_json(contents(directory_ / file));
  }
};

TEST_F(TlsSenderTest, TrustsWhomItIsToldToTrust) {
  const Attempt stranger = attempt(webhook(tls_receiver("server")));
  EXPECT_EQ(stranger.outcome, Outcome::again);
  EXPECT_NE(stranger.error.find("certificate"), std::string::npos) << stranger.error;
  EXPECT_EQ(attempt(webhook(tls_receiver("server"), member("ca", "ca.pem"))).outcome, Outcome::delivered);
  EXPECT_EQ(
      attempt(webhook(tls_receiver("server"), ",\"ca\":\"file:" + (directory_ / "ca.pem").string() + '"')).outcome,
      Outcome::delivered);
  EXPECT_EQ(attempt(webhook(tls_receiver("other"), member("ca", "ca.pem"))).outcome, Outcome::again)
      << "another's certificate";
  EXPECT_EQ(attempt(webhook(tls_receiver("other"), R"(,"insecure_skip_verify":true)")).outcome, Outcome::delivered);
  EXPECT_EQ(attempt(webhook(tls_receiver("server"), R"(,"ca":"no certificate")")).outcome, Outcome::again);
  EXPECT_EQ(seen_.size(), 3U);
}

TEST_F(TlsSenderTest, ShowsItsOwnCertificateWhereOneIsAskedFor) {
  const std::string ca = member("ca", "ca.pem");
  EXPECT_EQ(attempt(webhook(tls_receiver("server", true), ca)).outcome, Outcome::again);
  const Attempt made = attempt(webhook(tls_receiver("server", true), ca + member("client_certificate", "client.pem") +
                                                                         member("client_key", "client.key")));
  EXPECT_EQ(made.outcome, Outcome::delivered) << made.error;
  const Attempt wrong = attempt(webhook(tls_receiver("server", true), ca + member("client_certificate", "client.pem") +
                                                                          member("client_key", "server.key")));
  EXPECT_EQ(wrong.outcome, Outcome::again);
  EXPECT_EQ(wrong.error.find("PRIVATE"), std::string::npos);
}

TEST_F(TlsSenderTest, SpeaksToNobodyWhoSpeaksNoTls) {
  std::string url = url_of(receiver());
  url.insert(4, "s");
  EXPECT_EQ(attempt(webhook(url)).outcome, Outcome::again);
  EXPECT_EQ(seen_.size(), 0U);
  take_reports();
  const Attempt down = attempt(webhook(tls_receiver("server"), member("ca", "ca.pem")));
  EXPECT_EQ(down.outcome, Outcome::delivered);
  // From https to http nothing is carried on.
  const std::string plain = url_of(receiver());
  net::HttpServer::Options options;
  options.tls = net::TlsContext::server(directory_ / "server.pem", directory_ / "server.key", {}).value();
  auto& server =
      serve([plain](const HttpRequest&,
                    ResponseWriter& writer) -> Task<> { (void)co_await writer.send(307, {{"Location", plain}}); },
            std::move(options));
  const Attempt made = attempt(webhook("https" + url_of(server).substr(4), member("ca", "ca.pem")));
  EXPECT_EQ(made.outcome, Outcome::refused);
  EXPECT_EQ(made.error, "redirected from https to http, where all could read it");
}

}  // namespace
}  // namespace taffrail::alert
