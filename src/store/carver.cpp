#include "store/carver.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "store/connection.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::size_t page_bytes = limits::page_bytes;
constexpr std::size_t file_header = 100;  // before the first page's own
constexpr unsigned char table_leaf = 0x0D;
constexpr unsigned char index_leaf = 0x0A;
/// No row of ours is larger: a hostile length holds no more.
constexpr std::uint64_t largest_row = std::uint64_t{64} << 20;

std::uint64_t fixed(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

/// A varint of up to nine bytes, the last of which has eight bits. Nothing: the bytes end before it does.
std::optional<std::uint64_t> varint(Bytes bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int i = 0; i < 9; ++i) {
    if (at >= bytes.size()) return std::nullopt;
    const unsigned char byte = bytes[at++];
    if (i == 8) return value << 8 | byte;
    value = value << 7 | (byte & 0x7FU);
    if (byte < 0x80) return value;
  }
  return value;
}

/// How many bytes of a payload lie in its cell, of pages without reserved bytes.
std::size_t local_size(std::uint64_t payload, bool in_index) {
  constexpr std::size_t least = (page_bytes - 12) * 32 / 255 - 23;
  const std::size_t most = in_index ? (page_bytes - 12) * 64 / 255 - 23 : page_bytes - 35;
  if (payload <= most) return payload;
  const std::size_t wanted = least + (payload - least) % (page_bytes - 4);
  return wanted <= most ? wanted : least;
}

/// The columns of a record; the last one may be cut. Nothing: it is none.
std::optional<std::vector<Carver::Value>> columns_of(Bytes record, std::uint64_t payload) {
  std::size_t at = 0;
  const auto head = varint(record, at);
  if (!head || *head > record.size()) return std::nullopt;
  std::size_t body = *head;
  std::uint64_t end = body;
  std::vector<Carver::Value> values;
  while (at < *head) {
    const auto type = varint(record.first(*head), at);
    if (!type || *type == 10 || *type == 11) return std::nullopt;
    constexpr std::size_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    const std::uint64_t size = *type < 10 ? sizes[*type] : (*type - 12) / 2;
    end += size;
    if (end > payload) return std::nullopt;
    if (*type >= 12) {
      const std::size_t there = std::min<std::uint64_t>(size, record.size() - std::min(body, record.size()));
      values.emplace_back(
          std::string(reinterpret_cast<const char*>(record.data()) + std::min(body, record.size()), there));
    } else if (body + size > record.size()) {
      return std::nullopt;
    } else if (*type == 0) {
      values.emplace_back();
    } else if (*type == 7) {
      values.emplace_back(std::bit_cast<double>(fixed(record, body, 8)));
    } else if (*type >= 8) {
      values.emplace_back(static_cast<std::int64_t>(*type - 8));
    } else {
      const std::uint64_t raw = fixed(record, body, size);
      const auto unused = static_cast<unsigned>(64 - 8 * size);
      values.emplace_back(static_cast<std::int64_t>(raw << unused) >> unused);
    }
    body += size;
  }
  if (end != payload) return std::nullopt;
  return values;
}

}  // namespace

std::string Carver::Row::shape() const {
  std::string shape;
  for (const Value& value : values) shape += "-i?t"[value.index()];
  return shape;
}

std::int64_t Carver::Row::integer(std::size_t column) const {
  const auto* value = std::get_if<std::int64_t>(&values[column]);
  return value ? *value : 0;
}

const std::string& Carver::Row::bytes(std::size_t column) const {
  static const std::string none;
  const auto* value = std::get_if<std::string>(&values[column]);
  return value ? *value : none;
}

