#pragma once

#include <string>

#include "alert/engine/past_matches.hpp"
#include "alert/rule/rule.hpp"
#include "base/clock.hpp"

namespace taffrail::alert {

/// What a rule would have said about what it was asked about, until now. Nothing is remembered and nothing is sent. For
/// a worker. @return a JSON object of the API
[[nodiscard]] std::string preview(const RulePtr& rule, PastMatches past, Time since, Time now);

}  // namespace taffrail::alert
