#include "pipeline/container_bounds.hpp"

#include <string>

namespace taffrail {
namespace {

/// Cuts between characters; bytes that are no UTF-8 are cut anywhere.
void cut(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  std::size_t end = bytes;
  while (end > 0 && bytes - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  text.shrink_to_fit();
}

/// Keeps labels in order of name until a bound is reached; one that is too long alone goes, for half of a value would
/// be another value.
void cut(std::map<std::string, std::string>& labels) {
  std::size_t total = 0;
  std::size_t kept = 0;
  for (auto at = labels.begin(); at != labels.end();) {
    const std::size_t bytes = at->first.size() + at->second.size();
    if (bytes > max_label_bytes || kept == max_labels || total + bytes > max_labels_bytes) {
      at = labels.erase(at);
      continue;
    }
    total += bytes;
    ++kept;
    ++at;
  }
}

}  // namespace

void bound(Container& container) {
  cut(container.name, max_name_bytes);
  cut(container.image, max_name_bytes);
  cut(container.command, max_command_bytes);
  cut(container.service, max_name_bytes);
  cut(container.project, max_name_bytes);
  cut(container.group, max_name_bytes);
  cut(container.log_driver, max_name_bytes);
  cut(container.labels);
  if (container.ports.size() > max_ports) container.ports.resize(max_ports);
  for (std::string& port : container.ports) cut(port, max_port_bytes);
}

void bound(ContainerEvent& event) {
  cut(event.action, max_name_bytes);
  cut(event.attributes);
}

void bound(Host& host) {
  for (std::string* text : {&host.name, &host.kind, &host.engine, &host.api_version, &host.os, &host.arch})
    cut(*text, max_name_bytes);
  cut(host.detail, max_command_bytes);
}

std::size_t weight_of(const Container& container) {
  // An entry of a map or a list is a block of the heap with its links.
  constexpr std::size_t entry = 96;
  std::size_t bytes = sizeof(Container) + container.id.str().size() + container.name.size() + container.image.size() +
                      container.command.size();
  for (const auto& [name, value] : container.labels) bytes += entry + name.size() + value.size();
  for (const std::string& port : container.ports) bytes += entry + port.size();
  return bytes;
}

}  // namespace taffrail
