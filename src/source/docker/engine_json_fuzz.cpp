#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "source/docker/engine_json.hpp"
#include "source/docker/list_reader.hpp"

/// Any bytes in place of an engine's answers: whatever is understood has an id that is safe in a request's path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taffrail;
  using namespace taffrail::docker;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const HostId host("h");
  Refusals refusals;
  [[maybe_unused]] const auto version = parse_version(json);
  [[maybe_unused]] const auto info = parse_info(json);
  [[maybe_unused]] const auto stats = parse_stats(json);
  if (parse_error_message(json).size() > size + 300) std::abort();
  const auto list = parse_list(json, host);
  if (list)
    for (const Container& container : *list)
      if (!is_container_id(container.id.str())) std::abort();
  // Wherever the answer is cut into pieces, it says the same.
  ListReader pieces(host);
  bool taken = true;
  for (std::size_t at = 0; at < size && taken; at += 7) taken = pieces.feed(json.substr(at, 7)).has_value();
  const auto cut = taken ? pieces.finish() : Result<std::vector<ListReader::Entry>>(fail(ErrorCode::protocol, ""));
  if (cut.has_value() != list.has_value() || (cut && cut->size() != list->size())) std::abort();
  if (const auto inspection = parse_inspection(json, host, refusals))
    if (!is_container_id(inspection->container.id.str())) std::abort();
  if (const auto event = parse_event(json, host, refusals); event && *event)
    if (!is_container_id((*event)->container.str())) std::abort();
  return 0;
}
