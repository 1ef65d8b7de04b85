// What searches over stored blocks cost, beside a scan of the same lines by the same filter. The lines are made up as
// in history/block/block_bench.cpp; TAFFRAIL_BENCH_LINES names a file of lines to take instead.

#include <benchmark/benchmark.h>

int main() { return 0; }
