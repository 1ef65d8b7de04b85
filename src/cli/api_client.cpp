#include "cli/api_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "net/client_tls.hpp"
#include "net/request_target.hpp"

namespace taffrail::cli {
namespace {

/// A query's table of 10,000 rows, a list of 50,000 containers.
constexpr std::size_t most_body_bytes = std::size_t{256} << 20;
constexpr std::size_t most_refusal_bytes = std::size_t{64} << 10;
constexpr std::size_t read_bytes = std::size_t{64} << 10;

/// What the server says of its refusal.
Error refusal(int status, std::string_view body) {
  const bool fault_of_request = status >= 400 && status < 500;
  std::string detail = fmt::format("the server answered with status {}", status);
  boost::system::error_code failed;
  const boost::json::value problem = boost::json::parse(body, failed);
  if (!failed && problem.is_object()) {
    const auto* said = problem.as_object().if_contains("detail");
    if (said != nullptr && said->is_string()) detail = std::string(said->as_string());
    const auto* line = problem.as_object().if_contains("line");
    const auto* column = problem.as_object().if_contains("column");
    if (line != nullptr && column != nullptr && line->is_number() && column->is_number())
      detail += fmt::format(" ({}:{})", line->to_number<std::int64_t>(), column->to_number<std::int64_t>());
  }
  return Error{fault_of_request ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(detail)};
}

}  // namespace

ApiClient::ApiClient(const Executor& executor, ServerAddress address, std::string token)
    : executor_(executor), address_(std::move(address)), token_(std::move(token)) {}

Result<> ApiClient::prepare() {
  if (client_) return {};
  std::shared_ptr<net::ClientTls> tls;
  const auto* tcp = std::get_if<net::TcpEndpoint>(&address_.endpoint);
  if (tcp != nullptr && tcp->tls) {
    workers_.emplace(1);
    auto made = net::ClientTls::system(*workers_);
    if (!made) return forward(made);
    tls = std::move(*made);
  }
  client_.emplace(executor_, address_.endpoint, std::move(tls));
  return {};
}

net::ClientRequest ApiClient::request(std::string_view path, const Parameters& parameters) const {
  net::ClientRequest request;
  request.target = address_.base_path + std::string(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    request.target += separator;
    request.target += fmt::format("{}={}", name, net::percent_encode(value));
    separator = '&';
  }
  if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
  return request;
}

Task<Result<std::string>> ApiClient::get(std::string_view path, const Parameters& parameters) {
  auto ready = prepare();
  if (!ready) co_return forward(ready);
  auto answer = co_await client_->request(request(path, parameters), most_body_bytes);
  if (!answer) co_return forward(answer);
  if (answer->status != 200) co_return std::unexpected(refusal(answer->status, answer->body));
  co_return std::move(answer->body);
}

Task<Result<net::ResponseStream>> ApiClient::open(std::string_view path, const Parameters& parameters) {
  auto ready = prepare();
  if (!ready) co_return forward(ready);
  auto answer = co_await client_->open(request(path, parameters));
  if (!answer || answer->status() == 200) co_return answer;
  auto body = co_await answer->read_all(most_refusal_bytes);
  co_return std::unexpected(refusal(answer->status(), body.value_or("")));
}

Task<Result<std::optional<std::string_view>>> LineReader::next() {
  using Line = std::optional<std::string_view>;
  std::size_t looked = at_;
  while (true) {
    if (const std::size_t end = buffer_.find('\n', looked); end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      co_return Line(line);
    }
    if (buffer_.size() - at_ > most_line_bytes)
      co_return fail(ErrorCode::protocol, "the server sent a line that is longer than any of Taffrail's");
    buffer_.erase(0, at_);
    at_ = 0;
    looked = buffer_.size();
    buffer_.resize(looked + read_bytes);
    auto read = co_await stream_.read_some(std::as_writable_bytes(std::span(buffer_).subspan(looked)));
    buffer_.resize(looked + (read ? *read : 0));
    if (!read) co_return forward(read);
    if (*read > 0) continue;
    if (buffer_.empty()) co_return Line();
    co_return fail(ErrorCode::protocol, "the server's answer ends within a line");
  }
}

}  // namespace taffrail::cli
