#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/record.hpp"

namespace taffrail::history {

/// A block of lines as they are, in one part: what a second brings of a container that says little. Cheap to write, and
/// what the other kind of block is held against in tests.
/// @param lines of one container in order of their places; at least one, at most what block_limits.hpp says, else
///              invalid_argument or too_large
[[nodiscard]] Result<std::string> encode_plain(const Batch& lines);

/// The reverse; the container is left empty. Error damaged or unsupported.
[[nodiscard]] Result<Batch> decode_plain(std::string_view part);

/// What every writer of blocks refuses: none, or too much.
[[nodiscard]] Result<> check_block_limits(const Batch& lines);

}  // namespace taffrail::history