Result<Carver> Carver::open(const std::filesystem::path& path) {
  {
    // What it says of itself may be beyond SQLite; then the log stays beside it.
    auto connection = Connection::open(path, Connection::Mode::write);
    if (connection) {
      const auto moved = connection->run("PRAGMA wal_checkpoint(TRUNCATE)");
      (void)moved;
    }
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(system_error("open " + path.string(), errno));
  struct stat about{};
  if (::fstat(file, &about) != 0) {
    const int number = errno;
    ::close(file);
    return std::unexpected(system_error("look at " + path.string(), number));
  }
  const auto pages = static_cast<std::uint64_t>(about.st_size) / page_bytes;
  Carver carver(file, static_cast<std::uint32_t>(std::min<std::uint64_t>(pages, 0xFFFFFFFEU)));
  carver.find_free_pages();
  return carver;
}

Carver::Carver(Carver&& other) noexcept
    : file_(std::exchange(other.file_, -1)), pages_(other.pages_), free_(std::move(other.free_)) {}

Carver::~Carver() {
  if (file_ >= 0) ::close(file_);
}

bool Carver::read(std::uint32_t page, std::vector<unsigned char>& into) const {
  if (page == 0 || page > pages_) return false;
  into.resize(page_bytes);
  const auto offset = static_cast<off_t>((std::uint64_t{page} - 1) * page_bytes);
  return ::pread(file_, into.data(), page_bytes, offset) == static_cast<ssize_t>(page_bytes);
}

void Carver::find_free_pages() {
  std::vector<unsigned char> bytes;
  if (!read(1, bytes)) return;
  auto trunk = static_cast<std::uint32_t>(fixed(bytes, 32, 4));
  std::set<std::uint32_t> found;
  while (trunk != 0) {
    if (!read(trunk, bytes) || !found.insert(trunk).second) return;  // the list is damaged
    const std::uint64_t leaves = fixed(bytes, 4, 4);
    if (leaves > page_bytes / 4 - 2) return;
    for (std::size_t i = 0; i < leaves; ++i) found.insert(static_cast<std::uint32_t>(fixed(bytes, 8 + 4 * i, 4)));
    trunk = static_cast<std::uint32_t>(fixed(bytes, 0, 4));
  }
  free_ = std::move(found);
}

std::optional<Carver::Row> Carver::row_of(Bytes page, std::uint32_t number, std::uint16_t cell, bool all) const {
  const std::size_t head = number == 1 ? file_header : 0;
  const std::size_t pointer = head + 8 + 2UZ * cell;
  if (pointer + 2 > page.size()) return std::nullopt;
  auto at = static_cast<std::size_t>(fixed(page, pointer, 2));
  Row row;
  row.page = number;
  row.cell = cell;
  row.in_index = page[head] == index_leaf;
  const auto payload = varint(page, at);
  if (!payload || *payload == 0 || *payload > largest_row) return std::nullopt;
  if (!row.in_index) {
    const auto id = varint(page, at);
    if (!id) return std::nullopt;
    row.id = static_cast<std::int64_t>(*id);
  }
  const std::size_t local = local_size(*payload, row.in_index);
  row.whole = local == *payload;
  if (at + local + (row.whole ? 0 : 4) > page.size()) return std::nullopt;
  std::vector<unsigned char> record(page.begin() + static_cast<std::ptrdiff_t>(at),
                                    page.begin() + static_cast<std::ptrdiff_t>(at + local));
  if (all && !row.whole) {
    auto next = static_cast<std::uint32_t>(fixed(page, at + local, 4));
    std::vector<unsigned char> bytes;
    // A chain that leads in a circle ends with the payload.
    while (record.size() < *payload) {
      if (!read(next, bytes)) return std::nullopt;
      const std::size_t take = std::min<std::uint64_t>(page_bytes - 4, *payload - record.size());
      record.insert(record.end(), bytes.begin() + 4, bytes.begin() + 4 + static_cast<std::ptrdiff_t>(take));
      next = static_cast<std::uint32_t>(fixed(bytes, 0, 4));
    }
    row.whole = true;
  }
  auto values = columns_of(record, *payload);
  if (!values) return std::nullopt;
  row.values = std::move(*values);
  return row;
}

std::vector<Carver::Row> Carver::rows(std::uint32_t page) const {
  std::vector<Row> found;
  std::vector<unsigned char> bytes;
  if (free_.contains(page) || !read(page, bytes)) return found;
  const std::size_t head = page == 1 ? file_header : 0;
  if (bytes[head] != table_leaf && bytes[head] != index_leaf) return found;
  const auto cells = std::min<std::uint64_t>(fixed(bytes, head + 3, 2), page_bytes / 4);
  for (std::size_t cell = 0; cell < cells; ++cell)
    if (auto row = row_of(bytes, page, static_cast<std::uint16_t>(cell), false)) found.push_back(std::move(*row));
  return found;
}

std::optional<Carver::Row> Carver::whole(const Row& row) const {
  std::vector<unsigned char> bytes;
  if (!read(row.page, bytes)) return std::nullopt;
  return row_of(bytes, row.page, row.cell, true);
}

}  // namespace taffrail::store
