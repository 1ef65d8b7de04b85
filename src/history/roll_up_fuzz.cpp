// Takes the input as a roll-up. What is read must rise, and be read again as it was from the bytes that it makes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "history/roll_up.hpp"

using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = RollUp::decode({reinterpret_cast<const char*>(data), size});
  if (!read) {
    require(!read.error().detail.empty());
    return 0;
  }
  require(read->entries.size() <= RollUp::max_entries);
  const auto again = RollUp::decode(read->encode());
  require(again.has_value() && again->length == read->length && again->entries.size() == read->entries.size());
  for (std::size_t i = 0; i < read->entries.size(); ++i) {
    require(i == 0 || read->entries[i - 1].step < read->entries[i].step);
    require(again->entries[i].step == read->entries[i].step && again->entries[i].counts == read->entries[i].counts);
  }
  return 0;
}
