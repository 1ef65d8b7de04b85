#include "base/clock.hpp"

#include <sys/timex.h>

namespace taffrail {

bool SystemClock::is_disciplined() const {
  timex state{};
  return ::adjtimex(&state) != -1 && (state.status & STA_UNSYNC) == 0;
}

}  // namespace taffrail
