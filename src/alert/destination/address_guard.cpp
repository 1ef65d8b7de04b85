#include "alert/destination/address_guard.hpp"

#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <cstdint>
#include <cstring>

namespace taffrail::alert {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view link_local = "a link-local address, where clouds have their metadata";
constexpr std::string_view metadata = "a cloud's metadata service";
constexpr std::string_view multicast = "a multicast address";
constexpr std::string_view nobody = "an address of nobody (unspecified, broadcast or reserved)";
constexpr std::string_view translated = "an address of a local translation to IPv4";
constexpr std::string_view own = "a private or local address, which --allow-private-destinations off forbids";

struct Network4 {
  std::uint32_t prefix;
  int bits;
  std::string_view why;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24U | b << 16U | c << 8U | d;
}

constexpr Network4 networks4[] = {
    {v4(0, 0, 0, 0), 8, nobody},
    {v4(169, 254, 0, 0), 16, link_local},
    {v4(100, 100, 100, 200), 32, metadata},  // Alibaba
    {v4(168, 63, 129, 16), 32, metadata},    // Azure
    {v4(192, 0, 0, 192), 32, metadata},      // Oracle
    {v4(224, 0, 0, 0), 4, multicast},
    {v4(240, 0, 0, 0), 4, nobody},  // and broadcast
    {v4(127, 0, 0, 0), 8, own},
    {v4(10, 0, 0, 0), 8, own},
    {v4(172, 16, 0, 0), 12, own},
    {v4(192, 168, 0, 0), 16, own},
    {v4(100, 64, 0, 0), 10, own},
    {v4(192, 0, 0, 0), 24, own},
    {v4(198, 18, 0, 0), 15, own},
};

struct Network6 {
  ip::address_v6::bytes_type prefix;
  int bits;
  std::string_view why;
};

constexpr Network6 networks6[] = {
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, metadata},  // Amazon
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, metadata},  // Google
    {{0xfe, 0x80}, 10, link_local},
    {{0xff}, 8, multicast},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, translated},  // RFC 8215
    {{}, 128, nobody},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, own},
    {{0xfc}, 7, own},
    {{0xfe, 0xc0}, 10, own},
};

bool starts_with(const ip::address_v6::bytes_type& bytes, const ip::address_v6::bytes_type& prefix, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(bytes.data(), prefix.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  return (static_cast<unsigned>(bytes.at(whole) ^ prefix.at(whole)) >> static_cast<unsigned>(8 - bits % 8)) == 0;
}

std::string_view why(std::uint32_t address) {
  for (const Network4& network : networks4)
    if (((address ^ network.prefix) >> static_cast<unsigned>(32 - network.bits)) == 0) return network.why;
  return {};
}

std::uint32_t v4_at(const ip::address_v6::bytes_type& bytes, std::size_t at) {
  return v4(bytes.at(at), bytes.at(at + 1), bytes.at(at + 2), bytes.at(at + 3));
}

/// The IPv4 addresses that an IPv6 address leads to.
struct Embedded {
  std::array<std::uint32_t, 2> all{};
  std::size_t count = 0;
};

Embedded embedded(const ip::address_v6::bytes_type& bytes) {
  const auto is = [&](const ip::address_v6::bytes_type& prefix, int bits) { return starts_with(bytes, prefix, bits); };
  const std::uint32_t last = v4_at(bytes, 12);
  if (is({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96)) return {{last}, 1};        // mapped
  if (is({0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96)) return {{last}, 1};        // translated (RFC 2765)
  if (is({}, 96) && last > 1) return {{last}, 1};                                    // compatible
  if (is({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 96)) return {{last}, 1};  // NAT64
  if (is({0x20, 0x02}, 16)) return {{v4_at(bytes, 2)}, 1};                           // 6to4
  if (is({0x20, 0x01, 0, 0}, 32)) return {{v4_at(bytes, 4), ~last}, 2};              // Teredo: server, client
  const std::uint32_t before = v4_at(bytes, 8);
  if (before == 0x00005efe || before == 0x02005efe) return {{last}, 1};  // ISATAP
  return {};
}

}  // namespace

std::string_view AddressGuard::refusal(const ip::address& address) const {
  const auto judged = [&](std::string_view reason) {
    return reason == own && allow_private_ ? std::string_view() : reason;
  };
  if (address.is_v4()) return judged(why(address.to_v4().to_uint()));
  const ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  for (const Network6& network : networks6)
    if (starts_with(bytes, network.prefix, network.bits)) return judged(network.why);
  const Embedded within = embedded(bytes);
  for (std::size_t i = 0; i < within.count; ++i)
    if (const std::string_view reason = judged(why(within.all.at(i))); !reason.empty()) return reason;
  return {};
}

}  // namespace taffrail::alert
