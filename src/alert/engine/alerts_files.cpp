#include <algorithm>
#include <optional>
#include <set>
#include <spdlog/spdlog.h>
#include <string>
#include <utility>
#include <vector>

#include "alert/destination/destination.hpp"
#include "alert/engine/alerts.hpp"
#include "alert/engine/turnstile.hpp"
#include "base/timeout.hpp"

// Rules and destinations that come from files.

namespace taffrail::alert {
namespace {

/// Whether a file of that name is one that could not be read: what came from it stays as it is.
bool is_broken(const RuleDirectory& directory, const std::string& name) {
  return std::ranges::find(directory.problems, name, &FileProblem::file) != directory.problems.end() &&
         std::ranges::find(directory.files, name, &RuleFile::name) == directory.files.end();
}

}  // namespace

Task<Result<>> Alerts::set_files(RuleDirectory directory) {
  while (!loaded_) co_await sleep_for(std::chrono::milliseconds(50));
  auto turn = co_await Turnstile::enter(*this);
  auto done = co_await set_file_destinations(directory);
  if (done) done = co_await set_file_rules(directory);
  rules_changed();
  co_return done;
}

Task<Result<>> Alerts::set_file_destinations(const RuleDirectory& directory) {
  for (const RuleFile& file : directory.files) {
    for (const FileDestination& wanted : file.destinations) {
      std::optional<DestinationId> known;
      for (const auto& [id, origin] : destination_origins_)
        if (outbox_.find(id) && outbox_.find(id)->name == wanted.name) known = id;
      const Destination* stored = known ? outbox_.find(*known) : nullptr;
      auto destination = destination_of_json(wanted.json, box_, stored);
      if (!destination) {
        spdlog::error("alerts: {}:{}: {}", file.name, wanted.line, destination.error().detail);
        continue;
      }
      if (!known) {
        auto added = co_await add_destination(std::move(*destination), file.name);
        if (!added) co_return forward(added);
        continue;
      }
      destination->id = *known;
      if (to_json(*destination) == to_json(*stored)) continue;
      auto kept = co_await keep_destination(std::move(*destination));
      if (!kept) co_return kept;
    }
  }
  std::vector<DestinationId> gone;
  for (const auto& [id, origin] : destination_origins_) {
    const Destination* stored = outbox_.find(id);
    const bool there = std::ranges::any_of(directory.files, [&](const RuleFile& file) {
      return stored &&
             std::ranges::find(file.destinations, stored->name, &FileDestination::name) != file.destinations.end();
    });
    if (!there && !is_broken(directory, origin)) gone.push_back(id);
  }
  for (const DestinationId id : gone) {
    auto dropped = co_await drop_destination(id);
    if (!dropped) co_return dropped;
  }
  co_return Result<>();
}

Task<Result<>> Alerts::set_file_rules(const RuleDirectory& directory) {
  const auto resolve = [&](const std::vector<std::string>& names, std::vector<DestinationId>& ids,
                           const std::string& where) {
    for (const std::string& name : names) {
      const auto all = outbox_.all();
      const auto at = std::ranges::find(all, name, [](const Destination* one) { return one->name; });
      if (at == all.end())
        spdlog::error("alerts: {}: there is no destination '{}'", where, name);
      else
        ids.push_back((*at)->id);
    }
  };
  std::set<RuleId> there;
  for (const RuleFile& file : directory.files) {
    for (const FileRule& wanted : file.rules) {
      const std::string where = file.name + ":" + std::to_string(wanted.line);
      RuleSpec spec = wanted.spec;
      resolve(spec.destination_names, spec.destinations, where);
      spec.destination_names.clear();
      if (spec.escalate) {
        resolve(spec.escalate->destination_names, spec.escalate->destinations, where);
        spec.escalate->destination_names.clear();
      }
      const auto known = std::ranges::find_if(rules_, [&](const auto& entry) {
        return !entry.second.origin.empty() && entry.second.spec->name == spec.name;
      });
      if (known != rules_.end()) {
        there.insert(known->first);
        if (*known->second.spec == spec && known->second.origin == file.name) continue;
        auto changed = co_await change_rule(known->first, std::move(spec), file.name, file.name);
        if (!changed) co_return forward(changed);
        if (!*changed) spdlog::error("alerts: {}: {}", where, changed->error().to_error().detail);
        continue;
      }
      auto added = co_await add_rule(std::move(spec), file.name, file.name);
      if (!added) co_return forward(added);
      if (*added)
        there.insert((*added)->id);
      else
        spdlog::error("alerts: {}: {}", where, added->error().to_error().detail);
    }
  }
  std::vector<RuleId> gone;
  for (const auto& [id, known] : rules_)
    if (!known.origin.empty() && !there.contains(id) && !is_broken(directory, known.origin)) gone.push_back(id);
  for (const RuleId id : gone) {
    auto dropped = co_await drop_rule(id);
    if (!dropped) co_return dropped;
  }
  co_return Result<>();
}

}  // namespace taffrail::alert
