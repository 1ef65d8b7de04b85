// Takes the input as a query. What is understood is whole: its search compiles as the interface compiles it, and its
// stages speak of columns that there are. A fault stands within the query.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "expr/condition.hpp"
#include "expr/environment.hpp"
#include "history/query/pipe.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto pipe = parse_pipe(source);
  if (!pipe) {
    require(!pipe.error().message.empty());
    require(pipe.error().offset <= source.size() && pipe.error().line >= 1);
    return 0;
  }
  if (!pipe->condition.empty())
    require(expr::Condition::compile(pipe->condition, expr::Environment::log()).has_value());
  require(!pipe->aggregates.empty());
  require(pipe->columns.size() == pipe->groups.size() + pipe->aggregates.size());
  require(pipe->series_group() <= pipe->groups.size());
  for (const Column& column : pipe->columns) require(!column.name.empty());
  for (const RowStage& stage : pipe->stages) {
    const auto* sort = std::get_if<SortRows>(&stage);
    if (sort == nullptr) continue;
    for (const SortKey& key : sort->keys) require(key.column < pipe->columns.size());
  }
  return 0;
}
