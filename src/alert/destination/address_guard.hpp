#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace taffrail::alert {

/// Which addresses a notification may be sent to, for whoever may write a destination could otherwise have the server
/// ask what only the server can reach. Asked of each address that a connection is made to, after names were resolved
/// and redirects followed, so that nothing can change in between.
class AddressGuard {
 public:
  /// @param allow_private whether this machine and its neighbours may be sent to: loopback, private networks
  ///   (RFC 1918), shared ones of carriers (RFC 6598) and unique local ones (RFC 4193)
  explicit AddressGuard(bool allow_private) : allow_private_(allow_private) {}

  /// Why an address may not be used, for people; empty: it may. Never: link-local addresses and the metadata services
  /// of clouds, multicast, broadcast, unspecified and reserved ones. What carries an IPv4 address within (mapped,
  /// compatible, translated, 6to4, NAT64, Teredo, ISATAP) is judged by that as well.
  [[nodiscard]] std::string_view refusal(const boost::asio::ip::address& address) const;

 private:
  bool allow_private_;
};

}  // namespace taffrail::alert
