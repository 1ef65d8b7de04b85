#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/client_tls.hpp"
#include "net/endpoint.hpp"

namespace taffrail::net {

/// Connects to `endpoint`, each address of its name in turn, and shakes hands where it asks for TLS.
/// @param tls for `tcp+tls` endpoints, which cannot do without; else null
/// @param limit for all of it. A name that the resolver is still looking up then is waited for (the system's resolver
///        cannot be interrupted; its own limit is some seconds), an address never is
/// Errors: timeout, unavailable (refused, unreachable, unknown host), not_found (no socket file), permission_denied,
/// protocol (TLS), each with the endpoint in the detail.
[[nodiscard]] Task<Result<std::unique_ptr<ByteStream>>> connect(Endpoint endpoint, std::shared_ptr<ClientTls> tls,
                                                                Duration limit);

}  // namespace taffrail::net
