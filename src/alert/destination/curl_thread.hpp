#pragma once

#include <memory>

#include "alert/destination/address_guard.hpp"
#include "alert/destination/transfer.hpp"
#include "base/task.hpp"

namespace taffrail::alert {

/// libcurl on a thread of its own (docs/adr/0012-notification-transport.md): reading authorities and shaking hands take
/// milliseconds at a time, which the owner thread does not have. The thread begins with the first transfer and waits in
/// the kernel while there is none.
class CurlThread {
 public:
  explicit CurlThread(AddressGuard guard);
  CurlThread(const CurlThread&) = delete;
  CurlThread& operator=(const CurlThread&) = delete;
  /// Breaks off what is still under way.
  ~CurlThread();

  /// One exchange with a server; redirects are told, not followed. A cancellation breaks it off and leaves nothing
  /// behind.
  [[nodiscard]] Task<TransferEnd> run(Transfer transfer);

  /// Open connections that nothing is sent over just now; more cost a descriptor and some 50 KiB each.
  static constexpr long kept_connections = 16;

 private:
  class Loop;
  AddressGuard guard_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace taffrail::alert
