# Compiler, warnings, sanitizers, linker and ccache: everything that is the same for every component.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles co_await expressions into double frees. "
    "Use Clang 19 (Debian: clang-19), as the presets do: cmake --preset release")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

set(TAFFRAIL_SANITIZE "" CACHE STRING "Value of -fsanitize=, for example address,undefined")
option(TAFFRAIL_FUZZ "Build the libFuzzer targets" OFF)

# -g1: line tables are enough for a backtrace and halve the size of the objects.
add_compile_options(-g1 -fno-omit-frame-pointer)
add_compile_options("$<$<CONFIG:Release>:-O2>")
add_link_options(-fuse-ld=lld "$<$<CONFIG:Release>:-Wl,--gc-sections>")
add_compile_options("$<$<CONFIG:Release>:-ffunction-sections;-fdata-sections>")
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # Haswell and later: every server of the last ten years.
  add_compile_options(-march=x86-64-v3)
endif()

if(TAFFRAIL_SANITIZE)
  # Not vptr: it looks at memory through a pipe, and calls a good object a bad one where a test leaves no descriptors.
  add_compile_options(-fsanitize=${TAFFRAIL_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -O1)
  add_link_options(-fsanitize=${TAFFRAIL_SANITIZE})
  if(TAFFRAIL_SANITIZE MATCHES "thread")
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
if(TAFFRAIL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Neither the working directory nor the checkout's place reaches the objects, so all build folders and clones share
  # one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

find_package(Threads REQUIRED)

# What every target of ours is compiled with; third-party headers come in as SYSTEM.
add_library(taffrail_options INTERFACE)
target_compile_options(taffrail_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_include_directories(taffrail_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_definitions(taffrail_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_INVOKE_RESULT)
target_link_libraries(taffrail_options INTERFACE Threads::Threads)
