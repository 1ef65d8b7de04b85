#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "alert/engine/changes.hpp"

namespace taffrail::alert {

/// What people who look on are told of a transaction, once it is written: which alerts have changed, and the
/// notifications that were made.
struct News {
  /// Of one transaction; there are more only while a storm is told of.
  static constexpr std::size_t most_notifications = 1024;
  /// Bytes of a line or a message.
  static constexpr std::size_t longest_text = 500;

  std::vector<AlertId> alerts;
  /// Objects as the API's list has them, without deliveries, their texts cut; the newest ones, oldest first.
  std::vector<std::shared_ptr<const std::string>> notifications;
  std::size_t left_out = 0;  ///< notifications before them
};

/// On a worker where they are many: some 2 µs for a notification.
[[nodiscard]] News news_of(const Changes& changes);

}  // namespace taffrail::alert
