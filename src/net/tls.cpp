#include "net/tls.hpp"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>
#include <utility>
#include <vector>

#include "base/signal_flag.hpp"

namespace taffrail::net {

namespace {

/// OpenSSL's own reason for the last failure, and an empty error queue.
std::string reason() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* why = ERR_reason_error_string(code);
    if (!text.empty()) text += ", ";
    text += why ? why : "error " + std::to_string(code);
  }
  return text.empty() ? "no reason given" : text;
}

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeContext>;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

ContextPtr new_context(const SSL_METHOD* method) {
  ContextPtr context(SSL_CTX_new(method));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Renegotiation (TLS 1.2) would let a write wait for a read; nobody needs it.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection gives its 32 KiB of buffers back.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  return context;
}

Result<> load_certificate(SSL_CTX* context, const std::filesystem::path& certificate,
                          const std::filesystem::path& key) {
  if (certificate.empty() != key.empty())
    return fail(ErrorCode::invalid_argument, "a certificate and its key are needed together, only '" +
                                                 (certificate.empty() ? key : certificate).string() + "' is given");
  if (certificate.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return fail(ErrorCode::invalid_argument, "loading the certificate '" + certificate.string() + "': " + reason());
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(ErrorCode::invalid_argument, "loading the key '" + key.string() + "': " + reason());
  return {};
}

Result<> load_authorities(SSL_CTX* context, const std::filesystem::path& ca) {
  const int loaded =
      ca.empty() ? SSL_CTX_set_default_verify_paths(context) : SSL_CTX_load_verify_file(context, ca.c_str());
  if (loaded != 1)
    return fail(ErrorCode::invalid_argument, "loading the authorities '" + ca.string() + "': " + reason());
  return {};
}

/// TLS between two memory BIOs and a ByteStream. OpenSSL never waits and never does I/O of its own: a call that needs
/// input says so, and what it wants sent lies in `outgoing_` until `flush` has written it. So the reader and the
/// writer may take turns freely; only the flushes must queue, because ciphertext has an order.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::unique_ptr<ByteStream> lower, std::shared_ptr<const TlsContext> context)
      : context_(std::move(context)),
        lower_(std::move(lower)),
        ssl_(SSL_new(static_cast<SSL_CTX*>(context_->native()))),
        incoming_(BIO_new(BIO_s_mem())),
        outgoing_(BIO_new(BIO_s_mem())),
        flushed_(lower_->executor()) {
    if (!ssl_ || !incoming_ || !outgoing_) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);  // takes both
  }
  ~TlsStream() override { lower_->close(); }

  Result<> prepare_client(const std::string& host) {
    SSL_set_connect_state(ssl_.get());
    boost::system::error_code is_name;
    (void)asio::ip::make_address(host, is_name);
    const int set = is_name ? SSL_set1_host(ssl_.get(), host.c_str()) == 1 &&
                                  SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1
                            : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    if (set != 1) return fail(ErrorCode::invalid_argument, "TLS host name '" + host + "': " + reason());
    return {};
  }
  void prepare_server() { SSL_set_accept_state(ssl_.get()); }

  /// @param workers where keys are made and certificates verified; null: here
  Task<Result<>> handshake(WorkerPool* workers) {
    for (;;) {
      HandshakeStep step;
      if (workers)
        step = co_await workers->run([this] { return handshake_step(); });
      else
        step = handshake_step();
      auto flushed = co_await flush();  // on a failure too: the peer is owed the alert
      if (!step.why.empty()) co_return fail(ErrorCode::protocol, step.why);
      if (!flushed) co_return flushed;
      if (step.done) co_return Result<>();
      auto more = co_await receive();
      if (!more) co_return forward(more);
      if (*more == 0) co_return fail(ErrorCode::protocol, "TLS with " + peer() + ": closed during the handshake");
    }
  }

  Task<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    for (;;) {
      // What an earlier read left to send (a key update's answer), before this one can have a result to lose.
      if (BIO_pending(outgoing_) > 0) {
        auto flushed = co_await flush();
        if (!flushed) co_return forward(flushed);
      }
      ERR_clear_error();
      std::size_t n = 0;
      const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &n);
      if (done == 1) co_return n;
      switch (SSL_get_error(ssl_.get(), done)) {
        case SSL_ERROR_ZERO_RETURN: co_return 0;
        case SSL_ERROR_WANT_READ: break;
        default: co_return fail(ErrorCode::protocol, "TLS with " + peer() + ": " + reason());
      }
      if (BIO_pending(outgoing_) > 0) continue;
      auto more = co_await receive();
      if (!more) co_return forward(more);
      if (*more == 0)
        co_return fail(ErrorCode::protocol, "TLS with " + peer() + ": the connection was cut off without close_notify");
    }
  }

  Task<Result<>> write(std::span<const asio::const_buffer> buffers) override {
    for (const asio::const_buffer& buffer : buffers) {
      const auto* at = static_cast<const char*>(buffer.data());
      for (std::size_t left = buffer.size(); left > 0;) {
        const std::size_t piece = std::min(left, encrypt_at_once);
        std::size_t n = 0;
        ERR_clear_error();
        if (SSL_write_ex(ssl_.get(), at, piece, &n) != 1)
          co_return fail(ErrorCode::protocol, "TLS with " + peer() + ": " + reason());
        at += n;
        left -= n;
        if (static_cast<std::size_t>(BIO_pending(outgoing_)) < encrypt_at_once) continue;
        auto flushed = co_await flush();
        if (!flushed) co_return flushed;
      }
    }
    co_return co_await flush();
  }

  Task<Result<>> shutdown_write() override {
    ERR_clear_error();
    if (SSL_shutdown(ssl_.get()) < 0) co_return fail(ErrorCode::protocol, "TLS with " + peer() + ": " + reason());
    co_return co_await flush();
  }

  void close() override { lower_->close(); }
  [[nodiscard]] const std::string& peer() const override { return lower_->peer(); }
  [[nodiscard]] StreamProgress progress() const override { return lower_->progress(); }
  [[nodiscard]] Executor executor() const override { return lower_->executor(); }

 private:
  /// Plaintext turned into ciphertext before it is sent: bounds `outgoing_`.
  static constexpr std::size_t encrypt_at_once = 64UL * 1024;

  struct HandshakeStep {
    bool done = false;
    std::string why{};  ///< it failed
  };

  /// As far as it goes with what has come. OpenSSL keeps its errors by thread, so they are told from the same one.
  HandshakeStep handshake_step() {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) return {.done = true};
    const int error = SSL_get_error(ssl_.get(), done);
    return {.why = error == SSL_ERROR_WANT_READ ? std::string() : handshake_reason()};
  }

  std::string handshake_reason() {
    std::string why = "TLS with " + peer() + ": " + reason();
    if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
      why += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
    return why;
  }

  /// More ciphertext from the peer; 0 at its end.
  Task<Result<std::size_t>> receive() {
    std::array<std::byte, 16UL * 1024> piece;
    auto n = co_await lower_->read_some(piece);
    if (n && *n > 0) BIO_write(incoming_, piece.data(), static_cast<int>(*n));
    co_return n;
  }

  Task<Result<>> flush() {
    while (flushing_) co_await flushed_.wait();
    struct Guard {
      TlsStream& stream;
      ~Guard() {
        stream.flushing_ = false;
        stream.flushed_.notify();
      }
    };
    flushing_ = true;
    const Guard guard{*this};
    while (BIO_pending(outgoing_) > 0) {
      if (broken_) co_return fail(ErrorCode::io, "TLS with " + peer() + ": an earlier write was cut off");
      sending_.resize(static_cast<std::size_t>(BIO_pending(outgoing_)));
      BIO_read(outgoing_, sending_.data(), static_cast<int>(sending_.size()));
      broken_ = true;  // unless this write, which may be cancelled, ends well
      const std::array<asio::const_buffer, 1> buffers{asio::buffer(sending_)};
      auto written = co_await lower_->write(buffers);
      if (!written) co_return written;
      broken_ = false;
    }
    co_return Result<>();
  }

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ByteStream> lower_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  BIO* incoming_;  // owned by ssl_
  BIO* outgoing_;  // owned by ssl_
  std::vector<std::byte> sending_;
  SignalFlag flushed_;
  bool flushing_ = false;
  bool broken_ = false;
};

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(static_cast<SSL_CTX*>(native_)); }

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const std::filesystem::path& ca,
                                                             const std::filesystem::path& certificate,
                                                             const std::filesystem::path& key) {
  ContextPtr context = new_context(TLS_client_method());
  if (!context) return fail(ErrorCode::internal, "TLS: " + reason());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (auto loaded = load_authorities(context.get(), ca); !loaded) return forward(loaded);
  if (auto loaded = load_certificate(context.get(), certificate, key); !loaded) return forward(loaded);
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release()));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client_from_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    return fail(ErrorCode::not_found, "the certificate directory '" + directory.string() + "' does not exist");
  const auto file = [&](const char* name) {
    const auto path = directory / name;
    return std::filesystem::exists(path, error) ? path : std::filesystem::path();
  };
  return client(file("ca.pem"), file("cert.pem"), file("key.pem"));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const std::filesystem::path& certificate,
                                                             const std::filesystem::path& key,
                                                             const std::filesystem::path& client_ca) {
  ContextPtr context = new_context(TLS_server_method());
  if (!context) return fail(ErrorCode::internal, "TLS: " + reason());
  if (certificate.empty()) return fail(ErrorCode::invalid_argument, "a TLS server needs a certificate");
  if (auto loaded = load_certificate(context.get(), certificate, key); !loaded) return forward(loaded);
  if (!client_ca.empty()) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (auto loaded = load_authorities(context.get(), client_ca); !loaded) return forward(loaded);
    // Sessions of verified clients are only resumed within one context of this name.
    static constexpr unsigned char session_context[] = "taffrail";
    SSL_CTX_set_session_id_context(context.get(), session_context, sizeof session_context - 1);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release()));
}

Task<Result<std::unique_ptr<ByteStream>>> tls_connect(std::unique_ptr<ByteStream> stream,
                                                      std::shared_ptr<const TlsContext> context, std::string host,
                                                      WorkerPool* workers) {
  auto tls = std::make_unique<TlsStream>(std::move(stream), std::move(context));
  if (auto ready = tls->prepare_client(host); !ready) co_return forward(ready);
  auto shaken = co_await tls->handshake(workers);
  if (!shaken) co_return forward(shaken);
  co_return std::unique_ptr<ByteStream>(std::move(tls));
}

Task<Result<std::unique_ptr<ByteStream>>> tls_accept(std::unique_ptr<ByteStream> stream,
                                                     std::shared_ptr<const TlsContext> context) {
  auto tls = std::make_unique<TlsStream>(std::move(stream), std::move(context));
  tls->prepare_server();
  auto shaken = co_await tls->handshake(nullptr);
  if (!shaken) co_return forward(shaken);
  co_return std::unique_ptr<ByteStream>(std::move(tls));
}

}  // namespace taffrail::net
