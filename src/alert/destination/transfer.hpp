#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "alert/destination/request.hpp"
#include "base/clock.hpp"

namespace taffrail::alert {

/// How a connection is made.
struct ConnectionOptions {
  std::string ca;           ///< further authorities, in PEM
  std::string certificate;  ///< of ours, in PEM
  std::string key;
  bool verify = true;
  std::string proxy;  ///< empty: none, whatever the environment says
};

/// A mail, to be handed to a server.
struct Mail {
  std::string url;  ///< smtp://host:port, smtps://host:port
  bool starttls = false;
  std::string username;
  std::string password;
  std::string from;
  std::vector<std::string> to;
  std::string message;
};

/// One exchange with a server, without what may follow from it.
struct Transfer {
  std::variant<Request, Mail> what;
  ConnectionOptions options;
  Duration limit{};
};

/// What came of it.
struct TransferEnd {
  enum class Failure : std::uint8_t {
    none,     ///< the server has answered
    blocked,  ///< the guard forbids its address
    broken,   ///< no answer, or half of one
    tls,      ///< no connection that could be trusted
    login,    ///< the server does not know us
  };
  Failure failure = Failure::none;
  std::string error;   ///< for people, of a failure
  int status = 0;      ///< HTTP or SMTP; 0: none
  std::string answer;  ///< at most `longest_read`
  std::optional<Duration> retry_after;
  std::string redirect;  ///< where the answer sends us; empty: nowhere

  static constexpr std::size_t longest_read = 64UZ * 1024;
};

}  // namespace taffrail::alert
