#pragma once

#include <span>
#include <string>
#include <vector>

namespace taffrail {

/// The names of the functions that these addresses (of `backtrace`) lie in, demangled, from the innermost on; what a
/// name cannot be found for is "program+0x1234", which addr2line takes. Reads the programs' tables of symbols from
/// their files, as a static function of ours stands in no other place: some milliseconds, for a worker.
[[nodiscard]] std::vector<std::string> names_of(std::span<void* const> addresses);

}  // namespace taffrail
