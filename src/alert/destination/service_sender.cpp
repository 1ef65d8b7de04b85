#include "alert/destination/service_sender.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "alert/destination/attempt.hpp"
#include "alert/destination/command.hpp"
#include "alert/destination/email.hpp"
#include "alert/destination/message.hpp"
#include "alert/destination/transfer.hpp"
#include "alert/destination/url.hpp"
#include "alert/destination/webhook_body.hpp"
#include "net/headers.hpp"

namespace taffrail::alert {
namespace {

constexpr std::size_t preparing_threads = 2;

/// The exit status by which a command says that it will never take this notification (EX_DATAERR of sysexits.h).
constexpr int command_refuses = 65;

ConnectionOptions connection_of(const Values& values) {
  ConnectionOptions options;
  options.ca = values["ca"];
  options.certificate = values["client_certificate"];
  options.key = values["client_key"];
  options.verify = !values.is_set("insecure_skip_verify");
  options.proxy = values["proxy"];
  return options;
}

Mail mail_of(const Values& values, const Message& message) {
  Mail mail;
  const bool tls = values["security"] == "tls";
  mail.starttls = values["security"] == "starttls";
  const std::string_view standard = tls ? "465" : mail.starttls ? "587" : "25";
  const std::string_view host = values["host"];
  const bool v6 = host.contains(':') && !host.starts_with('[');
  mail.url = std::string(tls ? "smtps://" : "smtp://").append(v6 ? "[" : "").append(host).append(v6 ? "]:" : ":");
  mail.url += values.has("port") ? values["port"] : standard;
  mail.username = values["username"];
  mail.password = values["password"];
  mail.from = '<' + read_mailbox(values["from"]).value_or(Mailbox{}).address + '>';
  for (const std::string& recipient : values.list("to"))
    mail.to.push_back('<' + read_mailbox(recipient).value_or(Mailbox{}).address + '>');
  mail.message = email_of(message);
  return mail;
}

/// Where a redirect leads is asked again, with the method and the body as they were; another server is not told what
/// was meant for this one. Error: why it is not followed.
Result<> redirect(Request& request, const TransferEnd& end) {
  const auto from = check_url(request.url);
  const auto to = check_url(end.redirect);
  if (!from || !to) return fail(ErrorCode::invalid_argument, "redirected to what is no address to send to");
  if (from->scheme == "https" && to->scheme == "http")
    return fail(ErrorCode::invalid_argument, "redirected from https to http, where all could read it");
  const bool upgraded = from->host == to->host && from->port == 80 && to->port == 443 && to->scheme == "https";
  const bool same = *from == *to || upgraded;
  if (!same)
    std::erase_if(request.headers, [](const auto& header) {
      constexpr std::string_view kept[] = {"Content-Type", "User-Agent", "Idempotency-Key"};
      return std::ranges::none_of(kept, [&](auto name) { return net::equal_ignoring_case(name, header.first); });
    });
  request.url = end.redirect;
  return {};
}

}  // namespace

/// What is to be done for one attempt.
struct ServiceSender::Prepared {
  const Service& service;
  Redaction redaction;
  Transfer transfer;
  std::vector<std::string> command;
  std::string input;
};

ServiceSender::ServiceSender(Options options, SecretReader secrets, const Clock& clock)
    : options_(std::move(options)),
      secrets_(std::move(secrets)),
      clock_(clock),
      curl_(AddressGuard(options_.allow_private)),
      workers_(preparing_threads) {}

Result<ServiceSender::Prepared> ServiceSender::prepare(const Service& service, const Destination& destination,
                                                       const Notification& notification) const {
  Prepared prepared{service, {}, {}, {}, {}};
  const auto values = values_of(service, destination, secrets_, prepared.redaction);
  if (!values) return std::unexpected(values.error());
  switch (service.transport) {
    case Transport::http: {
      auto request = request_of(service, destination, *values, secrets_, notification, options_.user_agent,
                                clock_.now(), prepared.redaction);
      if (!request) return forward(request);
      // A proxy looks names up itself; what is an address as it stands can still be judged here.
      if (values->has("proxy"))
        if (auto allowed = check_literal(request->url); !allowed) return forward(allowed);
      prepared.transfer.what = *std::move(request);
      break;
    }
    case Transport::smtp: prepared.transfer.what = mail_of(*values, message_of(service, notification, *values)); break;
    case Transport::command:
      if (!options_.allow_commands)
        return fail(ErrorCode::unsupported,
                    "commands are off: whoever may write a destination could do anything here; --allow-commands on "
                    "allows them");
      prepared.command = values->list("command");
      prepared.input = webhook_body(notification);
      break;
  }
  prepared.transfer.options = connection_of(*values);
  return prepared;
}

Result<> ServiceSender::check_literal(const std::string& url) const {
  const auto origin = check_url(url);
  if (!origin) return std::unexpected(origin.error());
  std::string_view host = origin->host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code none;
  const auto address = boost::asio::ip::make_address(host, none);
  const std::string_view refusal = none ? std::string_view() : AddressGuard(options_.allow_private).refusal(address);
  if (refusal.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "nothing may be sent to " + address.to_string() + ": it is " + std::string(refusal));
}

Task<Attempt> ServiceSender::send(const Destination& destination, const Notification& notification) {
  const auto begun = std::chrono::steady_clock::now();
  const Service* service = find_service(destination.type);
  Attempt attempt;
  if (service)
    attempt = co_await this->attempt(*service, destination, notification);
  else
    attempt = attempt_of_error({ErrorCode::invalid_argument, "there is no destination of type " + destination.type});
  attempt.took = std::chrono::steady_clock::now() - begun;
  co_return attempt;
}

Task<Attempt> ServiceSender::attempt(const Service& service, const Destination& destination,
                                     const Notification& notification) {
  auto prepared = co_await workers_.run([&] { return prepare(service, destination, notification); });
  if (!prepared) co_return attempt_of_error(prepared.error());
  if (service.transport == Transport::command) co_return co_await run(*prepared);
  prepared->transfer.limit = longest_attempt;
  const TransferEnd end = co_await follow(std::move(prepared->transfer));
  co_return service.transport == Transport::smtp ? attempt_of_mail(end, prepared->redaction)
                                                 : attempt_of_http(service, end, prepared->redaction);
}

Task<TransferEnd> ServiceSender::follow(Transfer transfer) {
  const auto begun = std::chrono::steady_clock::now();
  for (int redirects = 0;; ++redirects) {
    TransferEnd end = co_await curl_.run(transfer);
    Request* request = std::get_if<Request>(&transfer.what);
    // Only these two leave the method and the body as they are (RFC 9110 15.4.8).
    if (!request || end.redirect.empty() || (end.status != 307 && end.status != 308)) co_return end;
    transfer.limit = longest_attempt - (std::chrono::steady_clock::now() - begun);
    auto followed = redirects == most_redirects
                        ? Result<>(fail(ErrorCode::invalid_argument, "redirected more than 3 times"))
                        : redirect(*request, end);
    if (followed && transfer.limit <= Duration(0))
      followed = fail(ErrorCode::timeout, "redirected until the time was over");
    if (followed) continue;
    end.failure = TransferEnd::Failure::blocked;
    end.error = followed.error().detail;
    co_return end;
  }
}

Task<Attempt> ServiceSender::run(Prepared& prepared) {
  const auto end = co_await run_command(prepared.command, prepared.input, longest_attempt, workers_);
  if (!end) co_return attempt_of_error(end.error());
  Attempt attempt;
  attempt.status = end->status;
  attempt.answer = kept_answer(end->output, prepared.redaction);
  if (end->status == 0) {
    attempt.outcome = Attempt::Outcome::delivered;
    co_return attempt;
  }
  attempt.outcome = end->status == command_refuses ? Attempt::Outcome::refused : Attempt::Outcome::again;
  attempt.error = prepared.command.front() + " ended with status " + std::to_string(end->status);
  co_return attempt;
}

}  // namespace taffrail::alert
