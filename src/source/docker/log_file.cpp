#include "source/docker/log_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace taffrail::docker {
namespace {

constexpr std::size_t compressed_block = 64 << 10;
constexpr std::size_t skip_block = 128 << 10;
constexpr int gzip_window = 15 + 16;  // zlib.h: the largest window, and the gzip form

Result<std::size_t> read_plain(int descriptor, std::uint64_t offset, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(descriptor, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(system_error("read a log file", errno));
    }
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

struct LogFile::Inflater {
  z_stream stream{};
  std::vector<char> input = std::vector<char>(compressed_block);
  std::uint64_t input_offset = 0;   // of the next byte to read from disk
  std::uint64_t output_offset = 0;  // of the next byte of text
  bool ended = false;
  bool damaged = false;

  Inflater() { good = ::inflateInit2(&stream, gzip_window) == Z_OK; }
  ~Inflater() { ::inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool good = false;

  void restart() {
    ::inflateReset(&stream);
    stream.avail_in = 0;
    input_offset = output_offset = 0;
    ended = false;
  }
};

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path) {
  // O_NONBLOCK: a fifo in the place of a log must not hold a worker.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::unexpected(system_error("open " + path, errno));
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    const int error = errno;
    ::close(descriptor);
    return std::unexpected(system_error("stat " + path, error));
  }
  std::unique_ptr<LogFile> file(new LogFile(descriptor, Identity{status.st_dev, status.st_ino}));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::unsupported, path + " is no regular file");
  if (path.ends_with(".gz")) {
    file->inflater_ = std::make_unique<Inflater>();
    if (!file->inflater_->good) return fail(ErrorCode::internal, "zlib does not start");
  }
  return file;
}

LogFile::LogFile(int descriptor, Identity identity) : descriptor_(descriptor), identity_(identity) {}

LogFile::~LogFile() { ::close(descriptor_); }

Result<std::size_t> LogFile::read_at(std::uint64_t offset, std::span<char> into) {
  if (!inflater_) return read_plain(descriptor_, offset, into);
  if (offset < inflater_->output_offset) inflater_->restart();
  std::vector<char> skipped(offset > inflater_->output_offset ? skip_block : 0);
  while (inflater_->output_offset < offset) {
    const auto step = std::min<std::uint64_t>(skipped.size(), offset - inflater_->output_offset);
    auto n = inflate_some(std::span(skipped).first(static_cast<std::size_t>(step)));
    if (!n || *n == 0) return n;
  }
  std::size_t done = 0;
  while (done < into.size()) {
    auto n = inflate_some(into.subspan(done));
    if (!n) return n;
    if (*n == 0) break;
    done += *n;
  }
  return done;
}

Result<std::size_t> LogFile::inflate_some(std::span<char> into) {
  Inflater& in = *inflater_;
  while (!in.ended) {
    if (in.stream.avail_in == 0) {
      auto n = read_plain(descriptor_, in.input_offset, in.input);
      if (!n) return n;
      in.input_offset += *n;
      in.stream.next_in = reinterpret_cast<Bytef*>(in.input.data());
      in.stream.avail_in = static_cast<uInt>(*n);
      if (*n == 0) {
        in.ended = in.damaged = true;  // cut off: the engine died while it compressed
        break;
      }
    }
    in.stream.next_out = reinterpret_cast<Bytef*>(into.data());
    in.stream.avail_out = static_cast<uInt>(std::min<std::size_t>(into.size(), 1U << 30));
    const uInt room = in.stream.avail_out;
    const int state = ::inflate(&in.stream, Z_NO_FLUSH);
    const std::size_t produced = room - in.stream.avail_out;
    in.output_offset += produced;
    if (state == Z_STREAM_END) {
      in.ended = true;
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      in.ended = in.damaged = true;
    }
    if (produced > 0) return produced;
  }
  return std::size_t{0};
}

Result<std::uint64_t> LogFile::size() {
  if (!inflater_) return disk_bytes();
  std::vector<char> skipped(skip_block);
  for (;;) {
    auto n = inflate_some(skipped);
    if (!n) return forward(n);
    if (*n == 0) return inflater_->output_offset;
  }
}

std::uint64_t LogFile::next_data(std::uint64_t offset) const {
  const off_t found = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  return found < 0 ? offset : static_cast<std::uint64_t>(found);
}

std::uint64_t LogFile::disk_bytes() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

bool LogFile::damaged() const { return inflater_ && inflater_->damaged; }

}  // namespace taffrail::docker
