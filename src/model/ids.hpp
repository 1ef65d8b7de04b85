#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/id.hpp"

namespace taffrail {

/// An engine or another place that containers live on.
using HostId = Id<struct HostTag>;

/// A container: its host, and how that names it (an engine with 64 hex digits, another source as it makes it up). Two
/// engines may use one id (copied machines, one engine under two names): only host and id together name a container.
class ContainerId {
 public:
  ContainerId() = default;
  ContainerId(HostId host, std::string id) : host_(std::move(host)), id_(std::move(id)) {}
  /// Of a host that is not said: for text from outside, and where there is but one host.
  explicit ContainerId(std::string id) : id_(std::move(id)) {}
  explicit ContainerId(std::string_view id) : id_(id) {}
  explicit ContainerId(const char* id) : id_(id) {}

  [[nodiscard]] const HostId& host() const { return host_; }
  /// The id that the host gave it.
  [[nodiscard]] const std::string& str() const { return id_; }
  [[nodiscard]] bool empty() const { return id_.empty(); }
  /// `HOST/ID`, which names it among all hosts' containers; only the id where no host is said.
  [[nodiscard]] std::string full() const { return host_.empty() ? id_ : host_.str() + '/' + id_; }
  /// Reads what `full` writes. No host's id has a '/' in it.
  [[nodiscard]] static ContainerId parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return ContainerId(text);
    return {HostId(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  }
  friend auto operator<=>(const ContainerId&, const ContainerId&) = default;

 private:
  HostId host_;
  std::string id_;
};

}  // namespace taffrail

template <>
struct std::hash<taffrail::ContainerId> {
  size_t operator()(const taffrail::ContainerId& id) const noexcept {
    // Ids are random where there are many; the host hardly ever tells two of them apart.
    return std::hash<std::string>{}(id.str());
  }
};
