#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "expr/json_node.hpp"
#include "history/pattern/line_form.hpp"
#include "history/search/line_query.hpp"
#include "model/record.hpp"
#include "store/store.hpp"

namespace taffrail::history {

/// The values of the fields of some lines: of JSON and logfmt by name (`a.b` of nested objects), `level` and `stream`
/// of every line, and of lines of text what stands in the variable places of their form: `took <#> ms`.
class FieldSample {
 public:
  static constexpr std::size_t max_fields = 200;
  static constexpr std::size_t max_variables = 1000;  ///< of lines of text
  static constexpr std::size_t max_values = 200;      ///< of a field; with more it is no field of kinds of something
  static constexpr std::size_t max_value_size = 100;  ///< longer texts are left out
  static constexpr std::size_t max_numbers = 4096;    ///< of a field

  void add(const Batch& batch, const Record& record);
  void merge(const FieldSample& other);

  struct Field {
    std::uint64_t lines = 0;                      // that have it, with a value that is no object and no array
    std::map<std::string, std::uint64_t> values;  // how many lines have each
    bool many = false;                            // there were more
    std::vector<double> numbers;                  // the first of those that are some
    std::uint64_t rises = 0;                      // how often one was greater than the last one
    std::uint64_t falls = 0;

    /// Whether its numbers go one way from line to line, as times, offsets and ids do that are given out in order:
    /// they are others in each range and say nothing by that.
    [[nodiscard]] bool counts_on() const;
  };
  using Fields = std::map<std::string, Field>;
  [[nodiscard]] const Fields& fields() const { return fields_; }
  /// By the form of their lines, with `<#>` for the variable.
  [[nodiscard]] const Fields& variables() const { return variables_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  void add_object(const std::string& prefix, const expr::JsonNode& object, std::size_t depth);
  void add_value(const std::string& name, expr::Value value);
  void add_variables(std::string_view line);

  Fields fields_;
  Fields variables_;
  FormMaker maker_;
  std::vector<std::string_view> values_;
  std::uint64_t lines_ = 0;
};

/// A field whose values are others in one set of lines than in another.
struct MovedField {
  struct Value {
    std::string value;
    std::uint64_t lines = 0;       ///< of the sample
    std::uint64_t base_lines = 0;  ///< of the base's sample
  };
  std::string name = {};
  /// How many standard deviations the G statistic of its values is above what chance gives.
  double surprise = 0;
  std::uint64_t lines = 0;  ///< of the sample that have it
  std::uint64_t base_lines = 0;
  std::vector<Value> values = {};     ///< those that moved most, at most five; none of a field of numbers
  std::optional<double> median = {};  ///< of a field of numbers
  std::optional<double> base_median = {};
};

/// The fields that moved most, at most ten.
[[nodiscard]] std::vector<MovedField> moved_fields(const FieldSample& sample, const FieldSample& base);

/// Reads the fields of some lines of a query: of blocks that lie evenly among all, with at most 32 MiB of lines
/// together, some lines each.
/// @param query outlives it @param until when it ends with what it has
[[nodiscard]] Task<Result<FieldSample>> sample_fields(store::Store& store, WorkerPool& workers, const LineQuery& query,
                                                      SteadyTime until);

}  // namespace taffrail::history
