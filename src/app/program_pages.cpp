#include "app/program_pages.hpp"

#include <bit>
#include <chrono>
#include <cstdint>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/second.hpp"

namespace taffrail {
namespace {

using namespace std::chrono_literals;

/// What is in use comes back within some hundred page faults of half a microsecond, sixteen pages each.
constexpr auto interval = 30s;

/// Of one program or library. What can be written to has been relocated, and is not in its file as it is in memory.
int let_go(dl_phdr_info* object, std::size_t, void* page_size) {
  const auto page = *static_cast<const std::uintptr_t*>(page_size);
  // The kernel's own, which is in no file.
  const std::uintptr_t vdso = ::getauxval(AT_SYSINFO_EHDR);
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t address = object->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t begin = address / page * page;
    if (begin == vdso) return 0;
    // It is advice: where it is not taken, the pages stay.
    (void)::madvise(std::bit_cast<void*>(begin), address + segment.p_memsz - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void let_go_of_program_pages() {
  auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  ::dl_iterate_phdr(let_go, &page);
}

Task<> keep_program_pages_few() {
  while (true) {
    co_await sleep_to_second(interval);
    let_go_of_program_pages();
  }
}

}  // namespace taffrail
