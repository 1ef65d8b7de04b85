#include "history/query/line_needs.hpp"

#include "expr/log_variables.hpp"
#include "expr/parser.hpp"

namespace taffrail::history {
namespace {

bool is_of_container(const expr::Node& node) {
  if (node.meaning == expr::Meaning::variable) return node.slot >= expr::LogVariables::container_first;
  // As a value of its own it may be asked for whatever there is.
  if (node.meaning == expr::Meaning::group) return false;
  for (const expr::Node* child : node.children)
    if (child != nullptr && !is_of_container(*child)) return false;
  return true;
}

}  // namespace

GroupBy::Of needs_of(const expr::Program& program) {
  const auto tree = expr::parse(program.source());
  if (!tree || !expr::check(**tree, program.environment(), expr::Purpose::value)) return GroupBy::Of::line;
  const expr::Node& root = *(*tree)->root;
  if (root.meaning == expr::Meaning::variable) {
    switch (root.slot) {
      case expr::LogVariables::level: return GroupBy::Of::level;
      case expr::LogVariables::stream: return GroupBy::Of::stream;
      case expr::LogVariables::time: return GroupBy::Of::time;
      default: break;
    }
  }
  return is_of_container(root) ? GroupBy::Of::log : GroupBy::Of::line;
}

}  // namespace taffrail::history
