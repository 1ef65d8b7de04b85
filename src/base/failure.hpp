#pragma once

#include <exception>

namespace taffrail {

/// What one of several exceptions that came together says: tasks that were awaited together (`a || b`) throw together,
/// perhaps nested, and the first one tells why. Any other exception is its own cause.
[[nodiscard]] std::exception_ptr first_cause(const std::exception_ptr& failure);

/// Whether `failure` (not null) is what Asio throws from any await after a cancellation: the ordinary end of a
/// cancelled task, and no bug.
[[nodiscard]] bool is_cancellation(const std::exception_ptr& failure);

}  // namespace taffrail
