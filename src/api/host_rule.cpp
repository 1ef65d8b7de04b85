#include "api/host_rule.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cctype>

namespace taffrail::api {
namespace {

bool is_address(const std::string& host) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(host, failed);
  return !failed;
}

/// "Logs.Example.COM.:8080" as "logs.example.com"; an IPv6 address without its brackets.
std::string bare_name(std::string_view host) {
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);  // the root that every name ends in
  }
  std::string name(host);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

bool is_off_the_web(std::string_view name) {
  constexpr std::array<std::string_view, 4> local{".localhost", ".local", ".home.arpa", ".internal"};
  return !name.contains('.') ||
         std::ranges::any_of(local, [&](std::string_view domain) { return name.ends_with(domain); });
}

}  // namespace

HostRule::HostRule(const std::vector<std::string>& names) {
  for (const std::string& name : names) names_.push_back(bare_name(name));
}

bool HostRule::admits(std::string_view host) const {
  const std::string name = bare_name(host);
  return is_address(name) || is_off_the_web(name) || std::ranges::find(names_, name) != names_.end();
}

bool HostRule::is_name(std::string_view text) {
  constexpr std::size_t longest = 253;  // RFC 1035, 2.3.4
  return !text.empty() && text.size() <= longest && !text.starts_with('.') && !text.contains("..") &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; });
}

}  // namespace taffrail::api
