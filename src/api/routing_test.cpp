#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/access.hpp"
#include "api/problem.hpp"
#include "api/router.hpp"

namespace taffrail::api {
namespace {

Router router() {
  Router made;
  made.add({"GET", "/healthz", {}, {}});
  made.add({"GET", "/api/v1/containers/{id}/logs", {"tail", "limit"}, {}});
  made.add({"POST", "/api/v1/expr/check", {}, {}});
  made.add({"GET", "/api/v1/rules", {}, {}});
  made.add({"POST", "/api/v1/rules", {}, {}});
  return made;
}

TEST(Router, FindsTheRouteOfAMethodAndAPathAndWhatItsBracesStandFor) {
  const Router routes = router();
  const auto match = routes.match("GET", {"api", "v1", "containers", "a/b", "logs"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/api/v1/containers/{id}/logs");
  EXPECT_EQ(match.captures, std::vector<std::string>{"a/b"});
}

TEST(Router, AnswersHeadWhereThereIsGet) {
  EXPECT_NE(router().match("HEAD", {"healthz"}).route, nullptr);
  EXPECT_EQ(router().match("HEAD", {"api", "v1", "expr", "check"}).route, nullptr);
}

TEST(Router, NamesTheMethodsOfAPathThatAnotherWasTriedOn) {
  EXPECT_EQ(router().match("DELETE", {"api", "v1", "rules"}).allow, "GET, HEAD, POST");
  EXPECT_EQ(router().match("GET", {"api", "v1", "expr", "check"}).allow, "POST");
  EXPECT_EQ(router().match("get", {"healthz"}).allow, "GET, HEAD");
}

TEST(Router, KnowsNoPathThatIsLongerOrShorterThanItsPattern) {
  const std::vector<std::vector<std::string>> paths{{}, {"healthz", ""}, {"api", "v1", "containers", "x"}, {"Healthz"}};
  for (const auto& path : paths) {
    const auto match = router().match("GET", path);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allow, "");
  }
}

TEST(Router, RefusesParametersThatAreUnknownOrGivenTwice) {
  const Router routes = router();
  const Route& route = *routes.match("GET", {"api", "v1", "containers", "x", "logs"}).route;
  struct Case {
    const char* target;
    const char* refusal;  // empty: taken
  };
  const Case cases[] = {{"/x?tail=1&limit=2", ""},
                        {"/x", ""},
                        {"/x?tial=1", "unknown parameter 'tial'; known are tail, limit"},
                        {"/x?tail=1&tail=1", "parameter 'tail' is given twice"},
                        {"/x?Tail=1", "unknown parameter 'Tail'; known are tail, limit"}};
  for (const Case& c : cases) {
    const auto checked = check_parameters(route, *net::parse_target(c.target));
    EXPECT_EQ(checked ? "" : checked.error().detail, c.refusal) << c.target;
    if (!checked) EXPECT_EQ(checked.error().status, 400);
  }
}

TEST(Problem, IsWrittenAsRfc9457WithThePlaceOfAFault) {
  std::string out;
  append_json(out, {.status = 400, .detail = "a \"quote\"", .line = 1, .column = 7});
  EXPECT_EQ(out, R"({"title":"Bad Request","status":400,"detail":"a \"quote\"","line":1,"column":7})");
}

TEST(Problem, TellsFaultsOfTheClientFromThoseOfTheEngineAndOurs) {
  EXPECT_EQ(status_of(ErrorCode::invalid_argument), 400);
  EXPECT_EQ(status_of(ErrorCode::not_found), 404);
  EXPECT_EQ(status_of(ErrorCode::unsupported), 422);
  EXPECT_EQ(status_of(ErrorCode::protocol), 502);
  EXPECT_EQ(status_of(ErrorCode::unavailable), 503);
  EXPECT_EQ(status_of(ErrorCode::timeout), 504);
  EXPECT_EQ(status_of(ErrorCode::internal), 500);
}

net::HttpRequest request_with(std::initializer_list<std::pair<std::string_view, std::string_view>> headers) {
  net::HttpRequest request;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

TEST(Access, LetsPagesOfItsOwnHostAndOfConfiguredOriginsOpenAWebSocket) {
  const Access access({.origins = {"https://ops.example.com"}});
  EXPECT_TRUE(access.check_origin(request_with({{"Host", "a:8080"}})));
  EXPECT_TRUE(access.check_origin(request_with({{"Host", "a:8080"}, {"Origin", "http://a:8080"}})));
  EXPECT_TRUE(access.check_origin(request_with({{"Host", "a:8080"}, {"Origin", "https://ops.example.com"}})));
  for (const char* origin : {"http://b:8080", "http://a:8081", "http://a", "null", "",
                             "https://ops.example.com.evil.org", "https://ops.example.com:444", "a:8080"}) {
    const auto checked = access.check_origin(request_with({{"Host", "a:8080"}, {"Origin", origin}}));
    ASSERT_FALSE(checked) << origin;
    EXPECT_EQ(checked.error().status, 403);
  }
}

TEST(Caller, FindsNothingOutsideOfItsScope) {
  Registry registry;
  for (const char* id : {"aaaa1111", "aaaa2222"}) {
    Container container;
    container.id = ContainerId(id);
    container.name = std::string("name-") + id;
    registry.container_changed(container);
  }
  const Caller everyone;
  EXPECT_TRUE(everyone.sees_all());
  EXPECT_EQ(everyone.resolve(registry, "aaaa").error().status, 400);
  const Caller one([](const Container& container) { return container.id.str() == "aaaa1111"; });
  EXPECT_FALSE(one.sees_all());
  EXPECT_EQ(one.find(registry, ContainerId("aaaa2222")), nullptr);
  EXPECT_EQ(one.resolve(registry, "name-aaaa2222").error().status, 404);
  // The prefix is unique among what this caller sees: that there is another one must not show.
  ASSERT_TRUE(one.resolve(registry, "aaaa"));
  EXPECT_EQ((*one.resolve(registry, "aaaa"))->id.str(), "aaaa1111");
}

}  // namespace
}  // namespace taffrail::api
