#include "alert/destination/curl_job.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace taffrail::alert {
namespace {

namespace ip = boost::asio::ip;

constexpr long connect_limit_ms = 5000;
constexpr std::size_t longest_head = 64UZ * 1024;
constexpr Duration longest_wait = std::chrono::days(1);

std::optional<ip::address> address_of(const sockaddr& address, std::size_t size) {
  if (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return ip::address_v6(bytes);
  }
  return std::nullopt;
}

curl_blob blob_of(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // curl only reads it
}

}  // namespace

CURL* CurlJob::begin() {
  handle_.reset(curl().easy_init());
  CURL* const handle = handle_.get();
  if (!handle) return nullptr;
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(transfer_.limit).count();
  curl().easy_setopt(handle, CURLOPT_PRIVATE, this);
  curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a name server that does not answer
  curl().easy_setopt(handle, CURLOPT_ERRORBUFFER, error_.data());
  curl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limit));
  curl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, std::min<long>(connect_limit_ms, static_cast<long>(limit)));
  curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, &CurlJob::take_body);
  curl().easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl().easy_setopt(handle, CURLOPT_HEADERFUNCTION, &CurlJob::take_head);
  curl().easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlJob::open_socket);
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl().easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(transfer_.options);
  std::visit([&](const auto& what) { set(what); }, transfer_.what);
  return handle;
}

