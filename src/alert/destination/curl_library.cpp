#include "alert/destination/curl_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace taffrail::alert {
namespace {

/// The name under which all versions since 2006 are found.
constexpr const char* library_name = "libcurl.so.4";

template <class Function>
bool find(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

/// The library stays loaded: its threads and OpenSSL's do not outlive being unloaded.
Result<CurlLibrary> load_once() {
  void* const library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  const auto missing = [] {
    const char* const what = dlerror();
    return fail(ErrorCode::unavailable, fmt::format("notifications need {}, which cannot be loaded ({}): install it "
                                                    "(Debian: libcurl4)",
                                                    library_name, what ? what : "no reason given"));
  };
  if (!library) return missing();
  CurlLibrary all{};
  decltype(&::curl_global_init) global_init = nullptr;
  const bool found =
      find(library, global_init, "curl_global_init") && find(library, all.easy_init, "curl_easy_init") &&
      find(library, all.easy_cleanup, "curl_easy_cleanup") && find(library, all.easy_setopt, "curl_easy_setopt") &&
      find(library, all.easy_getinfo, "curl_easy_getinfo") && find(library, all.easy_strerror, "curl_easy_strerror") &&
      find(library, all.slist_append, "curl_slist_append") &&
      find(library, all.slist_free_all, "curl_slist_free_all") && find(library, all.multi_init, "curl_multi_init") &&
      find(library, all.multi_cleanup, "curl_multi_cleanup") && find(library, all.multi_setopt, "curl_multi_setopt") &&
      find(library, all.multi_add_handle, "curl_multi_add_handle") &&
      find(library, all.multi_remove_handle, "curl_multi_remove_handle") &&
      find(library, all.multi_perform, "curl_multi_perform") &&
      find(library, all.multi_info_read, "curl_multi_info_read") && find(library, all.multi_poll, "curl_multi_poll") &&
      find(library, all.multi_wakeup, "curl_multi_wakeup");
  if (!found) return missing();
  if (const CURLcode made = global_init(CURL_GLOBAL_DEFAULT); made != CURLE_OK)
    return fail(ErrorCode::unavailable, fmt::format("libcurl does not start: {}", all.easy_strerror(made)));
  return all;
}

const Result<CurlLibrary>& loaded() {
  static const Result<CurlLibrary> library = load_once();
  return library;
}

}  // namespace

Result<const CurlLibrary*> CurlLibrary::load() {
  const Result<CurlLibrary>& library = loaded();
  if (!library) return std::unexpected(library.error());
  return &*library;
}

const CurlLibrary& curl() { return *loaded(); }

}  // namespace taffrail::alert
