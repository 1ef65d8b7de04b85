#include "app/log.hpp"

#include <memory>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <string>

#include "base/time_format.hpp"
#include "text/json_string.hpp"

namespace taffrail::log {
namespace {

/// One line per message: RFC 3339, level, message, as words or as a JSON object. A message may hold what containers and
/// clients sent, so in text too its control characters are made harmless.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string time = to_rfc3339(std::chrono::time_point_cast<Duration>(message.time));
    std::string quoted;
    text::append_json_string(quoted, std::string_view(message.payload.data(), message.payload.size()));
    std::string line;
    if (format_ == LogFormat::json) {
      line = R"({"time":")" + time + R"(","level":")" + std::string(level.data(), level.size()) + R"(","message":)" +
             quoted + "}\n";
    } else {
      const bool plain = quoted.size() == message.payload.size() + 2;  // nothing had to be escaped
      line = time + ' ' + std::string(level.data(), level.size()) + ' ';
      line += plain ? quoted.substr(1, quoted.size() - 2) : quoted;
      line += '\n';
    }
    out.append(line.data(), line.data() + line.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  LogFormat format_;
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

const std::shared_ptr<spdlog::logger>& shared_logger() {
  static const std::shared_ptr<spdlog::logger> instance =
      std::make_shared<spdlog::logger>("taffrail", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return instance;
}

spdlog::logger& logger() { return *shared_logger(); }

}  // namespace

void configure(LogLevel level, LogFormat format) {
  spdlog::set_default_logger(shared_logger());
  logger().set_level(level_of(level));
  logger().set_formatter(std::make_unique<LineFormatter>(format));
  logger().flush_on(spdlog::level::trace);
}

}  // namespace taffrail::log
