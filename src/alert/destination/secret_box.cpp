#include "alert/destination/secret_box.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace taffrail::alert {
namespace {

constexpr int base64_variant = sodium_base64_VARIANT_ORIGINAL;

/// Safe to call often, from any thread. It fails only where the system has no source of random numbers.
void need_sodium() {
  if (sodium_init() < 0) std::terminate();
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), base64_variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    base64_variant);
  text.pop_back();  // the NUL
  return text;
}

/// Base64 as it must be, of at most `most` bytes.
std::optional<std::string> of_base64(std::string_view text, std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, base64_variant) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_key_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) return std::unexpected(system_error("open " + path.string(), errno));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(system_error("stat " + path.string(), errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::damaged, path.string() + " is no file");
  if ((status.st_mode & 077U) != 0)
    return fail(ErrorCode::permission_denied,
                path.string() +
                    " is open to others than its owner: make it private (chmod 600), and change the "
                    "secrets of the destinations if somebody has read it");
  std::string text(256, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return std::unexpected(system_error("read " + path.string(), errno));
  text.resize(static_cast<std::size_t>(size));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Writes the whole file under another name, and gives it its own name once it is on the disk: there is never half a
/// key. Where somebody else was faster, his counts.
Result<> write_key_file(const std::filesystem::path& directory, const std::filesystem::path& path,
                        std::string_view text) {
  std::string draft = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(draft.data(), O_CLOEXEC));  // of mode 0600
  if (file.get() < 0) return std::unexpected(system_error("make " + draft, errno));
  std::optional<Error> failed;
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    failed = system_error("write " + draft, errno);
  else if (::fsync(file.get()) != 0)
    failed = system_error("fsync " + draft, errno);
  else if (::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST)
    failed = system_error("make " + path.string(), errno);
  ::unlink(draft.c_str());
  if (failed) return std::unexpected(*std::move(failed));
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0)
    return std::unexpected(system_error("fsync " + directory.string(), errno));
  return {};
}

}  // namespace

Result<SecretBox> SecretBox::with_key(std::string_view text) {
  need_sodium();
  Key key;
  std::size_t size = 0;
  if (text.size() == 2 * key_bytes &&
      sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, nullptr) == 0 &&
      size == key_bytes)
    return SecretBox(key);
  const auto bytes = of_base64(text, key_bytes);
  if (!bytes || bytes->size() != key_bytes)
    return fail(ErrorCode::invalid_argument,
                "a key is 32 random bytes: 64 hex digits, or base64 (openssl rand -hex 32)");
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return SecretBox(key);
}

Result<SecretBox> SecretBox::open(const std::filesystem::path& directory, std::optional<std::string_view> variable) {
  need_sodium();
  if (variable) {
    auto box = with_key(*variable);
    if (!box) return fail(box.error().code, std::string(variable_name) + ": " + box.error().detail);
    return box;
  }
  const std::filesystem::path path = directory / "secret.key";
  auto text = read_key_file(path);
  if (!text && text.error().code == ErrorCode::not_found) {
    std::string bytes(key_bytes, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    if (auto written = write_key_file(directory, path, to_base64(bytes) + '\n'); !written) return forward(written);
    text = read_key_file(path);
  }
  if (!text) return forward(text);
  auto box = with_key(*text);
  if (!box)
    return fail(ErrorCode::damaged, path.string() +
                                        " holds no key: bring it back from a backup, or remove it and enter the "
                                        "secrets of the destinations again");
  return box;
}

SecretBox::~SecretBox() { sodium_memzero(key_.data(), key_.size()); }

SecretBox SecretBox::derived(Purpose purpose) const {
  static_assert(crypto_kdf_KEYBYTES == key_bytes && crypto_auth_KEYBYTES == key_bytes);
  static_assert(crypto_auth_BYTES == signature_bytes);
  SecretBox box{Key{}};
  crypto_kdf_derive_from_key(box.key_.data(), key_bytes, static_cast<std::uint64_t>(purpose), "taffrail", key_.data());
  return box;
}

std::array<char, SecretBox::signature_bytes> SecretBox::sign(Purpose purpose, std::string_view message) const {
  std::array<char, signature_bytes> signature{};
  crypto_auth(reinterpret_cast<unsigned char*>(signature.data()),
              reinterpret_cast<const unsigned char*>(message.data()), message.size(), derived(purpose).key_.data());
  return signature;
}

bool SecretBox::is_signed(Purpose purpose, std::string_view message, std::string_view signature) const {
  return signature.size() == signature_bytes &&
         crypto_auth_verify(reinterpret_cast<const unsigned char*>(signature.data()),
                            reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                            derived(purpose).key_.data()) == 0;
}

bool SecretBox::is_key(std::string_view text) const {
  const auto box = with_key(text);
  return box && sodium_memcmp(box->key_.data(), key_.data(), key_bytes) == 0;
}

std::string SecretBox::seal(std::string_view secret) const {
  std::string bytes(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size(), '\0');
  auto* nonce = reinterpret_cast<unsigned char*>(bytes.data());
  randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, reinterpret_cast<const unsigned char*>(secret.data()),
                        secret.size(), nonce, key_.data());
  return std::string(sealed_prefix) + to_base64(bytes);
}

Result<std::string> SecretBox::unseal(std::string_view sealed) const {
  constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.starts_with(sealed_prefix)) {
    const auto bytes = of_base64(sealed.substr(sealed_prefix.size()), sealed.size());
    if (bytes && bytes->size() >= overhead) {
      const auto* nonce = reinterpret_cast<const unsigned char*>(bytes->data());
      std::string secret(bytes->size() - overhead, '\0');
      if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()),
                                     nonce + crypto_secretbox_NONCEBYTES, bytes->size() - crypto_secretbox_NONCEBYTES,
                                     nonce, key_.data()) == 0)
        return secret;
    }
  }
  return fail(ErrorCode::damaged,
              "a stored secret cannot be opened with the key of this server (secret.key in the data directory, or "
              "TAFFRAIL_SECRET_KEY): bring that key back, or enter the secret again");
}

}  // namespace taffrail::alert
