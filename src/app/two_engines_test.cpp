#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <memory>
#include <prometheus/registry.h>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "base/temporary_folder.hpp"
#include "base/timeout.hpp"
#include "net/connect.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/websocket.hpp"
#include "pipeline/pipeline.hpp"
#include "source/docker/docker_source.hpp"
#include "source/docker/fake_engine.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 180s;

/// The whole server over two engines that know containers of the same id.
class TwoEngines : public testing::Test {
 public:
  TwoEngines() {
    std::vector<std::unique_ptr<Source>> sources;
    for (auto* engine : {&one_, &other_}) {
      const std::string path = (folder_.path() / (engine == &one_ ? "one" : "other")).string();
      engines_.push_back(serve("unix:" + path, [engine](const net::HttpRequest& request, net::ResponseWriter& writer) {
        return engine->answer(request, writer);
      }));
      docker::DockerOptions options;
      options.endpoint = net::UnixEndpoint{path};
      sources.push_back(
          std::make_unique<docker::DockerSource>(context_.get_executor(), workers_, workers_, clock_, options));
    }
    pipeline_ = std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources),
                                           Registry::Admission{}, *metrics_, report());
    api_ = std::make_unique<api::Api>(*pipeline_, nullptr, nullptr, *metrics_,
                                      api::ApiOptions{.version = "1", .base_path = {}, .notice = {}}, report());
    server_ = serve("127.0.0.1:0", [this](const net::HttpRequest& request, net::ResponseWriter& writer) {
      return api_->handle(request, writer);
    });
  }

  static TaskGroup::Report report() {
    return [](std::string_view what) { ADD_FAILURE() << "a task died: " << what; };
  }
  std::unique_ptr<net::HttpServer> serve(const std::string& address, net::HttpHandler handler) {
    auto endpoint = net::parse_listen_address(address);
    if (!endpoint) throw std::runtime_error(endpoint.error().detail);
    auto listener = net::Listener::bind(context_.get_executor(), *endpoint);
    if (!listener) throw std::runtime_error(listener.error().detail);
    return std::make_unique<net::HttpServer>(std::move(*listener), std::move(handler), net::HttpServer::Options{},
                                             clock_, context_.get_executor(), report());
  }

  void run(Task<> body) {
    std::exception_ptr failure;
    auto whole = [](TwoEngines& test, Task<> inner) -> Task<> {
      for (const auto& engine : test.engines_) engine->start();
      test.pipeline_->start();
      test.server_->start();
      co_await std::move(inner);
      test.api_->stop();
      co_await test.server_->stop();
      co_await test.pipeline_->stop();
      for (auto* engine : {&test.one_, &test.other_}) engine->end_streams();
      for (const auto& engine : test.engines_) co_await engine->stop();
    };
    asio::co_spawn(context_, whole(*this, std::move(body)), [&](const std::exception_ptr& error) { failure = error; });
    context_.run_for(patience);
    ASSERT_TRUE(context_.stopped()) << "the test did not end";
    if (failure) std::rethrow_exception(failure);
  }

  Task<net::ClientResponse> get(std::string target) {
    net::HttpClient client(context_.get_executor(), server_->listener().address(), nullptr);
    net::ClientRequest asked;
    asked.target = std::move(target);
    auto answer = co_await client.request(std::move(asked), 1UZ << 20);
    if (!answer) throw std::runtime_error(answer.error().detail);
    co_return std::move(*answer);
  }
  Task<> both_inspected() {
    const auto known = [this] {
      std::size_t inspected = 0;
      for (const auto& [id, container] : pipeline_->registry().containers())
        if (!container->log_driver.empty()) ++inspected;
      return inspected == 2;
    };
    while (!known()) co_await sleep_for(1ms);
  }

  TemporaryFolder folder_;
  asio::io_context context_{1};
  WorkerPool workers_{1};
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  docker::FakeEngine one_{context_.get_executor(), "ONE"};
  docker::FakeEngine other_{context_.get_executor(), "OTHER"};
  std::vector<std::unique_ptr<net::HttpServer>> engines_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(TwoEngines, WithContainersOfOneIdHaveTwoContainersEachWithItsOwnLog) {
  const std::string id(64, 'a');
  const Time now = clock_.now();
  one_.add(ContainerId(id), "first", "running").log.push_back({now, text::StdStream::out, "line of one"});
  other_.add(ContainerId(id), "second", "running").log.push_back({now, text::StdStream::out, "line of the other"});
  run([](TwoEngines& test, std::string shared_id) -> Task<> {
    co_await test.both_inspected();
    const auto list = boost::json::parse((co_await test.get("/api/v1/containers")).body);
    std::set<std::string> hosts;
    for (const auto& container : list.at("containers").as_array()) {
      EXPECT_EQ(container.at("id").as_string(), shared_id);
      hosts.emplace(container.at("host").as_string());
    }
    EXPECT_EQ(hosts, (std::set<std::string>{"ONE", "OTHER"}));

    const auto ambiguous = co_await test.get("/api/v1/containers/" + shared_id + "/logs");
    EXPECT_EQ(ambiguous.status, 409);
    for (const std::string& name : {"ONE/" + shared_id, "OTHER/" + shared_id})
      EXPECT_NE(ambiguous.body.find(name), std::string::npos) << ambiguous.body;

    struct Case {
      std::string asked;
      std::string line;
      std::string foreign;
    };
    const std::vector<Case> cases{{"ONE%2F" + shared_id, "line of one", "line of the other"},
                                  {"OTHER%2Faaaa", "line of the other", "line of one"},
                                  {"first", "line of one", "line of the other"}};
    for (const auto& [asked, line, foreign] : cases) {
      const auto log = co_await test.get("/api/v1/containers/" + asked + "/logs");
      EXPECT_EQ(log.status, 200) << asked;
      EXPECT_NE(log.body.find(line), std::string::npos) << asked << log.body;
      EXPECT_EQ(log.body.find(foreign), std::string::npos) << asked << log.body;
    }
    const auto merged = co_await test.get("/api/v1/logs?containers=hostId%20%3D%3D%20%22OTHER%22");
    EXPECT_NE(merged.body.find("line of the other"), std::string::npos);
    EXPECT_EQ(merged.body.find("line of one"), std::string::npos);

    // One goes; the other is not touched, and its plain id names it again.
    test.one_.event("destroy", ContainerId(shared_id), test.clock_.now(), "");
    while (test.pipeline_->registry().containers().size() > 1) co_await sleep_for(1ms);
    EXPECT_EQ(boost::json::parse((co_await test.get("/api/v1/containers/" + shared_id)).body).at("host"), "OTHER");
  }(*this, id));
}

