#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "net/tls.hpp"

namespace taffrail::net {

/// What a client's TLS connections are made with. The files are read once, when this is made, and shared by all
/// connections: reading the system's authorities costs some 10 ms, far too much for each connection. They are read
/// anew, on a worker, when they have changed (certificates live for weeks, servers for longer), and what cannot be read
/// then leaves everything as it was.
///
/// Lives on the owner thread.
class ClientTls {
 public:
  /// How old what is known of the files may be at a new connection. Looking costs a task for a worker.
  static constexpr std::chrono::seconds look_interval{10};

  /// The system's authorities, and no certificate of one's own. Errors: invalid_argument.
  /// @param workers for files that have changed; outlives this
  [[nodiscard]] static Result<std::shared_ptr<ClientTls>> system(WorkerPool& workers);
  /// As TlsContext::client_from_directory.
  [[nodiscard]] static Result<std::shared_ptr<ClientTls>> from_directory(const std::filesystem::path& directory,
                                                                         WorkerPool& workers,
                                                                         Duration look = look_interval);
  ClientTls(const ClientTls&) = delete;
  ClientTls& operator=(const ClientTls&) = delete;

  /// For the next connection.
  [[nodiscard]] Task<std::shared_ptr<const TlsContext>> context();
  /// For handshakes.
  [[nodiscard]] WorkerPool& workers() const { return workers_; }
  /// How often the files have been read.
  [[nodiscard]] std::uint64_t loads() const { return loads_; }

 private:
  using Load = std::function<Result<std::shared_ptr<const TlsContext>>()>;
  /// What tells that a file has changed; zeros where there is none.
  using Stamp = std::array<std::int64_t, 4>;

  static Result<std::shared_ptr<ClientTls>> make(Load load, std::vector<std::filesystem::path> files,
                                                 WorkerPool& workers, Duration look);
  ClientTls(Load load, std::vector<std::filesystem::path> files, WorkerPool& workers, Duration look);
  static std::vector<Stamp> look_at(const std::vector<std::filesystem::path>& files);

  Load load_;
  std::vector<std::filesystem::path> files_;
  WorkerPool& workers_;
  Duration look_;
  std::shared_ptr<const TlsContext> context_;
  std::vector<Stamp> stamps_;
  SteadyTime looked_;
  bool looking_ = false;
  std::uint64_t loads_ = 0;
};

}  // namespace taffrail::net
