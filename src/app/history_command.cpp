#include "app/history_command.hpp"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "app/data_directory.hpp"
#include "app/serve.hpp"
#include "base/time_format.hpp"
#include "history/archive/history_backup.hpp"
#include "history/archive/history_check.hpp"
#include "history/archive/line_export.hpp"
#include "history/archive/line_import.hpp"
#include "history/archive/metric_check.hpp"
#include "history/archive/metric_export.hpp"

namespace taffrail {
namespace {

namespace fs = std::filesystem;

constexpr int wrong_arguments = 2;

int refuse(const Error& error) {
  std::cerr << "taffrail history: " << error.detail << '\n';
  return 1;
}

/// The two databases of a data directory, or of a copy.
struct Files {
  fs::path lines;
  fs::path metrics;  // need not be there

  static Files in(const fs::path& directory) { return {directory / "history.db", directory / "metrics.db"}; }
  static Files of_copy(const fs::path& file) { return {file, file.string() + ".metrics"}; }
};

std::string outcome(std::uint64_t faults) { return faults == 0 ? "all is well" : fmt::format("{} faults", faults); }

/// Says what is wrong with the files, and of what there was to be looked at.
int check(const Files& files) {
  const auto tell = [](const std::string& fault) { std::cout << fault << '\n'; };
  auto lines = history::check_history(files.lines, tell);
  if (!lines) return refuse(lines.error());
  std::cout << fmt::format("{}: {} logs, {} blocks, {} lines: {}\n", files.lines.string(), lines->logs, lines->blocks,
                           lines->lines, outcome(lines->faults));
  auto metrics = history::check_metrics(files.metrics, tell);
  if (!metrics && metrics.error().code == ErrorCode::not_found) return lines->faults == 0 ? 0 : 1;
  if (!metrics) return refuse(metrics.error());
  std::cout << fmt::format("{}: {} containers, {} points, {} events: {}\n", files.metrics.string(), metrics->series,
                           metrics->points, metrics->events, outcome(metrics->faults));
  return lines->faults + metrics->faults == 0 ? 0 : 1;
}

int back_up(const Files& files, const Files& targets) {
  auto copied = history::back_up(files.lines, history::ArchiveOf::lines, targets.lines);
  std::error_code unknown;
  if (copied && fs::exists(files.metrics, unknown))
    copied = history::back_up(files.metrics, history::ArchiveOf::metrics, targets.metrics);
  if (!copied) return refuse(copied.error());
  return check(targets);
}

int write_all(const HistoryCommand& command, const Config& config, const Files& files) {
  history::ExportOptions options;
  for (const auto& [text, bound] :
       {std::pair(&command.since, &options.since), std::pair(&command.until, &options.until)}) {
    if (text->empty()) continue;
    auto time = parse_time_parameter(*text, std::chrono::system_clock::now());
    if (!time) {
      (void)refuse(time.error());
      return wrong_arguments;
    }
    *bound = *time;
  }
  if (config.containers)
    options.wants = [&](const Container& container) { return config.containers->matches(container, nullptr); };
  auto lines = history::export_lines(files.lines, options, std::cout);
  if (!lines) return refuse(lines.error());
  std::cerr << fmt::format("{} lines of {} logs\n", lines->lines, lines->logs);
  if (lines->damaged > 0)
    std::cerr << fmt::format("{} blocks are damaged: their lines are told as gaps\n", lines->damaged);
  auto metrics = history::export_metrics(files.metrics, files.lines, options, std::cout);
  if (!metrics && metrics.error().code == ErrorCode::not_found) return lines->damaged == 0 ? 0 : 1;
  if (!metrics) return refuse(metrics.error());
  std::cerr << fmt::format("{} points and {} events of {} containers\n", metrics->points, metrics->events,
                           metrics->series);
  if (metrics->damaged > 0)
    std::cerr << fmt::format("{} rows of metrics are damaged, and left out\n", metrics->damaged);
  return lines->damaged + metrics->damaged == 0 ? 0 : 1;
}

int read_all(const HistoryCommand& command, const fs::path& data, const Files& files) {
  // Held against servers for as long as it takes.
  auto held = DataDirectory::open(data);
  if (!held) return refuse(held.error());
  std::ifstream input;
  if (command.file != "-") {
    input.open(command.file, std::ios::binary);
    if (!input) return refuse(system_error("open " + command.file, errno));
  }
  auto report = history::import_history(files.lines, files.metrics, command.file == "-" ? std::cin : input);
  if (!report) return refuse(report.error());
  std::cerr << fmt::format("{} lines of {} logs were stored, {} were stored before\n", report->lines, report->logs,
                           report->known);
  if (report->metrics.series > 0)
    std::cerr << fmt::format("{} points and {} events of {} containers\n", report->metrics.points,
                             report->metrics.events, report->metrics.series);
  return 0;
}

}  // namespace

int run_history_command(const HistoryCommand& command) {
  std::ios::sync_with_stdio(false);
  const auto config = read_config(command.flags, command.config_file);
  if (!config) {
    (void)refuse(config.error());
    return wrong_arguments;
  }
  const fs::path data = data_directory(*config);
  const Files files = Files::in(data);
  switch (command.action) {
    case HistoryCommand::Action::backup: return back_up(files, Files::of_copy(command.file));
    case HistoryCommand::Action::check: return check(command.file.empty() ? files : Files::of_copy(command.file));
    case HistoryCommand::Action::write_all: return write_all(command, *config, files);
    case HistoryCommand::Action::read_all: return read_all(command, data, files);
  }
  std::unreachable();
}

}  // namespace taffrail
