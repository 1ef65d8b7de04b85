#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "base/clock.hpp"
#include "text/std_stream.hpp"

namespace taffrail::text {

/// The most bytes that a line keeps; the rest of the physical line is dropped and the line marked truncated. A larger
/// bound costs every reader that much buffer per stream and every viewer a frame of that size.
inline constexpr std::size_t max_line_bytes = std::size_t{256} * 1024;

/// One whole line out of a decoder. `bytes` lives until the sink returns.
struct Line {
  Time time{};  ///< the engine's time; of a joined line, that of its first part
  StdStream stream = StdStream::out;
  std::string_view bytes;   ///< as the container wrote them, without the newline
  bool truncated = false;   ///< the line was longer than max_line_bytes
  std::uint64_t begin = 0;  ///< where its first part (frame, row) begins, in bytes fed since construction or reset
  std::uint64_t end = 0;    ///< where its last part ends
};

/// A reference to the callable that takes a decoder's lines: `decoder.feed(chunk, [&](const Line& l) { … });`. It owns
/// nothing and allocates nothing; the callable must live as long as the call it is passed to.
class LineSink {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, LineSink> && std::is_invocable_v<F&, const Line&>)
  LineSink(F&& callable)  // NOLINT(google-explicit-constructor): a parameter type, made at the call
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, const Line& line) {
          (*static_cast<std::add_pointer_t<std::remove_reference_t<F>>>(object))(line);
        }) {}

  void operator()(const Line& line) const { call_(object_, line); }

 private:
  void* object_;
  void (*call_)(void*, const Line&);
};

}  // namespace taffrail::text
