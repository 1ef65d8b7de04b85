# Third-party libraries, all from the distribution. One name each: taffrail::dep::<name>.
find_package(PkgConfig REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Boost 1.81 REQUIRED COMPONENTS url json)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)

foreach(pair IN ITEMS simdjson:simdjson re2:re2 zstd:libzstd sqlite:sqlite3 yaml:yaml-cpp xxhash:libxxhash hyperscan:libhs sodium:libsodium)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} IMPORTED_TARGET GLOBAL ${module})
  if(TARGET PkgConfig::${name})
    add_library(taffrail::dep::${name} ALIAS PkgConfig::${name})
  endif()
endforeach()

# Only the headers: it is loaded when there is something to send (src/alert/destination/curl_library.hpp).
pkg_check_modules(curl REQUIRED libcurl)
add_library(taffrail_dep_curl INTERFACE)
target_include_directories(taffrail_dep_curl SYSTEM INTERFACE ${curl_INCLUDE_DIRS})
target_link_libraries(taffrail_dep_curl INTERFACE ${CMAKE_DL_LIBS})
add_library(taffrail::dep::curl ALIAS taffrail_dep_curl)

# Abseil's time zones (cctz). Its archives, not its ten shared libraries: 0.1 MB in the binary, nothing to load at start and no package
# of one exact version to install beside it (docs/adr/0011-time-zones.md).
add_library(taffrail_dep_time_zones INTERFACE)
foreach(part IN ITEMS time time_zone civil_time strings strings_internal int128 throw_delegate base spinlock_wait raw_logging_internal log_severity)
  find_library(absl_${part}_archive NAMES libabsl_${part}.a REQUIRED)
  mark_as_advanced(absl_${part}_archive)
  target_link_libraries(taffrail_dep_time_zones INTERFACE ${absl_${part}_archive})
endforeach()
add_library(taffrail::dep::time_zones ALIAS taffrail_dep_time_zones)
