#include "app/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <unistd.h>
#include <utility>
#include <variant>

#include "net/client_tls.hpp"
#include "source/demo/demo_source.hpp"
#include "source/docker/docker_source.hpp"
#include "source/files/files_source.hpp"
#include "source/files/glob.hpp"
#include "source/files/stdin_source.hpp"

namespace taffrail {
namespace {

constexpr std::string_view files_prefix = "files:";
constexpr std::string_view demo_name = "demo";

/// Threads of one source's file work: as many of its files are read at once. A hung file holds one for as long as it
/// hangs.
constexpr std::size_t file_threads = 2;

WorkerPool& add_file_workers(Sources& sources) {
  return *sources.file_workers.emplace_back(std::make_unique<WorkerPool>(file_threads));
}

Result<std::unique_ptr<docker::DockerSource>> make_docker(const Config& config, const docker::EngineAddress& engine,
                                                          const Executor& executor, WorkerPool& workers,
                                                          WorkerPool& file_workers, const Clock& clock,
                                                          cgroup::DescriptorBudget& descriptors) {
  docker::DockerOptions options;
  options.descriptors = &descriptors;
  options.endpoint = engine.endpoint;
  options.name = engine.name;
  options.log_files = config.log_files;
  options.cgroup = config.cgroup;
  options.host_root = config.host_root;
  const std::filesystem::path certificates =
      config.docker_cert.empty() ? std::filesystem::path(engine.certificates) : config.docker_cert;
  if (const auto* tcp = std::get_if<net::TcpEndpoint>(&engine.endpoint); tcp && tcp->tls) {
    auto tls = certificates.empty() ? net::ClientTls::system(file_workers)
                                    : net::ClientTls::from_directory(certificates, file_workers);
    if (!tls) return fail(tls.error().code, "the engine's certificates: " + tls.error().detail);
    options.tls = std::move(*tls);
  }
  return std::make_unique<docker::DockerSource>(executor, workers, file_workers, clock, std::move(options));
}

/// A source of another kind than docker; the configuration has checked what it says.
Result<std::unique_ptr<Source>> make_other(const std::string& text, const Config& config, Sources& sources,
                                           const Executor& executor, const Clock& clock) {
  if (text == "stdin") return std::make_unique<StdinSource>(executor, clock, STDIN_FILENO);
  if (text.starts_with(files_prefix)) {
    auto glob = files::Glob::parse(std::string_view(text).substr(files_prefix.size()));
    if (!glob) return forward(glob);
    if (config.files_follow_links) glob->follow_links(files::Glob::Links::anywhere);
    return std::make_unique<FilesSource>(executor, add_file_workers(sources), clock, std::move(*glob));
  }
  auto options = DemoOptions::parse(std::string_view(text).substr(demo_name.size()));
  if (!options) return forward(options);
  return std::make_unique<DemoSource>(clock, add_file_workers(sources), *options);
}

}  // namespace

Result<Sources> make_sources(const Config& config, const docker::Surroundings& surroundings, const Executor& executor,
                             WorkerPool& workers, const Clock& clock) {
  Sources made;
  std::vector<docker::EngineAddress> engines = config.engines;
  const bool asked = !config.sources.empty() || !engines.empty();
  const bool wants_docker = !asked || std::ranges::find(config.sources, "docker") != config.sources.end();
  if (wants_docker && engines.empty()) {
    auto found = docker::discover_engines(surroundings);
    if (!found) return forward(found);
    engines = std::move(*found);
    if (engines.empty() && asked)
      return fail(ErrorCode::not_found, "no container engine was found here; say where one is with --docker URL");
  }
  for (const docker::EngineAddress& engine : engines) {
    auto source = make_docker(config, engine, executor, workers, add_file_workers(made), clock, *made.descriptors);
    if (!source) return forward(source);
    made.engines.push_back(source->get());
    made.all.push_back(std::move(*source));
  }
  for (const std::string& text : config.sources) {
    if (text == "docker") continue;
    auto source = make_other(text, config, made, executor, clock);
    if (!source) return forward(source);
    made.all.push_back(std::move(*source));
  }
  if (made.all.empty()) {
    made.notice = "No container engine was found on this machine, so this is the demo: made-up services.";
    made.all.push_back(std::make_unique<DemoSource>(clock, add_file_workers(made), DemoOptions{}));
  }
  return made;
}

}  // namespace taffrail
