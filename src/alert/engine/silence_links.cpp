#include "alert/engine/silence_links.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <sodium.h>

#include "alert/notification_view.hpp"
#include "text/json_writer.hpp"

namespace taffrail::alert {
namespace {

/// What a token says, in the order of its bytes.
struct Claim {
  std::int64_t alert = 0;
  std::int64_t expires = 0;  // seconds since 1970
};
static_assert(std::endian::native == std::endian::little && sizeof(Claim) == 16);

constexpr std::size_t token_bytes = sizeof(Claim) + SecretBox::signature_bytes;
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string SilenceLinks::link(AlertId alert, Time now) const {
  if (public_url_.empty()) return {};
  const Claim claim{.alert = alert,
                    .expires = std::chrono::floor<std::chrono::seconds>(now + valid_for).time_since_epoch().count()};
  std::array<char, token_bytes> bytes{};
  std::memcpy(bytes.data(), &claim, sizeof claim);
  const auto signature = box_.sign(SecretBox::Purpose::silence, {bytes.data(), sizeof claim});
  std::memcpy(bytes.data() + sizeof claim, signature.data(), signature.size());
  std::string token(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(token.data(), token.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  token.pop_back();  // the NUL
  return public_url_ + "/silence/" + token;
}

Result<AlertId> SilenceLinks::alert_of(std::string_view token, Time now) const {
  std::array<char, token_bytes> bytes{};
  std::size_t size = 0;
  const bool read = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), token.data(),
                                      token.size(), nullptr, &size, nullptr, variant) == 0;
  if (!read || size != token_bytes ||
      !box_.is_signed(SecretBox::Purpose::silence, {bytes.data(), sizeof(Claim)},
                      {bytes.data() + sizeof(Claim), SecretBox::signature_bytes}))
    return fail(ErrorCode::not_found, "this is no link of this server's notifications; silence the alert in the page");
  Claim claim;
  std::memcpy(&claim, bytes.data(), sizeof claim);
  if (now >= Time(std::chrono::seconds(claim.expires)))
    return fail(ErrorCode::not_found,
                "this link has expired, seven days after its notification; silence the alert in "
                "the page");
  return claim.alert;
}

std::string filter_for(const Notification& notification) {
  std::string filter = "rule.id == " + std::to_string(notification.rule.id) + " and alert.group == ";
  text::JsonWriter json(filter);
  json.value(group_text(notification.alert.group));
  return filter;
}

}  // namespace taffrail::alert
