#pragma once

#include "base/task.hpp"

namespace taffrail {

/// Maps the pages of the program and of its libraries out of this process; what is used again comes back at the next
/// touch, from the kernel's page cache. Only pages that nobody can have written to: those of their files.
void let_go_of_program_pages();

/// Does that twice a minute: what only the start, a search or a page of an hour ago needed counts as this process's
/// memory no longer. Goes on until cancelled.
Task<> keep_program_pages_few();

}  // namespace taffrail
