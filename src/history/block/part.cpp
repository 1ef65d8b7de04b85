#include "history/block/part.hpp"

#include <cstring>

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include "history/block/block_limits.hpp"
#include "history/block/byte_code.hpp"

namespace taffrail::history {
namespace {

constexpr std::size_t header_bytes = 16;
constexpr std::size_t entry_bytes = 20;
/// Below this a zstd frame's own header eats what it gains.
constexpr std::size_t least_packed = 32;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// One for each thread that packs: making one costs as much as packing 100 KB.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

std::string header(PartKind kind, std::uint32_t count, std::string_view directory) {
  std::string out = "TB";
  out.push_back(static_cast<char>(kind));
  out.push_back(static_cast<char>(format_version));
  append_fixed(out, count);
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, out.data(), out.size());
  XXH3_64bits_update(&state, directory.data(), directory.size());
  append_fixed<std::uint64_t>(out, XXH3_64bits_digest(&state));
  return out;
}

std::uint64_t checksum(std::uint32_t id, std::string_view stored) {
  return XXH3_64bits_withSeed(stored.data(), stored.size(), id);
}

}  // namespace

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::damaged, fmt::format("a stored block is damaged: {}", what));
}

Bytes Bytes::of_size(std::size_t size) {
  Bytes bytes{std::make_unique_for_overwrite<char[]>(size + padding), size};
  std::memset(bytes.data.get() + size, 0, padding);
  return bytes;
}

void PartWriter::add(std::uint32_t id, std::string_view raw, Packing packing) {
  if (raw.empty()) return;
  const std::size_t begin = sections_.size();
  std::size_t packed = raw.size();
  if (raw.size() >= least_packed) {
    ZSTD_CCtx* context = compressor();
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, packing.level);
    if (packing.min_match != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, packing.min_match);
    const std::size_t bound = ZSTD_compressBound(raw.size());
    sections_.resize_and_overwrite(begin + bound, [&](char* data, std::size_t) {
      packed = ZSTD_compress2(context, data + begin, bound, raw.data(), raw.size());
      // It fails for want of memory only; then, and where it gains nothing, the section is stored as it is.
      if (ZSTD_isError(packed) != 0 || packed >= raw.size()) packed = raw.size();
      return packed < raw.size() ? begin + packed : begin;
    });
  }
  if (packed == raw.size()) sections_.append(raw);
  append_fixed(directory_, id);
  append_fixed(directory_, static_cast<std::uint32_t>(raw.size()));
  append_fixed(directory_, static_cast<std::uint32_t>(packed));
  append_fixed(directory_, checksum(id, std::string_view(sections_).substr(begin)));
  ++count_;
}

std::string PartWriter::finish() {
  std::string out = header(kind_, count_, directory_);
  out.reserve(out.size() + directory_.size() + sections_.size());
  return out.append(directory_).append(sections_);
}

Result<Part> Part::open(std::string_view bytes, PartKind kind) {
  if (bytes.size() < header_bytes || bytes.substr(0, 2) != "TB" || bytes[2] != static_cast<char>(kind))
    return damaged("it does not begin as one");
  if (const auto version = static_cast<std::uint8_t>(bytes[3]); version != format_version)
    return fail(ErrorCode::unsupported, fmt::format("a stored block has version {} of the format, and this program "
                                                    "knows version {}: use a later release",
                                                    version, format_version));
  ByteReader reader(bytes.substr(4));
  const auto count = reader.fixed<std::uint32_t>();
  (void)reader.fixed<std::uint64_t>();
  if (count > max_sections || bytes.size() - header_bytes < count * entry_bytes)
    return damaged("its directory is cut off");
  if (header(kind, count, bytes.substr(header_bytes, count * entry_bytes)) != bytes.substr(0, header_bytes))
    return damaged("the checksum of its directory is wrong");
  Part part;
  part.bytes_ = bytes;
  std::size_t offset = header_bytes + count * entry_bytes;
  std::size_t raw = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Section& section = part.sections_.emplace_back();
    section.id = reader.fixed<std::uint32_t>();
    section.raw = reader.fixed<std::uint32_t>();
    section.packed = reader.fixed<std::uint32_t>();
    section.check = reader.fixed<std::uint64_t>();
    section.offset = offset;
    raw += section.raw;
    offset += section.packed;
    for (std::uint32_t j = 0; j < i; ++j) {
      if (part.sections_[j].id == section.id) return damaged("it has a section twice");
    }
    if (section.packed > section.raw || section.raw > max_section_bytes || raw > max_part_bytes)
      return damaged("a section is larger than any can be");
  }
  if (offset != bytes.size()) return damaged("it is shorter or longer than its sections");
  return part;
}

std::size_t Part::raw_size(std::uint32_t id) const {
  for (const Section& section : sections_) {
    if (section.id == id) return section.raw;
  }
  return 0;
}

Result<Bytes> Part::section(std::uint32_t id) const {
  for (const Section& section : sections_) {
    if (section.id != id) continue;
    const std::string_view stored = bytes_.substr(section.offset, section.packed);
    if (checksum(id, stored) != section.check) return damaged(fmt::format("the checksum of section {} is wrong", id));
    Bytes out = Bytes::of_size(section.raw);
    if (section.packed == section.raw) {
      std::memcpy(out.data.get(), stored.data(), stored.size());
    } else if (ZSTD_decompressDCtx(decompressor(), out.data.get(), out.size, stored.data(), stored.size()) !=
               out.size) {
      return damaged(fmt::format("section {} cannot be unpacked", id));
    }
    return out;
  }
  return Bytes::of_size(0);
}

}  // namespace taffrail::history
