#include "alert/destination/attempt.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "text/utf8.hpp"

namespace taffrail::alert {
namespace {

constexpr Duration longest_wait = std::chrono::days(1);

/// How long the answer's JSON says to wait, where the service says it there.
std::optional<Duration> wait_of(const Service& service, std::string_view answer) {
  if (service.wait.empty()) return std::nullopt;
  boost::system::error_code failed;
  const boost::json::value root = boost::json::parse(boost::json::string_view(answer.data(), answer.size()), failed);
  if (failed) return std::nullopt;
  const boost::json::value* value =
      root.find_pointer(boost::json::string_view(service.wait.data(), service.wait.size()), failed);
  if (failed || !value || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>() / service.wait_unit;
  if (!(seconds > 0)) return std::nullopt;
  const double most = std::chrono::duration<double>(longest_wait).count();
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(std::min(seconds, most)));
}

Attempt failed(const TransferEnd& end, const Redaction& redaction) {
  Attempt attempt;
  using enum TransferEnd::Failure;
  attempt.outcome =
      end.failure == blocked || end.failure == login ? Attempt::Outcome::refused : Attempt::Outcome::again;
  attempt.error = redaction.apply(end.error);
  if (end.status != 0) attempt.status = end.status;
  return attempt;
}

}  // namespace

std::string kept_answer(std::string_view answer, const Redaction& redaction) {
  const std::string whole = text::repair_utf8(redaction.apply(std::string(answer)));
  return std::string(text::cut_at_character(whole, Attempt::longest_answer));
}

Attempt attempt_of_http(const Service& service, const TransferEnd& end, const Redaction& redaction) {
  if (end.failure != TransferEnd::Failure::none) return failed(end, redaction);
  Attempt attempt;
  attempt.status = end.status;
  attempt.answer = kept_answer(end.answer, redaction);
  if (end.status >= 200 && end.status < 300) {
    attempt.outcome = Attempt::Outcome::delivered;
    return attempt;
  }
  constexpr int later[] = {408, 425, 429};
  const bool again = end.status >= 500 || std::ranges::find(later, end.status) != std::end(later);
  attempt.outcome = again ? Attempt::Outcome::again : Attempt::Outcome::refused;
  attempt.error = std::string(service.title) + " answered " + std::to_string(end.status);
  if (end.status >= 300 && end.status < 400)
    attempt.error += ", a redirect that a notification does not follow: write the address that it leads to";
  if (!again) return attempt;
  attempt.retry_after = wait_of(service, end.answer);
  if (!attempt.retry_after) attempt.retry_after = end.retry_after;
  return attempt;
}

Attempt attempt_of_mail(const TransferEnd& end, const Redaction& redaction) {
  Attempt attempt;
  if (end.failure != TransferEnd::Failure::none) {
    attempt = failed(end, redaction);
    // A server that refuses for good says so by 5xx; one that has no TLS has none tomorrow either, but its people may
    // mend that.
    if (end.status >= 500) attempt.outcome = Attempt::Outcome::refused;
  } else {
    attempt.outcome = Attempt::Outcome::delivered;
    attempt.status = end.status;
  }
  attempt.answer = kept_answer(end.answer, redaction);
  return attempt;
}

Attempt attempt_of_error(const Error& error) {
  Attempt attempt;
  const bool wrong = error.code == ErrorCode::invalid_argument || error.code == ErrorCode::too_large ||
                     error.code == ErrorCode::unsupported;
  attempt.outcome = wrong ? Attempt::Outcome::refused : Attempt::Outcome::again;
  attempt.error = error.detail;
  return attempt;
}

}  // namespace taffrail::alert
