#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cctype>
#include <fmt/format.h>
#include <prometheus/registry.h>
#include <set>
#include <string>
#include <utility>
#include <yaml-cpp/yaml.h>

#include "api/api.hpp"
#include "api/embedded_assets.hpp"
#include "base/temporary_folder.hpp"
#include "views/saved_views.hpp"

namespace taffrail {
namespace {

/// "GET /api/v1/stats?step" and so on: each route, and each of its query parameters, as one line.
using Lines = std::set<std::string>;

YAML::Node resolve(const YAML::Node& root, const YAML::Node& node) {
  if (!node["$ref"]) return node;
  const auto path = node["$ref"].as<std::string>();  // "#/components/parameters/Since"
  YAML::Node at = YAML::Clone(root);
  std::size_t from = 2;
  while (from < path.size()) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    at = YAML::Clone(at[path.substr(from, slash - from)]);
    from = slash + 1;
  }
  return at;
}

Lines described() {
  const YAML::Node root = YAML::Load(std::string(api::embedded_openapi()));
  Lines lines;
  for (const auto& path : root["paths"]) {
    for (const auto& operation : path.second) {
      std::string line = operation.first.as<std::string>();
      std::ranges::transform(line, line.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      line += " " + path.first.as<std::string>();
      lines.insert(line);
      for (const YAML::Node& parameter : operation.second["parameters"]) {
        const YAML::Node resolved = resolve(root, parameter);
        if (resolved["in"].as<std::string>() == "query") lines.insert(line + "?" + resolved["name"].as<std::string>());
      }
    }
  }
  return lines;
}

Lines served() {
  asio::io_context context;
  WorkerPool workers(1);
  const SystemClock clock;
  prometheus::Registry metrics;
  Pipeline pipeline(context.get_executor(), workers, clock, {}, {}, metrics, [](std::string_view) {});
  const TemporaryFolder folder;
  auto store = views::SavedViews::open_store(context.get_executor(), folder.path());
  EXPECT_TRUE(store.has_value());
  views::SavedViews saved(std::move(*store), workers, clock);
  api::Api interface(pipeline, nullptr, nullptr, metrics, {}, [](std::string_view) {});
  interface.add_views(saved);
  Lines lines;
  for (const api::Route& route : interface.router().routes()) {
    const std::string line = route.method + " " + route.pattern;
    lines.insert(line);
    for (const std::string& parameter : route.parameters) lines.insert(fmt::format("{}?{}", line, parameter));
  }
  return lines;
}

TEST(OpenApi, DescribesEveryRouteAndParameterThatThereIsAndNoOther) { EXPECT_EQ(described(), served()); }

}  // namespace
}  // namespace taffrail
