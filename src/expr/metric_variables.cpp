#include "expr/metric_variables.hpp"

namespace taffrail::expr {
namespace {

const ContainerFields no_container;

// One entry for each slot before `container_first`.
struct Entry {
  std::string_view name;
  const Type* type;
  std::string_view help;
  std::string_view example;
};

constexpr Entry entries[] = {
    {"cpu", &floating_type, "CPU use in percent, 0 to 100, of the container's limit or else of the host.", "cpu > 80"},
    {"memory", &floating_type, "Memory use in percent of the container's limit or else of the host.", "memory > 90"},
    {"memoryUsage", &floating_type, "Memory use in bytes.", "memoryUsage > 512 * 1024 * 1024"},
    {"mounts", &array_type, "Volumes: destination, totalBytes, freeBytes, usedBytes, usedPercent, availableBytes.",
     "any(mounts, .usedPercent >= 85)"},
    {"cpuCores", &floating_type, "CPU use in cores.", "cpuCores > 1.5"},
    {"cpuThrottled", &floating_type, "The share of the time, 0 to 1, in which the CPU limit held it back.",
     "cpuThrottled > 0.25"},
    {"memoryLimit", &floating_type, "The memory limit in bytes; nil for none.", ""},
    {"swap", &floating_type, "Swap in use, in bytes.", "(swap ?? 0) > 100e6"},
    {"pids", &floating_type, "Processes and threads.", "pids > 500"},
    {"netRx", &floating_type, "Bytes received per second.", "netRx > 50e6"},
    {"netTx", &floating_type, "Bytes sent per second.", ""},
    {"blockRead", &floating_type, "Bytes read from disks per second.", ""},
    {"blockWrite", &floating_type, "Bytes written to disks per second.", "blockWrite > 100e6"},
    {"oomKills", &floating_type, "How many of its processes were killed for lack of memory, since it started.",
     "oomKills > 0"},
    {"cpuPressure", &floating_type, "The share of the time, 0 to 1, in which something waited for a CPU.", ""},
    {"memoryPressure", &floating_type, "The share of the time, 0 to 1, in which something waited for memory.",
     "memoryPressure > 0.1"},
    {"ioPressure", &floating_type, "The share of the time, 0 to 1, in which something waited for a disk.", ""},
    {"restartsPerHour", &floating_type, "How often it was started again within the last hour.", "restartsPerHour > 3"},
};
static_assert(std::size(entries) == MetricVariables::container_first);

Value number(const std::optional<double>& known) { return known ? Value(*known) : Value(); }

}  // namespace

std::vector<Declaration> MetricVariables::declare(std::string_view prefix) {
  std::vector<Declaration> declarations;
  for (const Entry& e : entries) {
    // A notification need not be about a sample. Examples are expressions over samples.
    declarations.push_back({std::string(prefix) + std::string(e.name), prefix.empty() ? e.type : &any_type,
                            std::string(e.help), prefix.empty() ? std::string(e.example) : ""});
  }
  return declarations;
}

const Environment& Environment::metric() {
  static const Environment environment = [] {
    std::vector<Declaration> d = MetricVariables::declare("");
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
    case cpu: return number(fields_.cpu_percent);
    case memory: return number(fields_.memory_percent);
    case memory_usage: return number(fields_.memory_bytes);
    case mounts: return mounts_;
    default: break;
  }
  if (slot < container_first) return number(fields_.measures[slot - first_measure]);
  return ContainerVariables::field(fields_.container == nullptr ? no_container : *fields_.container,
                                   slot - container_first);
}

}  // namespace taffrail::expr
