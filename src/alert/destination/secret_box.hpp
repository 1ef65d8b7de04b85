#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace taffrail::alert {

/// Seals what nobody may read in the database, with one key of the server's own (libsodium's secretbox: XSalsa20 and
/// Poly1305). Whoever has the key's file as well as the database has the secrets; the database alone, or a copy of it,
/// tells nothing. Immutable, so threads may share it.
class SecretBox {
 public:
  /// The key from its variable, or from `secret.key` in the data directory, which is made (random, mode 0600, complete
  /// or not there at all) where it is missing.
  /// @param variable the value of TAFFRAIL_SECRET_KEY, if it is set: 64 hex digits, or 32 bytes in base64
  /// Errors: invalid_argument for another variable; permission_denied for a file that others may read; damaged for one
  /// that is no key; else what the operating system says.
  [[nodiscard]] static Result<SecretBox> open(const std::filesystem::path& directory,
                                              std::optional<std::string_view> variable);
  /// The key in itself, in the forms above.
  [[nodiscard]] static Result<SecretBox> with_key(std::string_view key);

  SecretBox(const SecretBox&) = default;
  SecretBox& operator=(const SecretBox&) = default;
  ~SecretBox();

  /// Another text each time, which begins with `sealed_prefix`.
  [[nodiscard]] std::string seal(std::string_view secret) const;
  /// What `seal` was given. Error: damaged where it was sealed with another key, or has been changed.
  [[nodiscard]] Result<std::string> unseal(std::string_view sealed) const;

  /// What is signed; each has a key of its own, derived from this one.
  enum class Purpose : std::uint8_t { silence = 1 };
  static constexpr std::size_t signature_bytes = 32;
  /// HMAC-SHA-512-256.
  [[nodiscard]] std::array<char, signature_bytes> sign(Purpose purpose, std::string_view message) const;
  [[nodiscard]] bool is_signed(Purpose purpose, std::string_view message, std::string_view signature) const;

  /// Whether `text` is the key itself, which nobody is to be sent.
  [[nodiscard]] bool is_key(std::string_view text) const;

  static constexpr std::string_view sealed_prefix = "sealed:1:";
  static constexpr std::string_view variable_name = "TAFFRAIL_SECRET_KEY";

 private:
  static constexpr std::size_t key_bytes = 32;
  using Key = std::array<unsigned char, key_bytes>;
  explicit SecretBox(const Key& key) : key_(key) {}
  [[nodiscard]] SecretBox derived(Purpose purpose) const;

  Key key_;
};

}  // namespace taffrail::alert
