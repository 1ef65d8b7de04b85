#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>

#include "alert/rule/rule_files.hpp"

namespace taffrail::alert {

/// `taffrail rules check DIR`: prints each problem of the files of rules in DIR with its place. `taffrail rules test
/// DIR` also plays the tests in them, and prints which of them tell something else than they should.
/// @param args what follows `rules`
/// @return the exit status: 0, 1 when something is wrong with the rules, 2 when it is with the arguments
[[nodiscard]] int run_rules_command(std::span<const std::string> args, const CheckDestination& check, std::ostream& out,
                                    std::ostream& err);

/// Writes a file where there is none: never over one. Errors: conflict and what else the operating system says.
[[nodiscard]] Result<> write_new_file(const std::filesystem::path& path, const std::string& text);

/// `taffrail import dozzle DIR [--out DIR]`: reads DIR/notifications.yml and prints a file of rules, or writes it as
/// dozzle.yaml into a directory; what could not be translated goes to `err` with its place. The file that is read is
/// never changed, and none is written over.
/// @param args what follows `import`
/// @return the exit status: 0, 1 when something could not be translated, read or written, 2 when the arguments are
/// wrong
[[nodiscard]] int run_import_command(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace taffrail::alert
