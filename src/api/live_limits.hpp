#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace taffrail::api {

// What one live connection may cost. A page has about five subscriptions; a grid of logs has one more for each pane.

/// Subscriptions of one connection. Each log subscription holds up to a frame, what LogRead read ahead, and a reader.
inline constexpr std::size_t max_subscriptions = 64;
/// Containers whose logs one connection follows, in all its subscriptions together: each has a reader, or a share in
/// one, descriptors, and lines that were read ahead.
inline constexpr std::size_t max_followed = 1000;
/// A message from the client: a thousand ids of 64 digits fit.
inline constexpr std::size_t max_message_bytes = 128UZ * 1024;
/// Small answers (pong, closed, error) that wait to be sent. At the bound no more messages are read.
inline constexpr std::size_t max_replies = 64;
/// A frame of lines is cut here; one line may be longer.
inline constexpr std::size_t log_frame_bytes = 64UZ * 1024;
/// Long lists of containers and samples are cut into messages of about this size, so that none is long in the making
/// on the owner thread, or on the way.
inline constexpr std::size_t live_part_bytes = 128UZ * 1024;
/// The most credit that a log subscription can hold: that much may be on the way to the client.
inline constexpr std::uint64_t max_credit = 16UZ * 1024 * 1024;
/// Events, or notifications, that wait while the connection takes nothing. The oldest are dropped and counted.
inline constexpr std::size_t max_events = 1024;
/// Alerts that have changed while the connection takes nothing. Beyond it all alerts are told anew.
inline constexpr std::size_t max_changed_alerts = 10'000;
/// Changes of containers and alerts are gathered for this long, so that a burst is one message.
inline constexpr std::chrono::milliseconds coalesce{50};
/// A client that takes nothing of a message for this long is closed; one on a slow link takes a little now and then.
inline constexpr std::chrono::seconds stall_limit{60};

}  // namespace taffrail::api
