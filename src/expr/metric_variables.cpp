#include "expr/metric_variables.hpp"

namespace taffrail::expr {
namespace {

const ContainerFields no_container;

}  // namespace

const Environment& Environment::metric() {
  static const Environment environment = [] {
    std::vector<Declaration> d = {
        {"cpu", &floating_type, "CPU use in percent, 0 to 100, of the container's limit or else of the host.",
         "cpu > 80"},
        {"memory", &floating_type, "Memory use in percent of the container's limit or else of the host.",
         "memory > 90"},
        {"memoryUsage", &floating_type, "Memory use in bytes.", "memoryUsage > 512 * 1024 * 1024"},
        {"mounts", &array_type, "Volumes: destination, totalBytes, freeBytes, usedBytes, usedPercent, availableBytes.",
         "any(mounts, .usedPercent >= 85)"},
    };
    for (Declaration& field : ContainerVariables::declare("container.")) d.push_back(std::move(field));
    return Environment("sample", std::move(d));
  }();
  return environment;
}

MetricVariables::MetricVariables(const MetricFields& fields) : fields_(fields), mounts_(Value::empty_array()) {
  if (fields.mounts.empty()) return;
  auto* room = arena_.array<Value>(fields.mounts.size());
  for (std::size_t i = 0; i < fields.mounts.size(); ++i) {
    const MetricFields::Mount& m = fields.mounts[i];
    MapBuilder builder(arena_);
    // The arena has no limit, so nothing here can fail.
    (void)builder.set(Value("destination"), Value(m.destination));
    (void)builder.set(Value("totalBytes"), Value(m.total_bytes));
    (void)builder.set(Value("freeBytes"), Value(m.free_bytes));
    (void)builder.set(Value("usedBytes"), Value(m.used_bytes));
    (void)builder.set(Value("usedPercent"), Value(m.used_percent));
    (void)builder.set(Value("availableBytes"), Value(m.available_bytes));
    room[i] = Value::map(*builder.finish());
  }
  mounts_ = Value::array({room, fields.mounts.size()});
}

Value MetricVariables::get(std::size_t slot) const {
  switch (slot) {
    case cpu: return Value(fields_.cpu_percent);
    case memory: return Value(fields_.memory_percent);
    case memory_usage: return Value(fields_.memory_bytes);
    case mounts: return mounts_;
    default:
      return ContainerVariables::field(fields_.container == nullptr ? no_container : *fields_.container,
                                       slot - container_first);
  }
}

}  // namespace taffrail::expr
