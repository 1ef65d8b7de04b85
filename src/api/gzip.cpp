#include "api/gzip.hpp"

#include <new>
#include <zlib.h>

namespace taffrail::api {

std::string gzip(std::string_view body) {
  z_stream stream{};
  // 15 bits of window; 16 more ask for gzip's head and trail instead of zlib's.
  if (deflateInit2(&stream, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&stream, body.size()), '\0');
  // zlib's interface lacks the const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  // The output has room for the worst case, so one call does it.
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace taffrail::api
