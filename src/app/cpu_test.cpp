#include "app/cpu.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace taffrail::cpu {
namespace {

constexpr Answers haswell{
    .leaf1_ecx = 0xffffffff, .leaf7_ebx = 0xffffffff, .extended1_ecx = 0xffffffff, .saved_states = 7};

TEST(Cpu, EachInstructionSetOfTheLevelIsMissedByItsName) {
  EXPECT_EQ(missing(haswell), nullptr);
  const std::pair<const char*, Answers> cases[] = {
      {"sse4_2", {.leaf1_ecx = ~(1U << 20U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"movbe", {.leaf1_ecx = ~(1U << 22U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"popcnt", {.leaf1_ecx = ~(1U << 23U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"avx", {.leaf1_ecx = ~(1U << 28U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"f16c", {.leaf1_ecx = ~(1U << 29U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"fma", {.leaf1_ecx = ~(1U << 12U), .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 7}},
      {"bmi1", {.leaf1_ecx = ~0U, .leaf7_ebx = ~(1U << 3U), .extended1_ecx = ~0U, .saved_states = 7}},
      {"avx2", {.leaf1_ecx = ~0U, .leaf7_ebx = ~(1U << 5U), .extended1_ecx = ~0U, .saved_states = 7}},
      {"bmi2", {.leaf1_ecx = ~0U, .leaf7_ebx = ~(1U << 8U), .extended1_ecx = ~0U, .saved_states = 7}},
      {"abm", {.leaf1_ecx = ~0U, .leaf7_ebx = ~0U, .extended1_ecx = ~(1U << 5U), .saved_states = 7}},
      {"avx (kept by the operating system)",
       {.leaf1_ecx = ~0U, .leaf7_ebx = ~0U, .extended1_ecx = ~0U, .saved_states = 3}},
  };
  for (const auto& [name, answers] : cases) {
    ASSERT_NE(missing(answers), nullptr) << name;
    EXPECT_STREQ(missing(answers), name);
  }
}

#if defined(__x86_64__)
TEST(Cpu, AnOlderProcessorGetsASentenceAndStatusOneInPlaceOfAnIllegalInstruction) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  constexpr Answers nehalem{.leaf1_ecx = 1U << 20U | 1U << 23U, .leaf7_ebx = 0, .extended1_ecx = 0, .saved_states = 0};
  EXPECT_EXIT(refuse_if_missing(nehalem), testing::ExitedWithCode(1),
              "lacks movbe, and this program is built for x86-64-v3");
}

TEST(Cpu, ThisOneCanRunWhatRunsHere) {
  EXPECT_EQ(missing(ask()), nullptr);
  refuse_if_missing(ask());
}
#endif

}  // namespace
}  // namespace taffrail::cpu
