// What requests about 10,000 containers take of the owner thread: `owner_ms` is the CPU time that the thread spends
// from the request to the end of the answer, `longest_us` the longest stretch in which it does nothing else. The client
// is another thread.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <prometheus/registry.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "base/run_task.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "pipeline/memory_source.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::api {
namespace {

using namespace std::chrono_literals;

constexpr int containers = 10'000;
/// Below what /stats gives in one answer.
constexpr int samples = 45;

std::chrono::nanoseconds cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

class Owner {
 public:
  Owner() {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::make_unique<MemorySource>(context_.get_executor()));
    const TaskGroup::Report report = [](std::string_view) {};
    pipeline_ = std::make_unique<Pipeline>(context_.get_executor(), workers_, clock_, std::move(sources),
                                           Registry::Admission{}, *metrics_, report);
    api_ = std::make_unique<Api>(*pipeline_, nullptr, nullptr, *metrics_,
                                 ApiOptions{.version = "1", .base_path = {}, .notice = {}}, report);
    auto listener = net::Listener::bind(context_.get_executor(), net::TcpEndpoint{"127.0.0.1", 0, false});
    server_ = std::make_unique<net::HttpServer>(
        std::move(*listener),
        [this](const net::HttpRequest& request, net::ResponseWriter& writer) { return api_->handle(request, writer); },
        net::HttpServer::Options{}, clock_, context_.get_executor(), report);
    server_->start();
    for (int i = 0; i < containers; ++i) {
      Container container = MemorySource::container(id_of(i), ContainerState::paused);
      for (int k = 0; k < 8; ++k) container.labels["com.example.label" + std::to_string(k)] = std::to_string(i * k);
      container.image = "registry.example/shop/api:1.2." + std::to_string(i);
      pipeline_->registry().container_changed(std::move(container));
    }
    StatCounters counters;
    for (int second = 1; second <= samples + 1; ++second) {
      counters.steady = SteadyTime(std::chrono::seconds(second));
      counters.time = clock_.now() + std::chrono::seconds(second);
      for (const Metric& metric : all_metrics)
        counters.*metric.counter = static_cast<std::uint64_t>(second) * 1'000'007;
      for (int i = 0; i < containers; ++i) pipeline_->sampler().take(MemorySource::id(id_of(i)), counters);
    }
  }
  ~Owner() {
    asio::co_spawn(context_, stop(*this), [](const std::exception_ptr&) {});
    context_.run();
  }

  struct Cost {
    std::chrono::nanoseconds owner{0};
    std::chrono::nanoseconds longest{0};
    std::size_t bytes = 0;
    int status = 0;
  };
  Cost ask(const std::string& target) {
    std::atomic<bool> done = false;
    Cost cost;
    std::thread client([&] {
      asio::io_context own(1);
      asio::co_spawn(own, get(own, server_->listener().address(), target, cost), [](const std::exception_ptr&) {});
      own.run();
      done = true;
      asio::post(context_, [] {});
    });
    while (!done) {
      const auto begun = cpu_time();
      context_.run_one();
      const auto took = cpu_time() - begun;
      cost.owner += took;
      cost.longest = std::max(cost.longest, took);
    }
    client.join();
    return cost;
  }

 private:
  static std::string id_of(int number) {
    const std::string digits = std::to_string(number);
    return std::string(64 - digits.size(), 'c') + digits;
  }
  static Task<> get(asio::io_context& own, net::Endpoint address, std::string target, Cost& cost) {
    net::HttpClient client(own.get_executor(), std::move(address), nullptr);
    net::ClientRequest asked;
    asked.target = std::move(target);
    auto answer = co_await client.request(std::move(asked), 1UZ << 30);
    if (!answer) co_return;
    cost.bytes = answer->body.size();
    cost.status = answer->status;
  }
  static Task<> stop(Owner& owner) {
    owner.api_->stop();
    co_await owner.server_->stop();
    co_await owner.pipeline_->stop();
  }

  asio::io_context context_{1};
  WorkerPool workers_{2};
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<net::HttpServer> server_;
};

void about_ten_thousand(benchmark::State& state, const std::string& target) {
  static Owner owner;
  Owner::Cost all;
  Owner::Cost last;
  for (auto _ : state) {
    last = owner.ask(target);
    all.owner += last.owner;
    all.longest = std::max(all.longest, last.longest);
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["owner_ms"] = static_cast<double>(all.owner.count()) / 1e6 / rounds;
  state.counters["longest_us"] = static_cast<double>(all.longest.count()) / 1e3;
  state.counters["bytes"] = static_cast<double>(last.bytes);
  state.counters["status"] = last.status;
}

/// A host's whole list, of which nothing (0) or everything (1) is different.
void a_list_of_ten_thousand(benchmark::State& state) {
  Registry registry;
  std::vector<Container> all;
  for (int i = 0; i < containers; ++i) all.push_back(MemorySource::container(std::to_string(i)));
  run_task(registry.containers_listed(HostId("memory"), all));
  for (auto _ : state) {
    state.PauseTiming();
    for (Container& container : all)
      if (state.range(0) != 0) container.command += 'x';
    std::vector<Container> told = all;
    state.ResumeTiming();
    run_task(registry.containers_listed(HostId("memory"), std::move(told)));
  }
}
BENCHMARK(a_list_of_ten_thousand)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(about_ten_thousand, list, "/api/v1/containers")->UseRealTime();
BENCHMARK_CAPTURE(about_ten_thousand, filtered, "/api/v1/containers?filter=name%20contains%20%22777%22")->UseRealTime();
BENCHMARK_CAPTURE(about_ten_thousand, dear_filter,
                  "/api/v1/containers?filter=all(1..5000%2C%20%23%20%3E%200)%20and%20name%20%3D%3D%20%22x%22")
    ->UseRealTime();
BENCHMARK_CAPTURE(about_ten_thousand, stats, "/api/v1/stats")->UseRealTime();

}  // namespace
}  // namespace taffrail::api
