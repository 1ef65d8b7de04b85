#include "app/rule_folder.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>
#include <vector>

#include "alert/destination/destination.hpp"
#include "alert/rule/rule_files.hpp"
#include "base/race.hpp"
#include "base/timeout.hpp"

namespace taffrail {
namespace {

/// What shows that a file of the folder has changed. A folder that cannot be read looks like an empty one: reading it
/// says why.
std::string look_of(const std::filesystem::path& folder) {
  std::vector<std::string> entries;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    const auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    const auto time = at->last_write_time(gone).time_since_epoch().count();
    if (entries.size() < alert::most_rule_files + 1)
      entries.push_back(fmt::format("{} {} {}\n", at->path().filename().string(), size, time));
  }
  std::ranges::sort(entries);
  std::string look;
  for (const std::string& entry : entries) look += entry;
  return look;
}

}  // namespace

Task<> RuleFolder::run() {
  if (folder_.empty()) {
    // What came from files before does not any more.
    (void)co_await alerts_.set_files({});
    co_return;
  }
  for (;;) {
    std::string look = co_await worker_.run([&] { return look_of(folder_); });
    if (wanted_ || look != seen_) {
      seen_ = std::move(look);
      wanted_ = false;
      co_await read();
    }
    co_await first_of(again_.wait(), sleep_for(interval));
  }
}

void RuleFolder::reload() {
  wanted_ = true;
  again_.notify();
}

Task<> RuleFolder::read() {
  auto directory = co_await worker_.run([&] { return alert::read_rule_directory(folder_, check_destination); });
  if (!directory) {
    spdlog::error("--rules: {}; the rules stay as they were", directory.error().detail);
    co_return;
  }
  std::size_t rules = 0;
  // For people a rule comes from a file of the folder, wherever that lies.
  for (alert::FileProblem& problem : directory->problems) {
    spdlog::error("--rules: {}", problem.text());
    problem.file = std::filesystem::path(problem.file).filename().string();
  }
  for (alert::RuleFile& file : directory->files) {
    file.name = std::filesystem::path(file.name).filename().string();
    rules += file.rules.size();
  }
  const std::size_t files = directory->files.size();
  auto set = co_await alerts_.set_files(std::move(*directory));
  if (set)
    spdlog::info("--rules: {} rules in {} files", rules, files);
  else
    spdlog::error("--rules: {}", set.error().detail);
}

// What would be sealed goes nowhere, so any key does.
Result<> check_destination(std::string_view json) {
  static const auto box = alert::SecretBox::with_key(std::string(64, '0'));
  if (!box) return std::unexpected(box.error());
  auto destination = alert::destination_of_json(json, *box);
  if (!destination) return forward(destination);
  return {};
}

}  // namespace taffrail
