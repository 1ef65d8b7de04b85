#pragma once

#include <string>
#include <string_view>

#include "alert/destination/secret_box.hpp"
#include "alert/destination/sender.hpp"
#include "base/result.hpp"

namespace taffrail::alert {

/// What stands for a secret wherever a destination is shown.
inline constexpr std::string_view hidden_secret = "***";

/// Reads a destination as people write it (CONTRACT, "Alerts"), checks it against its row of the table of services, and
/// seals its secrets. Errors: invalid_argument that names the key and what may stand there, also for unknown keys;
/// too_large beyond 256 KiB.
/// @param stored what it replaces: a secret that is "***" stays as it is there. Null: there is none, and "***" is an
///   error
[[nodiscard]] Result<Destination> destination_of_json(std::string_view json, const SecretBox& box,
                                                      const Destination* stored = nullptr);

/// `stored` with the changes of a JSON merge patch (RFC 7386): what is not named stays, null takes a key away. Errors
/// as above.
[[nodiscard]] Result<Destination> patched_destination(const Destination& stored, std::string_view json,
                                                      const SecretBox& box);

/// As `destination_of_json` reads it, with its id; secrets are "***".
[[nodiscard]] std::string to_json(const Destination& destination);

}  // namespace taffrail::alert