TEST_F(TwoEngines, WithOneIdAreToldOfBothTheSecondWithWhatToDo) {
  other_.engine_id = "ONE";
  one_.add(ContainerId(std::string(64, 'a')), "first", "running");
  other_.add(ContainerId(std::string(64, 'b')), "second", "running");
  run([](TwoEngines& test) -> Task<> {
    const auto hosts = [&test] {
      std::map<HostState, Host> by_state;
      for (const auto& [id, host] : test.pipeline_->registry().hosts()) by_state.emplace(host.state, host);
      return by_state;
    };
    while (!hosts().contains(HostState::connected) || !hosts().contains(HostState::unreachable))
      co_await sleep_for(1ms);
    EXPECT_EQ(hosts().at(HostState::connected).id.str(), "ONE");
    const Host left_out = hosts().at(HostState::unreachable);
    EXPECT_NE(left_out.name.find("unix:"), std::string::npos) << "named by its address: " << left_out.name;
    EXPECT_NE(left_out.detail.find("id 'ONE'"), std::string::npos) << left_out.detail;
    EXPECT_NE(left_out.detail.find("engine-id"), std::string::npos) << left_out.detail;
    const auto info = boost::json::parse((co_await test.get("/api/v1/info")).body);
    EXPECT_EQ(info.at("hosts").as_array().size(), 2U);
    EXPECT_EQ(test.pipeline_->registry().containers().size(), 1U);

    // It is tried again, and taken in when it has an id of its own.
    const bool first_is_left_out = left_out.name.ends_with("one");
    (first_is_left_out ? test.one_ : test.other_).engine_id = "ITS OWN";
    while (test.pipeline_->registry().containers().size() < 2) co_await sleep_for(1ms);
    EXPECT_EQ(test.pipeline_->registry().hosts().size(), 2U) << "the address stands for it no more";
    EXPECT_FALSE(hosts().contains(HostState::unreachable));
  }(*this));
}

}  // namespace
}  // namespace taffrail
