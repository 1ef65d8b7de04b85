#include "net/client_tls.hpp"

#include <cstdlib>
#include <openssl/x509.h>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace taffrail::net {

ClientTls::ClientTls(Load load, std::vector<std::filesystem::path> files, WorkerPool& workers, Duration look)
    : load_(std::move(load)),
      files_(std::move(files)),
      workers_(workers),
      look_(look),
      looked_(std::chrono::steady_clock::now()) {}

Result<std::shared_ptr<ClientTls>> ClientTls::make(Load load, std::vector<std::filesystem::path> files,
                                                   WorkerPool& workers, Duration look) {
  std::shared_ptr<ClientTls> made(new ClientTls(std::move(load), std::move(files), workers, look));
  // The stamps first: a file that changes in between is read once more, and never overlooked.
  made->stamps_ = look_at(made->files_);
  auto context = made->load_();
  if (!context) return forward(context);
  made->context_ = *std::move(context);
  ++made->loads_;
  return made;
}

Result<std::shared_ptr<ClientTls>> ClientTls::system(WorkerPool& workers) {
  // OpenSSL lets variables say where the authorities are; nothing here changes the environment.
  const auto place = [](const char* variable, const char* otherwise) {
    const char* const said = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return std::filesystem::path(said ? said : otherwise);
  };
  return make([] { return TlsContext::client(); },
              {place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
               place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())},
              workers, look_interval);
}

Result<std::shared_ptr<ClientTls>> ClientTls::from_directory(const std::filesystem::path& directory,
                                                             WorkerPool& workers, Duration look) {
  return make([directory] { return TlsContext::client_from_directory(directory); },
              {directory / "ca.pem", directory / "cert.pem", directory / "key.pem"}, workers, look);
}

std::vector<ClientTls::Stamp> ClientTls::look_at(const std::vector<std::filesystem::path>& files) {
  std::vector<Stamp> stamps;
  for (const std::filesystem::path& file : files) {
    Stamp stamp{};
    struct stat status{};
    if (::stat(file.c_str(), &status) == 0)
      stamp = {static_cast<std::int64_t>(status.st_ino), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    stamps.push_back(stamp);
  }
  return stamps;
}

Task<std::shared_ptr<const TlsContext>> ClientTls::context() {
  // Those who come while somebody looks take what there is.
  if (looking_ || std::chrono::steady_clock::now() - looked_ < look_) co_return context_;
  struct Guard {
    ClientTls& self;
    ~Guard() {
      self.looking_ = false;
      self.looked_ = std::chrono::steady_clock::now();
    }
  };
  looking_ = true;
  const Guard guard{*this};
  struct Seen {
    std::vector<Stamp> stamps;
    std::optional<Result<std::shared_ptr<const TlsContext>>> context;
  };
  Seen seen = co_await workers_.run([this] {
    Seen now{.stamps = look_at(files_), .context = {}};
    if (now.stamps != stamps_) now.context = load_();
    return now;
  });
  // Half of a new pair of files may be there: until both are, the old ones count, and the next look tries again.
  if (seen.context && *seen.context) {
    context_ = **std::move(seen.context);
    stamps_ = std::move(seen.stamps);
    ++loads_;
  }
  co_return context_;
}

}  // namespace taffrail::net
