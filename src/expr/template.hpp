#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "expr/environment.hpp"
#include "expr/expr_error.hpp"
#include "expr/program.hpp"
#include "expr/variables.hpp"

namespace taffrail::expr {

/// Text or JSON with `{{ expression }}` in it: the body of a notification. Immutable; threads may share it.
///
/// A template whose first character is `{` (or `[`, where the rest fits) is JSON: a value in a string is escaped, one
/// outside of strings is written as JSON, so the result is JSON whatever the values are. Go's templates, as the
/// reference has them, are translated for their common forms (go_template.hpp) and refused with the place otherwise.
class Template {
 public:
  static constexpr std::size_t longest_source = 64UZ * 1024;
  static constexpr std::size_t longest_output = 1024UZ * 1024;  ///< bytes of one rendering; chat services take far less

  /// Reads and checks a template. An error's place is in `text`.
  [[nodiscard]] static Outcome<Template> compile(std::string_view text, const Environment& environment);

  struct Rendered {
    std::string text;
    std::vector<ExprError> failures;  ///< expressions that failed; they stand empty in the text (null in JSON)
  };
  /// Fills the template in. Missing values are empty. too_large past longest_output.
  [[nodiscard]] Result<Rendered> render(const Variables& variables) const;

  [[nodiscard]] bool is_json() const { return json_; }

 private:
  struct Piece {
    std::string text;                        ///< printed before the value, as it stands in the result
    std::shared_ptr<const Program> program;  ///< null in the last piece
    bool in_string = false;                  ///< inside of a JSON string
    std::uint32_t at = 0;                    ///< of the action, in runes
  };
  Template() = default;
  friend class TemplateReader;

  std::string source_;
  std::vector<Piece> pieces_;
  bool json_ = false;
};

}  // namespace taffrail::expr
