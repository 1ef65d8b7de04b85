#include "alert/destination/address_guard.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>

namespace taffrail::alert {
namespace {

std::string_view refusal(const char* address, bool allow_private) {
  return AddressGuard(allow_private).refusal(boost::asio::ip::make_address(address));
}

TEST(AddressGuard, NeverLetsAnybodyReachThese) {
  const char* const table[] = {
      "0.0.0.0",
      "0.1.2.3",
      "169.254.0.1",
      "169.254.169.254",
      "169.254.170.2",
      "100.100.100.200",
      "168.63.129.16",
      "192.0.0.192",
      "224.0.0.1",
      "239.255.255.250",
      "240.0.0.1",
      "255.255.255.255",
      "::",
      "fe80::1",
      "febf::1",
      "ff02::1",
      "ff0e::1",
      "fd00:ec2::254",
      "fd20:ce::254",
      // The same within: mapped, translated, compatible, NAT64, its local prefix, 6to4, Teredo (server, client),
      // ISATAP.
      "::ffff:169.254.169.254",
      "::ffff:0.0.0.0",
      "::ffff:100.100.100.200",
      "::ffff:0:169.254.169.254",
      "::169.254.169.254",
      "64:ff9b::169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "64:ff9b:1::1",
      "64:ff9b:1:ffff::808:808",
      "2002:a9fe:a9fe::1",
      "2002:e000:1::",
      "2001:0:a9fe:a9fe::",
      "2001:0:808:808:0:0:5601:5601",
      "2001:db8::5efe:169.254.169.254",
      "2001:db8::200:5efe:a9fe:a9fe",
  };
  for (const char* address : table) {
    EXPECT_NE(refusal(address, true), "") << address;
    EXPECT_NE(refusal(address, false), "") << address;
  }
}

TEST(AddressGuard, LetsNeighboursBeReachedWhereThatIsAllowed) {
  const char* const table[] = {
      "127.0.0.1",
      "127.255.255.254",
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "100.127.255.255",
      "198.18.0.1",
      "192.0.0.1",
      "::1",
      "fc00::1",
      "fd12:3456::1",
      "fec0::1",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:0:192.168.0.1",
      "::127.0.0.1",
      "::10.0.0.1",
      "64:ff9b::10.0.0.1",
      "2002:7f00:1::",
      "2002:c0a8:101::1",
      "2001:0:a00:1:0:0:f7f7:f7f7",
      "2001:0:808:808:0:0:f5ff:fffe",
      "2001:db8::5efe:10.0.0.1",
  };
  for (const char* address : table) {
    EXPECT_EQ(refusal(address, true), "") << address;
    EXPECT_NE(refusal(address, false), "") << address;
  }
}

TEST(AddressGuard, LetsEverybodyElseBeReached) {
  const char* const table[] = {
      "1.1.1.1",
      "8.8.8.8",
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.1",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "192.167.255.255",
      "198.17.255.255",
      "198.20.0.0",
      "223.255.255.255",
      "2606:4700::1111",
      "2a00:1450::1",
      "::ffff:8.8.8.8",
      "64:ff9b::8.8.8.8",
      "2002:808:808::1",
      "2001:0:808:808:0:0:f7f7:f7f7",
      "2001:db8::5efe:8.8.8.8",
      "fbff::1",
  };
  for (const char* address : table) {
    EXPECT_EQ(refusal(address, false), "") << address;
  }
}

}  // namespace
}  // namespace taffrail::alert
