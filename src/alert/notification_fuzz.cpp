// Whatever a stored notification has become, it is a notification or an error; one that is read is written so that it
// reads the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alert/notification.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::alert;
  const auto notification = notification_of({reinterpret_cast<const char*>(data), size});
  if (!notification) {
    if (notification.error().detail.empty()) std::abort();
    return 0;
  }
  const std::string once = to_json(*notification);
  const auto again = notification_of(once);
  if (!again || to_json(*again) != once) std::abort();
  return 0;
}
