// What is read without a socket: endpoints, request targets, heads, bodies, negotiation.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "net/endpoint.hpp"
#include "net/http_negotiation.hpp"
#include "net/http_parser.hpp"
#include "net/request_target.hpp"

namespace taffrail::net {
namespace {

TEST(Endpoint, ReadsWhatDockerHostHolds) {
  struct Case {
    const char* text;
    const char* canonical;  // nullptr: refused
  };
  const Case cases[] = {
      {"unix:///var/run/docker.sock", "unix:///var/run/docker.sock"},
      {"unix:///with blank/x.sock", "unix:///with blank/x.sock"},
      {"tcp://localhost:2375", "tcp://localhost:2375"},
      {"tcp://localhost", "tcp://localhost:2375"},
      {"tcp://10.0.0.1:99/", "tcp://10.0.0.1:99"},
      {"tcp+tls://host.example", "tcp+tls://host.example:2376"},
      {"tcp+tls://[::1]:7000", "tcp+tls://[::1]:7000"},
      {"tcp://[2001:DB8:0:0::1]:1", "tcp://[2001:db8::1]:1"},
      {"tcp://my_host:1", "tcp://my_host:1"},
      {"unix://relative.sock", nullptr},
      {"unix://", nullptr},
      {"unix:/var/run/docker.sock", nullptr},
      {"tcp://", nullptr},
      {"tcp://:2375", nullptr},
      {"tcp://host:0", nullptr},
      {"tcp://host:65536", nullptr},
      {"tcp://host:x", nullptr},
      {"tcp://user@host:1", nullptr},
      {"tcp://host:1/path", nullptr},
      {"tcp://host:1?q", nullptr},
      {"tcp://host:1#f", nullptr},
      {"tcp://a%20b:1", nullptr},
      {"http://host:1", nullptr},
      {"host:1", nullptr},
      {"npipe:////./pipe/docker_engine", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    const auto endpoint = parse_endpoint(c.text);
    ASSERT_EQ(endpoint.has_value(), c.canonical != nullptr) << c.text;
    if (endpoint) {
      EXPECT_EQ(to_string(*endpoint), c.canonical);
      EXPECT_EQ(parse_endpoint(to_string(*endpoint)).value(), *endpoint);
    } else {
      EXPECT_EQ(endpoint.error().code, ErrorCode::invalid_argument);
    }
  }
  EXPECT_FALSE(parse_endpoint("unix:///" + std::string(107, 'x')).has_value());
  EXPECT_TRUE(parse_endpoint("unix:///" + std::string(106, 'x')).has_value());
}

TEST(Endpoint, ReadsListenAddresses) {
  struct Case {
    const char* text;
    const char* canonical;  // nullptr: refused
  };
  const Case cases[] = {
      {"127.0.0.1:8080", "tcp://127.0.0.1:8080"},
      {"0.0.0.0:0", "tcp://0.0.0.0:0"},
      {"[::1]:80", "tcp://[::1]:80"},
      {":8080", "tcp://[::]:8080"},
      {"localhost:1", "tcp://127.0.0.1:1"},
      {"unix:/run/t.sock", "unix:///run/t.sock"},
      {"unix:///run/t.sock", "unix:///run/t.sock"},
      {"unix:t.sock", "unix://t.sock"},
      {"8080", nullptr},
      {"127.0.0.1", nullptr},
      {"127.0.0.1:", nullptr},
      {"127.0.0.1:-1", nullptr},
      {"127.0.0.1:65536", nullptr},
      {"127.0.0.1:80x", nullptr},
      {"::1:80", nullptr},
      {"[127.0.0.1]:80", nullptr},
      {"example.com:80", nullptr},
      {"unix:", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    const auto endpoint = parse_listen_address(c.text);
    ASSERT_EQ(endpoint.has_value(), c.canonical != nullptr) << c.text;
    if (endpoint) {
      EXPECT_EQ(to_string(*endpoint), c.canonical);
    }
  }
}

std::string show(const RequestTarget& target) {
  std::string text;
  for (const auto& segment : target.segments) text += "/" + segment;
  for (const auto& [name, value] : target.query) text.append(" ").append(name).append("=").append(value);
  return text;
}

TEST(RequestTarget, IsTakenApartAndDecoded) {
  struct Case {
    const char* target;
    const char* shown;  // nullptr: refused
  };
  const Case cases[] = {
      {"/", ""},
      {"/api/v1/containers", "/api/v1/containers"},
      {"/a/", "/a/"},
      {"//a", "//a"},
      {"/a%2Fb/c", "/a/b/c"},
      {"/a+b", "/a+b"},
      {"/?a=1&b=%26&a=2", " a=1 b=& a=2"},
      {"/?a+b=c+d%2B", " a b=c d+"},
      {"/?", ""},
      {"/?a&&b=", " a= b="},
      {"/?=x", " =x"},
      {"/?q=%C3%A9", " q=\xC3\xA9"},
      {"http://host:1/x?y=z", "/x y=z"},
      {"http://host", ""},
      {"http:/x", nullptr},
      {"http:x", nullptr},
      {"http:///x", nullptr},
      {"http://user@host/x", nullptr},
      {"http://user:password@host/x", nullptr},
      {"/%", nullptr},
      {"/%zz", nullptr},
      {"/?a=%4", nullptr},
      {"/%00", nullptr},
      {"/?a=%00", nullptr},
      {"/%ff", nullptr},
      {"/?a=%C0%AF", nullptr},
      {"/?a=%ED%A0%80", nullptr},
      {"/a/../b", nullptr},
      {"/%2e%2e/b", nullptr},
      {"/.", nullptr},
      {"/a#b", nullptr},
      {"/a b", nullptr},
      {"ftp://host/x", nullptr},
      {"a", nullptr},
      {"*", nullptr},
      {"", nullptr},
  };
  for (const Case& c : cases) {
    const auto target = parse_target(c.target);
    ASSERT_EQ(target.has_value(), c.shown != nullptr) << c.target;
    if (target) {
      EXPECT_EQ(show(*target), c.shown) << c.target;
    }
  }
  EXPECT_EQ(parse_target("/a?x=1&x=2").value().parameter("x"), "1");
  EXPECT_EQ(parse_target("/a").value().parameter("x"), std::nullopt);
  EXPECT_EQ(parse_target("/").value().segments.size(), 0U);
  EXPECT_EQ(percent_encode("a/b c~\xC3\xA9"), "a%2Fb%20c~%C3%A9");
}

constexpr HeadLimits limits{100, 400, 5};

/// "ok METHOD TARGET fields body", "more" while incomplete, or the fault.
std::string parse_request(std::string_view bytes, std::size_t step = 0) {
  const auto name = [](HttpFault fault) -> std::string {
    switch (fault) {
      case HttpFault::malformed: return "malformed";
      case HttpFault::start_line_too_long: return "start line";
      case HttpFault::head_too_large: return "head";
      case HttpFault::body_too_large: return "body";
      case HttpFault::truncated: return "truncated";
    }
    return "?";
  };
  RequestParser parser(limits, 64);
  MessageHead head;
  std::size_t taken = 0;
  for (std::size_t seen = step == 0 ? bytes.size() : std::min(step, bytes.size());;) {
    const auto end = parser.head(bytes.substr(0, seen), head);
    if (!end) return name(end.error());
    taken = *end;
    if (taken > 0) break;
    if (seen == bytes.size()) return "more";
    seen = std::min(seen + step, bytes.size());
  }
  std::string body;
  std::string_view rest = bytes.substr(taken);
  std::array<std::byte, 7> room;  // small: a body must come out in pieces of any size
  while (!parser.done()) {
    const auto read = parser.body(rest, room);
    if (!read) return name(read.error());
    body.append(reinterpret_cast<const char*>(room.data()), read->produced);
    rest.remove_prefix(read->consumed);
    if (read->consumed == 0 && read->produced == 0) return "more";
  }
  return "ok " + head.method + " " + head.target + " " + std::to_string(head.headers.size()) + " " + body +
         (rest.empty() ? "" : " +" + std::to_string(rest.size()));
}

struct RequestCase {
  const char* why;
  std::string bytes;
  const char* result;
};

const std::vector<RequestCase>& request_cases() {
  using namespace std::string_literals;
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  static const std::vector<RequestCase> cases{
      {"plain", "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET /x?y 1 "},
      {"no blank after the colon", "GET / HTTP/1.1\r\nHost:h\r\n\r\n", "ok GET / 1 "},
      {"HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", "ok GET / 0 "},
      {"a body", head + "Content-Length: 5\r\n\r\nhello", "ok POST / 2 hello"},
      {"pipelined", head + "Content-Length: 5\r\n\r\nhelloGET", "ok POST / 2 hello +3"},
      {"chunked", chunked + "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n", "ok POST / 2 hello0123456789"},
      {"chunk extension", chunked + "5;a=b\r\nhello\r\n0\r\n\r\n", "ok POST / 2 hello"},
      {"trailers are dropped", chunked + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n", "ok POST / 2 x"},
      {"incomplete head", "GET / HTTP/1.1\r\nHost: h\r\n", "more"},
      {"incomplete body", head + "Content-Length: 5\r\n\r\nhell", "more"},
      {"incomplete chunk", chunked + "5\r\nhel", "more"},

      {"both lengths", head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed"},
      {"both, the other way", head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "malformed"},
      {"two lengths", head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "malformed"},
      {"one length twice", head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "malformed"},
      {"a list of lengths", head + "Content-Length: 5, 5\r\n\r\nhello", "malformed"},
      {"a signed length", head + "Content-Length: +5\r\n\r\nhello", "malformed"},
      {"a negative length", head + "Content-Length: -5\r\n\r\nhello", "malformed"},
      {"a hexadecimal length", head + "Content-Length: 0x5\r\n\r\nhello", "malformed"},
      {"an empty length", head + "Content-Length:\r\n\r\n", "malformed"},
      {"a length beyond 64 bits", head + "Content-Length: 18446744073709551616\r\n\r\n", "malformed"},
      {"chunked is not last", head + "Transfer-Encoding: chunked, gzip\r\n\r\n", "malformed"},
      {"another coding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "malformed"},
      {"chunked twice", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "malformed"},
      {"an unknown coding", head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "malformed"},
      {"identity", head + "Transfer-Encoding: identity\r\n\r\n", "malformed"},
      {"a vertical tab in the coding", head + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", "malformed"},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed"},
      {"a blank before the colon", head + "Content-Length : 5\r\n\r\nhello", "malformed"},
      {"a tab before the colon", head + "X\t: 5\r\n\r\n", "malformed"},
      {"an empty name", head + ": x\r\n\r\n", "malformed"},
      {"no colon", head + "Nonsense\r\n\r\n", "malformed"},
      {"a blank in a name", head + "A B: x\r\n\r\n", "malformed"},
      {"obs-fold", head + "X: a\r\n b\r\n\r\n", "malformed"},
      {"obs-fold with a tab", head + "X: a\r\n\tb\r\n\r\n", "malformed"},
      {"a blank before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "malformed"},
      {"bare CR in a value", head + "X: a\rb\r\n\r\n", "malformed"},
      {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n", "malformed"},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", "malformed"},
      {"bare LF after a field", head + "X: a\nY: b\r\n\r\n", "malformed"},
      {"bare LF at the end", head + "\n", "malformed"},
      {"CR CR LF", head + "X: a\r\r\n\r\n", "malformed"},
      {"NUL in a value", head + "X: a\0b\r\n\r\n"s, "malformed"},
      {"NUL in a name", head + "X\0: ab\r\n\r\n"s, "malformed"},
      {"DEL in a value", head + "X: a\x7f\r\n\r\n", "malformed"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "malformed"},
      {"two Hosts", head + "Host: i\r\n\r\n", "malformed"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "ok GET / 1 "},
      {"a Host with a port", "GET / HTTP/1.1\r\nHost: a-b.c_d:8080\r\n\r\n", "ok GET / 1 "},
      {"an address as Host", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "ok GET / 1 "},
      {"a Host that is a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "malformed"},
      {"a Host of two words", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "malformed"},
      {"a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "malformed"},
      {"a Host with markup", "GET / HTTP/1.1\r\nHost: <a>\r\n\r\n", "malformed"},
      {"a Host with a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "malformed"},
      {"a Host in HTTP/1.0 too", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", "malformed"},
      {"an empty request", "\r\n\r\n", "malformed"},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", "malformed"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "malformed"},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "malformed"},
      {"no version", "GET /\r\nHost: h\r\n\r\n", "malformed"},
      {"HTTP/2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "malformed"},
      {"HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", "malformed"},
      {"a lower-case protocol", "GET / http/1.1\r\nHost: h\r\n\r\n", "malformed"},
      {"a TLS hello", "\x16\x03\x01\x02\r\n\r\n"s, "malformed"},

      {"an empty chunk size", chunked + "\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a chunk size that is no number", chunked + "g\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a negative chunk size", chunked + "-5\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a signed chunk size", chunked + "+5\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a prefixed chunk size", chunked + "0x5\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a blank before the chunk size", chunked + " 5\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a blank after the chunk size", chunked + "5 \r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a blank before the extension", chunked + "5 ;a=b\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a chunk size beyond 64 bits", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"bare LF after the chunk size", chunked + "5\nhello\r\n0\r\n\r\n", "malformed"},
      {"a chunk longer than its size", chunked + "4\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a chunk without its CRLF", chunked + "5\r\nhello0\r\n\r\n", "malformed"},
      {"bare LF after a chunk", chunked + "5\r\nhello\n0\r\n\r\n", "malformed"},
      {"bare CR in an extension", chunked + "5;a\rb\r\nhello\r\n0\r\n\r\n", "malformed"},
      {"a length in the trailer means nothing", chunked + "0\r\nContent-Length: 5\r\n\r\n", "ok POST / 2 "},
      {"a folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n", "malformed"},
      {"a blank in a trailer's name", chunked + "0\r\nX : a\r\n\r\n", "malformed"},
      {"a trailer without a colon", chunked + "0\r\nGET / HTTP/1.1\r\n\r\n", "malformed"},
      {"bare LF in a trailer", chunked + "0\r\nX: a\nY: b\r\n\r\n", "malformed"},
      {"an endless trailer", chunked + "0\r\nX: " + std::string(5000, 'a'), "malformed"},
      {"an endless extension", chunked + "5;" + std::string(5000, 'a'), "malformed"},
      {"an extension's quote does not reach over its line", chunked + "5;a=\"\r\nhello\r\n0;\"\r\n\r\n",
       "ok POST / 2 hello"},

      {"a long request line", "GET /" + std::string(100, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", "start line"},
      {"a long request line without end", "GET /" + std::string(100, 'x'), "start line"},
      {"a long head", head + "X: " + std::string(400, 'x') + "\r\n\r\n", "head"},
      {"a long head without end", head + "X: " + std::string(400, 'x'), "head"},
      {"five fields", head + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n", "ok POST / 5 "},
      {"six fields", head + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n", "head"},
      {"a long body", head + "Content-Length: 65\r\n\r\n", "body"},
      {"a body at the limit", head + "Content-Length: 64\r\n\r\n" + std::string(64, 'x'),
       "ok POST / 2 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
      {"long chunks", chunked + "30\r\n" + std::string(48, 'x') + "\r\n11\r\n" + std::string(17, 'x') + "\r\n0\r\n\r\n",
       "body"},
  };
  return cases;
}

TEST(RequestParser, TakesOneMeaningAndRefusesTwo) {
  for (const RequestCase& c : request_cases()) EXPECT_EQ(parse_request(c.bytes), c.result) << c.why;
}

TEST(RequestParser, ReadsTheSameByteByByte) {
  for (const RequestCase& c : request_cases()) EXPECT_EQ(parse_request(c.bytes, 1), c.result) << c.why;
}

TEST(Headers, FindsFieldsWithoutCaseAndTokensInLists) {
  const Headers headers{{"Accept", "a"}, {"accept", "b"}, {"Connection", "keep-alive, Upgrade"}};
  EXPECT_EQ(headers.find("ACCEPT"), "a");
  EXPECT_EQ(headers.joined("accept"), "a, b");
  EXPECT_EQ(headers.find("x"), std::nullopt);
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_FALSE(headers.has_token("connection", "up"));
  EXPECT_FALSE(Headers().has_token("connection", ""));
}

TEST(Negotiation, ChoosesACodingByQuality) {
  struct Case {
    const char* accept;
    const char* chosen;
  };
  const Case cases[] = {
      {"gzip, br", "br"},
      {"gzip", "gzip"},
      {"GZIP", "gzip"},
      {"br;q=0.5, gzip;q=0.8", "gzip"},
      {"br;q=0, gzip", "gzip"},
      {"*", "br"},
      {"*;q=0.5, br;q=0", "gzip"},
      {"identity", "identity"},
      {"identity, gzip;q=0.5", "identity"},
      {"identity;q=0.5, gzip;q=0.5", "gzip"},
      {"deflate", "identity"},
      {"", "identity"},
      {"gzip;q=2", "identity"},
      {"gzip;q=0.5000", "identity"},
      {"gzip;level=1", "identity"},
      {"gzip ; q=1.000", "gzip"},
      {",,gzip,,", "gzip"},
  };
  const std::array<std::string_view, 2> available{"br", "gzip"};
  for (const Case& c : cases)
    EXPECT_EQ(choose_encoding({{"Accept-Encoding", c.accept}}, available), c.chosen) << c.accept;
  EXPECT_EQ(choose_encoding({}, available), "identity");
}

TEST(Negotiation, ComparesEntityTagsWeakly) {
  EXPECT_TRUE(not_modified({{"If-None-Match", "\"a\""}}, "\"a\""));
  EXPECT_TRUE(not_modified({{"If-None-Match", "\"x\", W/\"a\""}}, "\"a\""));
  EXPECT_TRUE(not_modified({{"If-None-Match", "\"a\""}}, "W/\"a\""));
  EXPECT_TRUE(not_modified({{"If-None-Match", "*"}}, "\"a\""));
  EXPECT_TRUE(not_modified({{"If-None-Match", "\"x,y\",\"a\""}}, "\"a\""));
  EXPECT_FALSE(not_modified({{"If-None-Match", "\"b\""}}, "\"a\""));
  EXPECT_FALSE(not_modified({{"If-None-Match", "\"x,\"a\""}}, "\"y\""));
  EXPECT_FALSE(not_modified({{"If-None-Match", "a"}}, "\"a\""));
  EXPECT_FALSE(not_modified({}, "\"a\""));
}

TEST(Negotiation, KnowsMediaTypesAndReasons) {
  EXPECT_EQ(media_type("a/index.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("x.tar.woff2"), "font/woff2");
  EXPECT_EQ(media_type("noext"), "application/octet-stream");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(799), "Unknown");
}

}  // namespace
}  // namespace taffrail::net
