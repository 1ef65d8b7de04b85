#pragma once

namespace taffrail {

/// Asks the kernel for a short slice for the calling thread: it has as much of the processor as others, but in pieces
/// that it is given sooner. For a thread that does a little at a time and that everybody waits for. Threads that it
/// starts have the usual slice. Kernels from Linux 6.12 on do that, others pay no regard to it.
void ask_for_short_slice();

}  // namespace taffrail