void CurlJob::set(const ConnectionOptions& options) {
  CURL* const handle = handle_.get();
  // The environment's proxies are not meant for us: an empty one is none.
  curl().easy_setopt(handle, CURLOPT_PROXY, options.proxy.c_str());
  curl().easy_setopt(handle, CURLOPT_NOPROXY, "");
  if (!options.verify) {
    curl().easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl().easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  // One file of authorities, read once a day, and not again for each connection, as curl does beside a folder of them.
  // Where there are further ones, they stand for the file, and the folder gives the system's.
  if (options.ca.empty()) {
    curl().easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  } else {
    const curl_blob blob = blob_of(options.ca);
    curl().easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (options.certificate.empty()) return;
  const curl_blob certificate = blob_of(options.certificate);
  const curl_blob key = blob_of(options.key.empty() ? options.certificate : options.key);
  curl().easy_setopt(handle, CURLOPT_SSLCERT_BLOB, &certificate);
  curl().easy_setopt(handle, CURLOPT_SSLKEY_BLOB, &key);
}

void CurlJob::add(std::unique_ptr<curl_slist, FreeList>& list, const std::string& line) {
  curl_slist* const head = curl().slist_append(list.get(), line.c_str());
  if (!list) list.reset(head);  // the same head otherwise
}

void CurlJob::set(const Request& request) {
  CURL* const handle = handle_.get();
  curl().easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  if (request.method != "GET") {
    curl().easy_setopt(handle, CURLOPT_POST, 1L);
    curl().easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl().easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl().easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  for (const auto& [name, value] : request.headers) {
    std::string line = name;
    line += value.empty() ? ";" : ": ";  // `Name;` is how curl writes a header without a value
    add(lines_, line += value);
  }
  add(lines_, "Expect:");  // no waiting for a server's consent to a short body
  curl().easy_setopt(handle, CURLOPT_HTTPHEADER, lines_.get());
}

void CurlJob::set(const Mail& mail) {
  CURL* const handle = handle_.get();
  curl().easy_setopt(handle, CURLOPT_URL, mail.url.c_str());
  curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl().easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(mail.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!mail.username.empty()) {
    curl().easy_setopt(handle, CURLOPT_USERNAME, mail.username.c_str());
    curl().easy_setopt(handle, CURLOPT_PASSWORD, mail.password.c_str());
  }
  curl().easy_setopt(handle, CURLOPT_MAIL_FROM, mail.from.c_str());
  for (const std::string& recipient : mail.to) add(lines_, recipient);
  curl().easy_setopt(handle, CURLOPT_MAIL_RCPT, lines_.get());
  upload_ = mail.message;
  curl().easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl().easy_setopt(handle, CURLOPT_READFUNCTION, &CurlJob::give);
  curl().easy_setopt(handle, CURLOPT_READDATA, this);
}

std::size_t CurlJob::take_body(char* bytes, std::size_t size, std::size_t count, void* job) {
  CurlJob& self = *static_cast<CurlJob*>(job);
  const std::size_t room = TransferEnd::longest_read - self.end.answer.size();
  self.end.answer.append(bytes, std::min(room, size * count));
  self.full_ = size * count > room;
  return self.full_ ? 0 : size * count;
}

std::size_t CurlJob::take_head(char* bytes, std::size_t size, std::size_t count, void* job) {
  CurlJob& self = *static_cast<CurlJob*>(job);
  self.head_bytes_ += size * count;
  if (self.head_bytes_ > longest_head) return 0;
  // A mail server answers in lines, of which the last tells; after a refusal it only says good-bye.
  const bool refused = self.end.answer.starts_with('4') || self.end.answer.starts_with('5');
  if (std::holds_alternative<Mail>(self.transfer_.what) && !refused) self.end.answer.assign(bytes, size * count);
  return size * count;
}

std::size_t CurlJob::give(char* into, std::size_t size, std::size_t count, void* job) {
  std::string_view& rest = static_cast<CurlJob*>(job)->upload_;
  const std::size_t taken = rest.copy(into, size * count);
  rest.remove_prefix(taken);
  return taken;
}

curl_socket_t CurlJob::open_socket(void* job, curlsocktype /*purpose*/, curl_sockaddr* address) {
  CurlJob& self = *static_cast<CurlJob*>(job);
  const auto known = address_of(address->addr, address->addrlen);
  const std::string_view refusal = known ? self.guard_.refusal(*known) : "an address of an unknown kind";
  if (!refusal.empty()) {
    self.blocked_ = (known ? known->to_string() + ": it is " : std::string()) + std::string(refusal);
    return CURL_SOCKET_BAD;
  }
  self.opened_ = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

TransferEnd::Failure CurlJob::failure_of(CURLcode code) const {
  switch (code) {
    case CURLE_OK: return TransferEnd::Failure::none;
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR: return TransferEnd::Failure::login;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED: return TransferEnd::Failure::tls;
    case CURLE_UNSUPPORTED_PROTOCOL:  // also of an answer that is no HTTP
      return opened_ ? TransferEnd::Failure::broken : TransferEnd::Failure::blocked;
    case CURLE_URL_MALFORMAT: return TransferEnd::Failure::blocked;
    default: return TransferEnd::Failure::broken;
  }
}

void CurlJob::conclude(CURLcode code) {
  CURL* const handle = handle_.get();
  long status = 0;
  curl_off_t retry_after = 0;
  const char* redirect = nullptr;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl().easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  curl().easy_getinfo(handle, CURLINFO_REDIRECT_URL, &redirect);
  end.status = static_cast<int>(status);
  if (full_) code = CURLE_OK;  // its status is known, and the rest of the answer is nobody's concern
  end.failure = failure_of(code);
  if (retry_after > 0)
    end.retry_after = std::min<Duration>(longest_wait, std::chrono::seconds(std::min<curl_off_t>(retry_after, 86400)));
  if (redirect) end.redirect = redirect;
  if (!blocked_.empty() && !opened_ && code != CURLE_OK) {
    end.failure = TransferEnd::Failure::blocked;
    end.error = "nothing may be sent to " + blocked_;
  } else if (head_bytes_ > longest_head) {
    end.failure = TransferEnd::Failure::broken;
    end.error = "the answer's head is longer than 64 KiB";
  } else if (code != CURLE_OK) {
    end.error = error_.front() != '\0' ? error_.data() : curl().easy_strerror(code);
  }
  handle_.reset();
}

}  // namespace taffrail::alert
