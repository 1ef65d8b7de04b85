#include "source/logfile/log_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zlib.h>

namespace taffrail::logfile {
namespace {

constexpr std::size_t compressed_block = 64 << 10;
constexpr std::size_t skip_block = 128 << 10;
constexpr int gzip_window = 15 + 16;       // zlib.h: the largest window, and the gzip form
constexpr std::uint64_t gzip_trailer = 4;  // RFC 1952: the text's size, modulo 2^32, little-endian

/// A file system may say anything of a file's times; these bounds leave room to add and subtract years.
Time to_time(const struct statx_timestamp& time) {
  constexpr std::int64_t year_2200 = 7'258'118'400;
  return Time(std::chrono::seconds(std::clamp<std::int64_t>(time.tv_sec, -year_2200, year_2200)) +
              std::chrono::nanoseconds(time.tv_nsec));
}

Result<FileStatus> query(int descriptor, const char* path, int flags, const std::string& name) {
  struct statx found{};
  if (::statx(descriptor, path, flags, STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME | STATX_NLINK,
              &found) != 0)
    return std::unexpected(system_error("look at " + name, errno));
  FileStatus status;
  status.identity.device = ::makedev(found.stx_dev_major, found.stx_dev_minor);
  status.identity.inode = found.stx_ino;
  if (found.stx_mask & STATX_BTIME) status.identity.born = to_time(found.stx_btime);
  status.size = status.disk_bytes = found.stx_size;
  status.modified = to_time(found.stx_mtime);
  status.links = found.stx_nlink;
  status.regular = S_ISREG(found.stx_mode);
  return status;
}

Result<std::size_t> read_plain(int descriptor, std::uint64_t offset, std::span<char> into, const std::string& name) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(descriptor, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(system_error("read " + name, errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

Result<FileStatus> status_of(const std::string& path) { return query(AT_FDCWD, path.c_str(), 0, path); }

bool is_remote(const std::string& path) {
  struct statfs found{};
  if (::statfs(path.c_str(), &found) != 0) return true;
  // Magic numbers of statfs(2): NFS, SMB, CIFS, SMB2, 9P, FUSE, Ceph, AFS (two), Coda.
  static constexpr std::array<std::uint32_t, 10> remote{0x6969,     0x517B,     0xFF534D42, 0xFE534D42, 0x01021997,
                                                        0x65735546, 0x00C36400, 0x5346414F, 0x6B414653, 0x73757245};
  return std::ranges::find(remote, static_cast<std::uint32_t>(found.f_type)) != remote.end();
}

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

LogFile::LogFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      inflater_(std::move(other.inflater_)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(inflater_, other.inflater_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<LogFile> LogFile::open(const std::string& path) {
  // O_NONBLOCK: a fifo in the place of a log must not hold a worker.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return std::unexpected(system_error("open " + path, errno));
  LogFile file(descriptor, path);
  auto status = file.status();
  if (!status) return forward(status);
  if (!status->regular) return fail(ErrorCode::unsupported, path + " is no regular file");
  if (path.ends_with(".gz")) {
    file.inflater_ = std::make_unique<Inflater>();
    if (!file.inflater_->good) return fail(ErrorCode::internal, "zlib does not start");
  }
  return file;
}

Result<FileStatus> LogFile::status() const {
  auto status = query(descriptor_, "", AT_EMPTY_PATH, path_);
  if (!status || !inflater_) return status;
  status->size = 0;
  if (status->disk_bytes < gzip_trailer) return status;
  std::array<unsigned char, gzip_trailer> trailer{};
  auto n = read_plain(descriptor_, status->disk_bytes - gzip_trailer,
                      std::span(reinterpret_cast<char*>(trailer.data()), trailer.size()), path_);
  if (!n) return forward(n);
  for (std::size_t i = trailer.size(); i-- > 0;) status->size = status->size << 8 | trailer[i];
  return status;
}

Result<std::size_t> LogFile::read(std::uint64_t offset, std::span<char> into) {
  if (!inflater_) return read_plain(descriptor_, offset, into, path_);
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
      auto n = read_plain(descriptor_, in.input_offset, in.input, path_);
      if (!n) return n;
      in.input_offset += *n;
      in.stream.next_in = reinterpret_cast<Bytef*>(in.input.data());
      in.stream.avail_in = static_cast<uInt>(*n);
      if (*n == 0) {
        in.ended = in.damaged = true;  // cut off: whoever compressed it died meanwhile
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

std::uint64_t LogFile::next_data(std::uint64_t offset) const {
  if (inflater_) return offset;
  const off_t found = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  return found < 0 ? offset : static_cast<std::uint64_t>(found);
}

std::string LogFile::self_path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

bool LogFile::damaged() const { return inflater_ && inflater_->damaged; }

}  // namespace taffrail::logfile
