#pragma once

#include <cstdint>

// This header and its source are the only ones that run before anybody knows whether this processor can run the rest:
// they are compiled for every x86-64 processor, and use no function of a library that might be shared with the rest.

namespace taffrail::cpu {

/// The answers of CPUID and XGETBV that tell what a processor can do.
struct Answers {
  std::uint32_t leaf1_ecx = 0;
  std::uint32_t leaf7_ebx = 0;
  std::uint32_t extended1_ecx = 0;
  std::uint64_t saved_states = 0;  ///< XCR0: the registers that the operating system keeps for each program
};

/// What this processor answers.
Answers ask();

/// The first instruction set of x86-64-v3 (the System V ABI's level: Haswell, 2013, and later) that is missing, by its
/// name in /proc/cpuinfo; nullptr when none is.
const char* missing(const Answers& answers);

/// Ends the program with status 1 and a sentence, if anything that it was compiled for is missing.
void refuse_if_missing(const Answers& answers);

/// All of this for this processor; what an entry of .preinit_array takes.
void check(int, char**, char**);

}  // namespace taffrail::cpu
