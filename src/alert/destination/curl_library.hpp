#pragma once

#include <curl/curl.h>

#include "base/result.hpp"

namespace taffrail::alert {

/// What is used of libcurl, by the names that it has there (docs: curl_easy_init(3) and so on). Loaded with the first
/// transfer: it brings some twenty libraries along, 3 MB that a server which notifies nobody does not need.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_setopt) multi_setopt;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_wakeup) multi_wakeup;

  /// Of the process, for as long as it lives. The first call takes some ten milliseconds. Errors: unavailable, with
  /// what is missing.
  static Result<const CurlLibrary*> load();
};

/// Of the process; only where `load` has given it before.
const CurlLibrary& curl();

}  // namespace taffrail::alert
