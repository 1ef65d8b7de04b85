// Whatever the API is sent, it is a destination or an error; one that is read is shown so that it reads the same, and
// shows no secret.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alert/destination/destination.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail::alert;
  static const SecretBox box =
      SecretBox::with_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
  static const Destination stored =
      destination_of_json(
          R"({"name":"a","type":"webhook","url":"http://a","secret":"sesame","headers":{"A":"sesame"}})", box)
          .value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& made : {destination_of_json(text, box), patched_destination(stored, text, box)}) {
    if (!made) {
      if (made.error().detail.empty()) std::abort();
      continue;
    }
    const std::string shown = to_json(*made);
    for (const auto& [key, kept] : made->settings)
      if (box.unseal(kept) && shown.contains(kept)) std::abort();
    const auto again = destination_of_json(shown, box, &*made);
    if (!again || to_json(*again) != shown || again->settings != made->settings || again->headers != made->headers)
      std::abort();
  }
  return 0;
}
