#include "base/stack_names.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <map>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace taffrail {
namespace {

/// A file's bytes, mapped. Empty when it cannot be read.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    struct stat status{};
    if (::fstat(file, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
      if (at != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(at), size};
    }
    ::close(file);
  }
  ~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// The `count` values that lie at `offset`; none where the file does not hold them.
  template <class T>
  [[nodiscard]] std::span<const T> at(std::uint64_t offset, std::uint64_t count) const {
    if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(T) || offset % alignof(T) != 0) return {};
    return {reinterpret_cast<const T*>(bytes_.data() + offset), static_cast<std::size_t>(count)};
  }

 private:
  std::span<const std::byte> bytes_;
};

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(symbol, nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && name ? name.get() : symbol;
}

/// Names from the table of symbols of one ELF file. `wanted` are addresses as the file counts them, each with where its
/// name goes.
void look_up(const MappedFile& file, const std::multimap<std::uint64_t, std::string*>& wanted) {
  const auto header = file.at<Elf64_Ehdr>(0, 1);
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return;
  const auto sections = file.at<Elf64_Shdr>(header[0].e_shoff, header[0].e_shnum);
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const Elf64_Shdr& strings = sections[section.sh_link];
    const auto text = file.at<char>(strings.sh_offset, strings.sh_size);
    if (text.empty() || text.back() != '\0') continue;
    for (const Elf64_Sym& symbol : file.at<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_name >= text.size()) continue;
      for (auto at = wanted.lower_bound(symbol.st_value);
           at != wanted.end() && at->first - symbol.st_value < symbol.st_size; ++at)
        *at->second = demangled(text.data() + symbol.st_name);
    }
  }
}

}  // namespace

std::vector<std::string> names_of(std::span<void* const> addresses) {
  std::vector<std::string> names(addresses.size());
  std::map<std::string, std::multimap<std::uint64_t, std::string*>> unnamed;  // by file
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // What is on the stack is where a call returns to: the call itself is before that.
    const char* const address = static_cast<const char*>(addresses[i]) - 1;
    Dl_info info{};
    if (::dladdr(address, &info) == 0 || !info.dli_fname) {
      names[i] = "unknown";
      continue;
    }
    if (info.dli_sname) {
      names[i] = demangled(info.dli_sname);
      continue;
    }
    const std::string_view file(info.dli_fname);
    const auto offset = static_cast<std::uint64_t>(address - static_cast<const char*>(info.dli_fbase));
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "+0x%zx", static_cast<std::size_t>(offset));
    names[i] = std::string(file.substr(file.rfind('/') + 1)) + text.data();
    unnamed[std::string(file)].emplace(offset, &names[i]);
  }
  for (const auto& [file, wanted] : unnamed) {
    MappedFile named(file.c_str());
    // The program's own name may be relative to a folder that is not the current one any more, or replaced since.
    const bool own = ::access(file.c_str(), R_OK) != 0 || file.find('/') == std::string::npos;
    if (own)
      look_up(MappedFile("/proc/self/exe"), wanted);
    else
      look_up(named, wanted);
  }
  return names;
}

}  // namespace taffrail
