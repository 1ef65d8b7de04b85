#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "net/byte_stream.hpp"

namespace taffrail::net {

/// The keys and rules of one side of TLS connections (1.2 and 1.3), loaded once and shared by all its connections.
/// Immutable after it is made; ClientTls makes another when the files change.
class TlsContext {
 public:
  /// For clients. The peer is always verified: its chain against `ca` (a PEM file; empty takes the system's roots) and
  /// its name against the host that is connected to.
  /// @param certificate, key PEM files of the client certificate; both or neither
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> client(const std::filesystem::path& ca = {},
                                                                        const std::filesystem::path& certificate = {},
                                                                        const std::filesystem::path& key = {});
  /// For clients, from a directory as the docker client has it: `ca.pem`, `cert.pem`, `key.pem`, each optional but the
  /// last two only together. Errors: not_found for a missing directory, invalid_argument naming the file.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> client_from_directory(
      const std::filesystem::path& directory);
  /// For servers. With `client_ca` only clients whose certificate it signed are let in.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> server(const std::filesystem::path& certificate,
                                                                        const std::filesystem::path& key,
                                                                        const std::filesystem::path& client_ca = {});
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  /// OpenSSL's SSL_CTX, for tls.cpp.
  [[nodiscard]] void* native() const { return native_; }

 private:
  explicit TlsContext(void* native) : native_(native) {}
  void* native_;
};

/// Shakes hands as the client over `stream`. `host` is the name or address that the certificate must be for, and is
/// sent as SNI when it is a name. Errors: protocol, with OpenSSL's reason ("certificate verify failed: …").
/// Has no time limit of its own: wrap it in with_timeout.
/// @param workers where keys are made and certificates verified, which takes half a millisecond: all readings of an
/// engine connect at once when it has been started anew. Null: on the caller's thread
[[nodiscard]] Task<Result<std::unique_ptr<ByteStream>>> tls_connect(std::unique_ptr<ByteStream> stream,
                                                                    std::shared_ptr<const TlsContext> context,
                                                                    std::string host, WorkerPool* workers = nullptr);

/// Shakes hands as the server over `stream`.
[[nodiscard]] Task<Result<std::unique_ptr<ByteStream>>> tls_accept(std::unique_ptr<ByteStream> stream,
                                                                   std::shared_ptr<const TlsContext> context);

}  // namespace taffrail::net
