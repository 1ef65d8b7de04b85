#pragma once

#include <string>

#include "alert/destination/address_guard.hpp"
#include "alert/destination/curl_thread.hpp"
#include "alert/destination/request.hpp"
#include "alert/destination/secret_value.hpp"
#include "alert/destination/sender.hpp"
#include "base/clock.hpp"
#include "base/worker_pool.hpp"

namespace taffrail::alert {

/// Sends to the services of the table: over HTTP, by mail, to commands. All sends must have ended before it dies.
class ServiceSender final : public Sender {
 public:
  struct Options {
    bool allow_private = true;    ///< this machine and its neighbours (AddressGuard)
    bool allow_commands = false;  ///< what a command does, whoever may write a destination can do on this machine
    std::string user_agent;       ///< "taffrail/1.2.3"
  };

  /// @param clock for signatures; must outlive this
  ServiceSender(Options options, SecretReader secrets, const Clock& clock);

  Task<Attempt> send(const Destination& destination, const Notification& notification) override;

  static constexpr Duration longest_attempt = std::chrono::seconds(15);
  static constexpr int most_redirects = 3;

 private:
  struct Prepared;
  [[nodiscard]] Result<Prepared> prepare(const Service& service, const Destination& destination,
                                         const Notification& notification) const;
  [[nodiscard]] Result<> check_literal(const std::string& url) const;
  Task<Attempt> attempt(const Service& service, const Destination& destination, const Notification& notification);
  Task<TransferEnd> follow(Transfer transfer);
  Task<Attempt> run(Prepared& prepared);

  Options options_;
  SecretReader secrets_;
  const Clock& clock_;
  CurlThread curl_;
  // Bodies of up to a megabyte, and files with secrets, which may lie on a mount that hangs: not the workers that lines
  // are read on.
  WorkerPool workers_;
};

}  // namespace taffrail::alert
