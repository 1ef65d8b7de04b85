#pragma once

#include <map>
#include <memory>
#include <vector>

#include "model/container.hpp"
#include "source/source.hpp"

namespace taffrail {

/// The sources of this server, and which of them answers for a host. Two of them can name one (an engine under two
/// addresses, a machine that was copied with its engine's id): it is the first one's that told of it.
class SourceSet {
 public:
  explicit SourceSet(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {}

  [[nodiscard]] const std::vector<std::unique_ptr<Source>>& all() const { return sources_; }

  /// Whether the host is this source's, or no other's.
  [[nodiscard]] bool may_claim(const HostId& host, const Source& source) const;
  /// Makes the host this source's, if it says that it is and it is no other's. @return whether it is
  [[nodiscard]] bool claim(const HostId& host, const Source& source);
  /// The host is none any more.
  void release(const HostId& host) { owners_.erase(host); }

  /// The source that answers for this host, or nullptr.
  [[nodiscard]] Source* of(const HostId& host) const;
  [[nodiscard]] Source* of(const Container& container) const { return of(container.host); }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::map<HostId, const Source*> owners_;  // bounded: a source has one host at a time
};

}  // namespace taffrail
