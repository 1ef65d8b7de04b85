// Takes the input as a line, and as a template. A form has a bounded size, is the same each time, and people are given
// a filter of it that can be asked.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "expr/condition.hpp"
#include "expr/environment.hpp"
#include "history/pattern/clusters.hpp"
#include "history/pattern/line_form.hpp"

using namespace taffrail;
using namespace taffrail::history;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void look_at(const std::string& form) {
  require(form.size() <= max_form_size + 2);  // with its kind and what says that it was cut
  require(!show_form(form).empty() || form.size() <= 1);
  const std::string filter = form_filter(form);
  if (!filter.empty()) require(expr::Condition::compile(filter, expr::Environment::log()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.size() > max_template_line) return 0;
  FormMaker maker;
  const std::string of_line(maker.of_line(input));
  look_at(of_line);
  look_at(std::string(maker.of_template(input)));
  look_at(std::string(maker.of_message(input)));
  require(maker.of_line(input) == of_line);
  // Alone it is a cluster of its own.
  const std::array<std::string_view, 1> forms{of_line};
  const Clusters alone = cluster_forms(forms);
  require(alone.forms.size() == 1 && alone.of.size() == 1 && alone.of.front() == 0);
  return 0;
}
