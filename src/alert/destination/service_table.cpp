#include <algorithm>
#include <iterator>

#include "alert/destination/service.hpp"
#include "alert/destination/service_bodies.hpp"

namespace taffrail::alert {
namespace {

using enum FieldKind;

constexpr std::string_view by_severity = "standard: by the rule's severity";

// Fields of several services.
constexpr Field own_url{.key = "url", .kind = url, .required = true};
/// Whoever knows such an address may write there.
constexpr Field secret_url{
    .key = "url", .kind = url, .required = true, .secret = true, .help = "the webhook's address"};
constexpr Field password{.key = "password", .secret = true};

constexpr Field webhook[] = {
    own_url,
    {.key = "method", .kind = choice, .standard = "POST", .range = "POST PUT PATCH"},
    {.key = "template",
     .kind = text,
     .help = "the body, with {{ expression }} in it; none: an object that tells everything"},
    {.key = "secret",
     .secret = true,
     .help = "signs each request: X-Taffrail-Signature is sha256=HMAC-SHA256(secret, X-Taffrail-Timestamp + \".\" + "
             "body) in hex"},
};
constexpr Field slack[] = {secret_url};
constexpr Field discord[] = {secret_url, {.key = "username", .help = "whom it comes from"}};
constexpr Field teams[] = {secret_url};
constexpr Field telegram[] = {
    {.key = "token", .required = true, .secret = true, .help = "the bot's, from @BotFather"},
    {.key = "chat_id", .required = true, .help = "of a chat or group, or a channel's @name"},
    {.key = "thread_id", .kind = number, .range = "1..2147483647", .help = "a topic of a group"},
    {.key = "silent", .kind = flag, .standard = "false", .help = "without a sound"},
    {.key = "url", .kind = url, .standard = "https://api.telegram.org"},
};
constexpr Field ntfy[] = {
    {.key = "topic", .required = true},
    {.key = "url", .kind = url, .standard = "https://ntfy.sh"},
    {.key = "token", .secret = true},
    {.key = "username"},
    password,
    {.key = "priority", .kind = number, .range = "1..5", .help = by_severity},
};
constexpr Field gotify[] = {
    own_url,
    {.key = "token", .required = true, .secret = true, .help = "of an application"},
    {.key = "priority", .kind = number, .range = "0..10", .help = by_severity},
};
constexpr Field pushover[] = {
    {.key = "token", .required = true, .secret = true, .help = "of an application"},
    {.key = "user", .required = true, .secret = true, .help = "the key of a user or group"},
    {.key = "device"},
    {.key = "sound"},
    {.key = "priority", .kind = number, .range = "-2..1", .help = by_severity},
    {.key = "url", .kind = url, .standard = "https://api.pushover.net"},
};
constexpr Field pagerduty[] = {
    {.key = "routing_key", .required = true, .secret = true, .help = "of an integration (Events API v2)"},
    {.key = "url",
     .kind = url,
     .standard = "https://events.pagerduty.com",
     .help = "in Europe https://events.eu.pagerduty.com"},
};
constexpr Field opsgenie[] = {
    {.key = "api_key", .required = true, .secret = true},
    {.key = "url",
     .kind = url,
     .standard = "https://api.opsgenie.com",
     .help = "in Europe https://api.eu.opsgenie.com"},
    {.key = "priority", .kind = choice, .range = "P1 P2 P3 P4 P5", .help = by_severity},
    {.key = "tags", .kind = list},
};
constexpr Field matrix[] = {
    {.key = "url", .kind = url, .required = true, .help = "of the home server"},
    {.key = "room", .required = true, .help = "its id: !abc:example.org"},
    {.key = "token", .required = true, .secret = true, .help = "an access token of a user in the room"},
    {.key = "notice", .kind = flag, .standard = "false", .help = "as m.notice, for which clients do not ring"},
};
constexpr Field mattermost[] = {secret_url, {.key = "channel"}, {.key = "username", .help = "whom it comes from"}};
constexpr Field googlechat[] = {secret_url};
constexpr Field signal[] = {
    {.key = "url", .kind = url, .required = true, .help = "of signal-cli-rest-api"},
    {.key = "number", .required = true, .help = "the registered number that it comes from"},
    {.key = "recipients", .kind = list, .required = true, .help = "numbers or group ids"},
};
constexpr Field email[] = {
    {.key = "host", .required = true, .help = "the mail server"},
    {.key = "port", .kind = number, .range = "1..65535", .help = "standard: 587, with security tls 465, none 25"},
    {.key = "security",
     .kind = choice,
     .standard = "starttls",
     .range = "starttls tls none",
     .help = "none sends everything, the password too, for all to read"},
    {.key = "username"},
    password,
    {.key = "from", .required = true, .help = "ops@example.org, or Ops <ops@example.org>"},
    {.key = "to", .kind = list, .required = true, .help = "addresses"},
};
constexpr Field alertmanager[] = {
    own_url,
    {.key = "token", .secret = true},
    {.key = "username"},
    password,
    {.key = "expires", .kind = length, .standard = "4h", .help = "when an alert ends of which nothing more is heard"},
};
constexpr Field apprise[] = {
    {.key = "url", .kind = url, .required = true, .help = "of the Apprise API"},
    {.key = "key", .help = "of a stored configuration"},
    {.key = "urls", .secret = true, .help = "Apprise's own addresses, separated by commas, where there is no key"},
    {.key = "tag"},
};
constexpr Field command[] = {
    {.key = "command",
     .kind = list,
     .required = true,
     .help = "a program's absolute path and its arguments; no shell reads them"},
};
constexpr Field heartbeat[] = {
    secret_url,
    {.key = "method", .kind = choice, .standard = "GET", .range = "GET POST"},
};

constexpr Field of_http[] = {
    {.key = "ca", .kind = pem, .help = "certificates of further authorities"},
    {.key = "client_certificate", .kind = pem},
    {.key = "client_key", .kind = pem, .secret = true},
    {.key = "insecure_skip_verify",
     .kind = flag,
     .standard = "false",
     .help = "takes any certificate, so that anybody on the way can read and change what is sent"},
    {.key = "proxy", .kind = url, .secret = true, .help = "an HTTP proxy; it finds the addresses then"},
};
constexpr Field of_smtp[] = {of_http[0], of_http[3]};

constexpr HeaderPattern bearer[] = {{"Authorization", "Bearer {token}"}};
constexpr HeaderPattern bearer_or_basic[] = {{"Authorization", "Bearer {token}"}, {"Authorization", "Basic {basic}"}};
constexpr HeaderPattern gotify_headers[] = {{"X-Gotify-Key", "{token}"}};
constexpr HeaderPattern opsgenie_headers[] = {{"Authorization", "GenieKey {api_key}"}};

// Where a service documents no limit, a size that people still read and that no server's standard refuses.
constexpr Limit own_title{250, Unit::characters};
constexpr Limit own_text{16UZ * 1024, Unit::bytes};

constexpr Service table[] = {
    {.type = "webhook", .title = "Webhook", .fields = webhook, .takes_headers = true},
    {.type = "slack",
     .title = "Slack",
     .reference = "https://docs.slack.dev/reference/block-kit/blocks/section-block",
     .fields = slack,
     .dialect = Dialect::mrkdwn,
     .title_limit = {150, Unit::utf16},
     .text_limit = {3000, Unit::utf16},
     .body = bodies::slack},
    {.type = "discord",
     .title = "Discord",
     .reference = "https://discord.com/developers/docs/resources/message#embed-object-embed-limits",
     .fields = discord,
     .dialect = Dialect::markdown,
     .title_limit = {256, Unit::utf16},
     .text_limit = {4096, Unit::utf16},
     .places_link = true,
     .body = bodies::discord,
     .wait = "/retry_after"},
    {.type = "teams",
     .title = "Microsoft Teams",
     .reference = "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/"
                  "connectors-using",
     .fields = teams,
     .dialect = Dialect::card,
     .title_limit = own_title,
     .text_limit = {12000, Unit::bytes},  // of 28 KB for the whole message, in which quotes take two
     .places_link = true,
     .body = bodies::teams},
    {.type = "telegram",
     .title = "Telegram",
     .reference = "https://core.telegram.org/bots/api#sendmessage",
     .fields = telegram,
     .url = "{url}/bot{token}/sendMessage",
     .dialect = Dialect::html,
     .title_limit = {250, Unit::utf16},
     .text_limit = {3800, Unit::utf16},  // of 4096 with the title
     .body = bodies::telegram,
     .wait = "/parameters/retry_after"},
    {.type = "ntfy",
     .title = "ntfy",
     .reference = "https://docs.ntfy.sh/publish/#limitations",
     .fields = ntfy,
     .url = "{url}/",
     .headers = bearer_or_basic,
     .title_limit = own_title,
     .text_limit = {4000, Unit::bytes},  // 4,096 bytes: beyond it is sent as an attachment
     .places_link = true,
     .body = bodies::ntfy},
    {.type = "gotify",
     .title = "Gotify",
     .reference = "https://gotify.net/docs/pushmsg",
     .fields = gotify,
     .url = "{url}/message",
     .headers = gotify_headers,
     .title_limit = own_title,
     .text_limit = own_text,
     .places_link = true,
     .body = bodies::gotify},
    {.type = "pushover",
     .title = "Pushover",
     .reference = "https://pushover.net/api#limits",
     .fields = pushover,
     .url = "{url}/1/messages.json",
     .title_limit = {250, Unit::characters},
     .text_limit = {1024, Unit::characters},
     .places_link = true,
     .body = bodies::pushover},
    {.type = "pagerduty",
     .title = "PagerDuty",
     .reference = "https://developer.pagerduty.com/docs/events-api-v2-overview",
     .fields = pagerduty,
     .url = "{url}/v2/enqueue",
     .title_limit = {1024, Unit::characters},
     .text_limit = own_text,
     .places_link = true,
     .body = bodies::pagerduty},
    {.type = "opsgenie",
     .title = "Opsgenie",
     .reference = "https://docs.opsgenie.com/docs/alert-api",
     .fields = opsgenie,
     .url = "{url}/v2/alerts",
     .resolved_url = "{url}/v2/alerts/{alert}/close?identifierType=alias",
     .headers = opsgenie_headers,
     .title_limit = {130, Unit::characters},
     .text_limit = {15000, Unit::characters},
     .body = bodies::opsgenie},
    {.type = "matrix",
     .title = "Matrix",
     .reference = "https://spec.matrix.org/latest/client-server-api/#size-limits",
     .fields = matrix,
     .method = "PUT",
     .url = "{url}/_matrix/client/v3/rooms/{room}/send/m.room.message/{notification}",
     .headers = bearer,
     .dialect = Dialect::html,
     .title_limit = own_title,
     .text_limit = {9000, Unit::bytes},  // of 65,536 for the event, in which it stands twice, once as HTML
     .body = bodies::matrix,
     .wait = "/retry_after_ms",
     .wait_unit = 1000},
    {.type = "mattermost",
     .title = "Mattermost",
     .reference = "https://developers.mattermost.com/integrate/webhooks/incoming/",
     .fields = mattermost,
     .dialect = Dialect::markdown,
     .title_limit = own_title,
     .text_limit = {16000, Unit::characters},  // of 16,383 with the title
     .body = bodies::mattermost},
    {.type = "googlechat",
     .title = "Google Chat",
     .reference = "https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages",
     .fields = googlechat,
     .url = "{url}&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
     .dialect = Dialect::chat,
     .title_limit = own_title,
     .text_limit = {3800, Unit::characters},  // of 4,096 with the title
     .body = bodies::googlechat},
    {.type = "signal",
     .title = "Signal",
     .reference = "https://github.com/bbernhard/signal-cli-rest-api",
     .fields = signal,
     .url = "{url}/v2/send",
     .title_limit = {250, Unit::bytes},
     .text_limit = {1700, Unit::bytes},  // of 2,000 with the title: beyond it is sent as an attachment
     .body = bodies::signal},
    {.type = "email",
     .title = "Email",
     .reference = "https://www.rfc-editor.org/rfc/rfc5321",
     .transport = Transport::smtp,
     .fields = email,
     .title_limit = {200, Unit::characters},
     .text_limit = {64UZ * 1024, Unit::bytes}},
    {.type = "alertmanager",
     .title = "Prometheus Alertmanager",
     .reference = "https://prometheus.io/docs/alerting/latest/alerts_api/",
     .fields = alertmanager,
     .takes_headers = true,
     .url = "{url}/api/v2/alerts",
     .headers = bearer_or_basic,
     .title_limit = own_title,
     .text_limit = own_text,
     .places_link = true,
     .body = bodies::alertmanager},
    {.type = "apprise",
     .title = "Apprise API",
     .reference = "https://github.com/caronc/apprise-api",
     .fields = apprise,
     .takes_headers = true,
     .url = "{url}/notify/{key}",
     .title_limit = own_title,
     .text_limit = own_text,
     .body = bodies::apprise},
    {.type = "command", .title = "Command", .transport = Transport::command, .fields = command},
    {.type = "heartbeat", .title = "Heartbeat", .fields = heartbeat, .takes_headers = true, .body = bodies::heartbeat},
};

}  // namespace

std::span<const Service> services() { return table; }

const Service* find_service(std::string_view type) {
  const auto* const at = std::ranges::find(table, type, &Service::type);
  return at == std::end(table) ? nullptr : at;
}

std::vector<Field> fields_of(const Service& service) {
  std::vector<Field> all(service.fields.begin(), service.fields.end());
  if (service.transport == Transport::http) all.insert(all.end(), std::begin(of_http), std::end(of_http));
  if (service.transport == Transport::smtp) all.insert(all.end(), std::begin(of_smtp), std::end(of_smtp));
  return all;
}

}  // namespace taffrail::alert
