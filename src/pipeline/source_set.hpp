#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "pipeline/registry.hpp"
#include "source/source.hpp"

namespace taffrail {

/// The sources of this server, and which of them answers for a container.
class SourceSet {
 public:
  explicit SourceSet(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {}

  [[nodiscard]] const std::vector<std::unique_ptr<Source>>& all() const { return sources_; }
  /// The source that owns this container's host, or nullptr.
  [[nodiscard]] Source* of(const Container& container) const {
    for (const auto& source : sources_)
      if (source->owns(container.host)) return source.get();
    return nullptr;
  }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace taffrail
