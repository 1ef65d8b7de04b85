// CMake precompiles headers for targets that have a source; this is the one of `taffrail_precompiled`.
