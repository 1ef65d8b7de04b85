#pragma once

#include <string>

#include "net/headers.hpp"

namespace taffrail::net {

/// A request as the server's handler gets it: complete, checked, within the server's limits.
struct HttpRequest {
  std::string method;  ///< as sent: "GET"; compare with case
  std::string target;  ///< as sent, still percent-encoded; read it with parse_target
  int version = 11;    ///< 10 or 11
  Headers headers;     ///< exactly one Host for 1.1
  std::string body;    ///< with the transfer coding taken off
  std::string peer;    ///< ByteStream::peer of the connection
};

}  // namespace taffrail::net
