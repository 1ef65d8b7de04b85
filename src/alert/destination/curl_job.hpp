#pragma once

#include <array>
#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <string_view>

#include "alert/destination/address_guard.hpp"
#include "alert/destination/curl_library.hpp"
#include "alert/destination/transfer.hpp"
#include "base/signal_flag.hpp"
#include "base/task.hpp"

namespace taffrail::alert {

/// A transfer as libcurl knows it. Its handle is made, used and freed on curl's thread; who waits for it reads `end`
/// once `finished` is set, on his own.
class CurlJob {
 public:
  CurlJob(Transfer transfer, const AddressGuard& guard, Executor owner)
      : owner_(std::move(owner)), done(owner_), transfer_(std::move(transfer)), guard_(guard) {}
  CurlJob(const CurlJob&) = delete;
  CurlJob& operator=(const CurlJob&) = delete;

  /// On curl's thread: a handle with everything set, or null where there is no memory for one.
  CURL* begin();
  /// On curl's thread, with the handle out of the multi handle: what came of it. Frees the handle.
  void conclude(CURLcode code);
  void drop() { handle_.reset(); }
  [[nodiscard]] const Executor& owner() const { return owner_; }

 private:
  Executor owner_;

 public:
  SignalFlag done;
  bool finished = false;  ///< set and read on the owner's thread
  TransferEnd end;

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
  };

  void set(const Request& request);
  void set(const Mail& mail);
  void set(const ConnectionOptions& options);
  void add(std::unique_ptr<curl_slist, FreeList>& list, const std::string& line);
  TransferEnd::Failure failure_of(CURLcode code) const;

  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* job);
  static std::size_t take_head(char* bytes, std::size_t size, std::size_t count, void* job);
  static std::size_t give(char* into, std::size_t size, std::size_t count, void* job);
  static curl_socket_t open_socket(void* job, curlsocktype purpose, curl_sockaddr* address);

  Transfer transfer_;
  const AddressGuard& guard_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> lines_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string_view upload_;
  std::size_t head_bytes_ = 0;
  std::string blocked_;
  bool opened_ = false;
  bool full_ = false;  ///< broken off by us, for the answer is longer than we read
};

}  // namespace taffrail::alert
