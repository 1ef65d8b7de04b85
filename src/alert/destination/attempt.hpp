#pragma once

#include "alert/destination/request.hpp"
#include "alert/destination/sender.hpp"
#include "alert/destination/service.hpp"
#include "alert/destination/transfer.hpp"

namespace taffrail::alert {

/// What an HTTP service's answer means: 2xx is delivered; 408, 425, 429 and 5xx may go better later; a redirect that
/// was not followed and anything else is refused. How long to wait is said by Retry-After, or where the service's row
/// says.
[[nodiscard]] Attempt attempt_of_http(const Service& service, const TransferEnd& end, const Redaction& redaction);

/// The same of a mail server: 2xx, 4xx, 5xx.
[[nodiscard]] Attempt attempt_of_mail(const TransferEnd& end, const Redaction& redaction);

/// What could not even be tried. What is wrong in itself is refused; what may be mended (a variable that is not set, a
/// file that is not there) is tried again.
[[nodiscard]] Attempt attempt_of_error(const Error& error);

/// The first bytes of an answer, as an Attempt keeps them.
[[nodiscard]] std::string kept_answer(std::string_view answer, const Redaction& redaction);

}  // namespace taffrail::alert
