#include "api/gzip.hpp"

#include <new>
#include <zlib.h>

namespace taffrail::api {

std::string gzip(std::string_view body) {
  GzipStream stream;
  std::string out = stream.add(body);
  out += stream.finish();
  return out;
}

GzipStream::GzipStream() : stream_(std::make_unique<z_stream>()) {
  // 15 bits of window; 16 more ask for gzip's head and trail instead of zlib's.
  if (deflateInit2(stream_.get(), 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
}

GzipStream::~GzipStream() { deflateEnd(stream_.get()); }

std::string GzipStream::add(std::string_view piece) { return deflate(piece, Z_NO_FLUSH); }

std::string GzipStream::finish() { return deflate({}, Z_FINISH); }

std::string GzipStream::deflate(std::string_view piece, int flush) {
  std::string out(deflateBound(stream_.get(), piece.size()), '\0');
  // zlib's interface lacks the const; it does not write to its input.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
  std::size_t written = 0;
  for (;;) {
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream_->avail_out = static_cast<uInt>(out.size() - written);
    const int result = ::deflate(stream_.get(), flush);
    written = out.size() - stream_->avail_out;
    // Room that is left says that all was taken; what was gathered before may take more than this piece.
    if (stream_->avail_out > 0 || result == Z_STREAM_END) break;
    out.resize(out.size() * 2);
  }
  out.resize(written);
  return out;
}

}  // namespace taffrail::api
