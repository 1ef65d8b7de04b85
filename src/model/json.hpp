#pragma once

#include <string>

#include "model/container.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"
#include "text/json_writer.hpp"

namespace taffrail {

// The JSON form of the model, as in docs/openapi.yaml: each function appends one object. Bytes that are no UTF-8 become
// U+FFFD here, at the edge; what has no value is null.

/// The object of one record. On the path of every delivered line.
void append_json(std::string& out, const Batch& batch, const Record& record);
/// `{"gap": {…}}`
void append_json(std::string& out, const Gap& gap);
void append_json(std::string& out, const Host& host);
/// @param newest null: none is known
void append_json(std::string& out, const Container& container, const LatestSample* newest);
void append_json(std::string& out, const ContainerEvent& event);
void append_json(std::string& out, const StatSample& sample);
/// The sample's keys alone, for an object that has others too.
/// @param mounts as they are now, with the newest sample; null: no key
void append_members(text::JsonWriter& json, const StatSample& sample, const MountUses& mounts = {});
/// The key `mounts`; none for null.
void append_mounts(text::JsonWriter& json, const MountUses& mounts);

}  // namespace taffrail
