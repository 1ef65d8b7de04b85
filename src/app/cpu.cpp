#include "app/cpu.hpp"

#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

// Sanitizers are not up yet when this runs.
#define TAFFRAIL_BEFORE_ALL __attribute__((no_sanitize("address", "undefined", "thread")))

namespace taffrail::cpu {
namespace {

struct Feature {
  const char* name;
  std::uint32_t Answers::* answer;
  unsigned bit;
};

constexpr Feature features[] = {
    {"sse4_2", &Answers::leaf1_ecx, 20}, {"movbe", &Answers::leaf1_ecx, 22},  {"popcnt", &Answers::leaf1_ecx, 23},
    {"xsave", &Answers::leaf1_ecx, 27},  {"avx", &Answers::leaf1_ecx, 28},    {"f16c", &Answers::leaf1_ecx, 29},
    {"fma", &Answers::leaf1_ecx, 12},    {"bmi1", &Answers::leaf7_ebx, 3},    {"avx2", &Answers::leaf7_ebx, 5},
    {"bmi2", &Answers::leaf7_ebx, 8},    {"abm", &Answers::extended1_ecx, 5},
};
/// SSE and AVX registers, in XCR0.
constexpr std::uint64_t needed_states = 0b110;

TAFFRAIL_BEFORE_ALL void say(const char* text) {
  unsigned size = 0;
  while (text[size] != '\0') ++size;
  // NOLINTNEXTLINE(bugprone-unused-return-value): nothing could be done about it
  if (::write(STDERR_FILENO, text, size) < 0) return;
}

}  // namespace

TAFFRAIL_BEFORE_ALL Answers ask() {
  Answers answers;
#if defined(__x86_64__)
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) answers.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) answers.leaf7_ebx = ebx;
  if (__get_cpuid(0x80000001U, &eax, &ebx, &ecx, &edx) != 0) answers.extended1_ecx = ecx;
  constexpr unsigned osxsave = 27;  // without it XGETBV is no instruction
  if ((answers.leaf1_ecx >> osxsave & 1U) != 0) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    answers.saved_states = static_cast<std::uint64_t>(high) << 32U | low;
  }
#endif
  return answers;
}

TAFFRAIL_BEFORE_ALL const char* missing(const Answers& answers) {
  for (const Feature& feature : features)
    if ((answers.*feature.answer >> feature.bit & 1U) == 0) return feature.name;
  if ((answers.saved_states & needed_states) != needed_states) return "avx (kept by the operating system)";
  return nullptr;
}

TAFFRAIL_BEFORE_ALL void refuse_if_missing(const Answers& answers) {
#if defined(__x86_64__)
  const char* const feature = missing(answers);
  if (feature == nullptr) return;
  say("taffrail: this processor lacks ");
  say(feature);
  say(", and this program is built for x86-64-v3 (Haswell of 2013 and later). Virtual machines hide it at times: give "
      "them the host's processor model. Else build it with -march=x86-64-v2 in cmake/toolchain.cmake.\n");
  _exit(1);
#else
  (void)answers;
#endif
}

TAFFRAIL_BEFORE_ALL void check(int, char**, char**) { refuse_if_missing(ask()); }

}  // namespace taffrail::cpu
