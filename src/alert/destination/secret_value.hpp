#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "alert/destination/secret_box.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// Whether a secret's text only says where the secret is: `${NAME}`, a variable of the server, or `file:/PATH`, the
/// first line of a file of at most 64 KiB (of a certificate or key all of it); a word may stand before it, as in
/// `Bearer ${TOKEN}`. Such a text is no secret in itself: it is stored and shown as it is.
[[nodiscard]] bool is_reference(std::string_view text);

/// Gives the secrets in the moment when they are needed. Reads files, so not on the owner thread.
class SecretReader {
 public:
  using Variable = std::function<std::optional<std::string>(const std::string&)>;
  /// @param variable the value of an environment variable, if it is set; called on any thread
  SecretReader(const SecretBox& box, Variable variable) : box_(box), variable_(std::move(variable)) {}

  /// The secret behind a stored text: sealed, a reference, or the text itself. Errors: what `SecretBox::unseal` says;
  /// not_found for a variable that is not set; for a file what the operating system says. Never holds the secret.
  [[nodiscard]] Result<std::string> read(std::string_view stored) const;

 private:
  SecretBox box_;
  Variable variable_;
};

}  // namespace taffrail::alert
