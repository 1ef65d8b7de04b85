# component(name
#   SOURCES a.cpp …      compiled into the library taffrail_<name>; none makes it header-only
#   HEADERS a.hpp …      its public headers; each is compiled on its own (a.cpp does that for a.hpp), so that it includes what it uses
#   DEPS base boost …    other components by name, or CMake targets
#   TESTS a_test.cpp …   GoogleTest sources, one executable <name>_test
#   BENCHES a_bench.cpp  Google Benchmark sources, one executable <name>_bench
#   FUZZ a_fuzz.cpp …    libFuzzer sources, one executable each; in ordinary builds they are linked
#                        with fuzz/replay_main.cpp and replay the corpus in fuzz/corpus/<file stem>)

# One precompiled header for all: GoogleTest's for the tests, and in the sanitizers' builds cmake/precompiled.hpp for everything.
# ccache can hand what was compiled with it to other checkouts only where the options name no absolute path that it does not know for
# one (behind -Xclang it does not), and where the header, whose bytes name its folder, is known by a sum of what it is made of.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)
add_library(taffrail_precompiled OBJECT "${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp")
target_link_libraries(taffrail_precompiled PRIVATE taffrail_options GTest::gmock)
if(TAFFRAIL_SANITIZE)
  target_link_libraries(taffrail_precompiled PRIVATE Boost::json fmt::fmt)
  # Some libraries' packages ask for it, and a precompiled header wants the same of all.
  target_compile_options(taffrail_options INTERFACE -pthread)
  target_precompile_headers(taffrail_precompiled PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp")
else()
  target_precompile_headers(taffrail_precompiled PRIVATE <gtest/gtest.h>)
  # The packages of some libraries ask the tests for it.
  target_compile_options(taffrail_precompiled PRIVATE -pthread)
endif()
file(SHA256 "${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp" taffrail_precompiled_sum)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/CMakeFiles/taffrail_precompiled.dir/cmake_pch.hxx.pch.sum"
  CONTENT "${taffrail_precompiled_sum} ${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION} ${fmt_VERSION} ${GTest_VERSION}\n")

function(component name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;DEPS;TESTS;BENCHES;FUZZ" ${ARGN})
  string(REPLACE "/" "_" id "${name}")
  set(lib taffrail_${id})

  set(deps "")
  foreach(dep IN LISTS arg_DEPS)
    if(dep MATCHES "::")
      list(APPEND deps ${dep})
    else()
      string(REPLACE "/" "_" dep_id "${dep}")
      list(APPEND deps taffrail_${dep_id})
    endif()
  endforeach()

  if(arg_SOURCES)
    add_library(${lib} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    if(TAFFRAIL_SANITIZE)
      target_precompile_headers(${lib} REUSE_FROM taffrail_precompiled)
    endif()
  else()
    add_library(${lib} INTERFACE)
    set(scope INTERFACE)
  endif()
  # What a source of the same name includes first, where clang-format puts it, is compiled there before anything else.
  set(alone "")
  set(included_first "")
  foreach(header IN LISTS arg_HEADERS)
    string(REGEX REPLACE "hpp$" "cpp" source "${header}")
    if(source IN_LIST arg_SOURCES)
      list(APPEND included_first ${header})
    else()
      list(APPEND alone ${header})
    endif()
  endforeach()
  target_sources(${lib} PUBLIC
    FILE_SET alone TYPE HEADERS BASE_DIRS "${CMAKE_SOURCE_DIR}/src" FILES ${alone}
    FILE_SET included_first TYPE HEADERS BASE_DIRS "${CMAKE_SOURCE_DIR}/src" FILES ${included_first})
  target_link_libraries(${lib} ${scope} taffrail_options ${deps})
  set_target_properties(${lib} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY alone)

  if(arg_TESTS)
    add_executable(${id}_test ${arg_TESTS})
    target_link_libraries(${id}_test PRIVATE ${lib} GTest::gmock_main)
    target_compile_options(${id}_test PRIVATE -pthread)
    target_precompile_headers(${id}_test REUSE_FROM taffrail_precompiled)
    set_property(GLOBAL APPEND PROPERTY TAFFRAIL_TESTS ${id}_test)
  endif()
  if(arg_BENCHES)
    add_executable(${id}_bench ${arg_BENCHES})
    target_link_libraries(${id}_bench PRIVATE ${lib} benchmark::benchmark_main)
    set_property(GLOBAL APPEND PROPERTY TAFFRAIL_BENCHES ${id}_bench)
  endif()
  foreach(source IN LISTS arg_FUZZ)
    get_filename_component(stem ${source} NAME_WE)
    add_executable(${stem} ${source})
    target_link_libraries(${stem} PRIVATE ${lib})
    if(TAFFRAIL_FUZZ)
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${stem} PRIVATE "${CMAKE_SOURCE_DIR}/fuzz/replay_main.cpp")
    endif()
    set_property(GLOBAL APPEND PROPERTY TAFFRAIL_FUZZERS ${stem})
  endforeach()
endfunction()

# test_definitions(a_test.cpp NAME="value" …): for one source and not for its target, for what names this checkout's folder is not found
# in the compiler's cache by another.
function(test_definitions source)
  set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS ${ARGN})
endfunction()
