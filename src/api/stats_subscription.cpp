#include "api/stats_subscription.hpp"

#include <utility>
#include <vector>

#include "model/json.hpp"
#include "text/json_string.hpp"

namespace taffrail::api {

StatsSubscription::StatsSubscription(Services& services, const Viewer& viewer, std::uint64_t sub,
                                     std::optional<std::set<ContainerId>> containers, std::size_t history,
                                     SignalFlag& wake)
    : services_(services),
      viewer_(viewer),
      sub_(sub),
      history_(history),
      watch_(services.pipeline.sampler(), std::move(containers), wake) {
  if (history_ > 0)
    for (const Container* container : viewer_.containers(services_.registry()))
      if (container->is_running() && watch_.wants(container->id)) owed_history_.push_back(container->id);
  wake.notify();
}

bool StatsSubscription::take(std::string& message) { return take_history(message) || take_tick(message); }

bool StatsSubscription::take_history(std::string& message) {
  while (!owed_history_.empty()) {
    const ContainerId id = std::move(owed_history_.front());
    owed_history_.pop_front();
    const std::vector<StatSample> samples = services_.pipeline.sampler().series(id);
    if (samples.empty()) continue;
    message = R"({"type":"stats","sub":)" + std::to_string(sub_) + R"(,"history":true,"container":)";
    text::append_json_string(message, id.str());
    message += R"(,"samples":[)";
    for (std::size_t i = samples.size() > history_ ? samples.size() - history_ : 0; i < samples.size(); ++i) {
      if (message.back() != '[') message += ',';
      append_json(message, samples[i], nullptr);
    }
    message += "]}";
    sent_[id] = samples.back().time;
    return true;
  }
  return false;
}

bool StatsSubscription::take_tick(std::string& message) {
  const Sampler& sampler = services_.pipeline.sampler();
  if (sampler.round() == seen_round_) return false;
  seen_round_ = sampler.round();
  const std::string head = R"({"type":"stats","sub":)" + std::to_string(sub_) + R"(,"samples":[)";
  message = head;
  for (const ContainerId& id : sampler.running()) {
    const Container* container = services_.registry().find(id);
    if (!container || !watch_.wants(id) || !viewer_.sees(*container)) continue;
    const std::optional<StatSample> sample = sampler.latest(id);
    if (!sample) continue;
    const auto [sent, is_new] = sent_.try_emplace(id, sample->time);
    if (!is_new && sent->second >= sample->time) continue;
    sent->second = sample->time;
    if (message.size() > head.size()) message += ',';
    append_json(message, *sample, &id);
  }
  // Forget what has gone, so that the map holds no more than there are containers.
  if (sent_.size() > services_.registry().containers().size())
    std::erase_if(sent_, [this](const auto& entry) { return !services_.registry().find(entry.first); });
  if (message.size() == head.size()) {
    message.clear();
    return false;
  }
  message += "]}";
  return true;
}

}  // namespace taffrail::api
