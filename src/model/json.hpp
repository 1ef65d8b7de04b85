#pragma once

#include <string>

#include "model/container.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

namespace taffrail {

// The JSON form of the model, as in docs/openapi.yaml: each function appends one object. Bytes that are no UTF-8 become
// U+FFFD here, at the edge; what has no value is null.

/// The object of one record. On the path of every delivered line.
void append_json(std::string& out, const Batch& batch, const Record& record);
/// `{"gap": {…}}`
void append_json(std::string& out, const Gap& gap);
void append_json(std::string& out, const Host& host);
/// @param stats the newest sample, or nullptr for none known
void append_json(std::string& out, const Container& container, const StatSample* stats);
void append_json(std::string& out, const ContainerEvent& event);
/// The object of one sample; with `container` not null, that id as its first key.
void append_json(std::string& out, const StatSample& sample, const ContainerId* container);

}  // namespace taffrail
