// Feeds the input to every decoder of engine streams twice, at once and in pieces, and requires the same lines.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "text/docker_frame.hpp"
#include "text/json_file.hpp"
#include "text/k8s_file.hpp"
#include "text/line_splitter.hpp"
#include "text/tty_log.hpp"

using namespace taffrail::text;

namespace {

template <class Decoder>
std::vector<std::string> decode(const Decoder& fresh, std::string_view input, std::size_t step) {
  Decoder decoder = fresh;
  std::vector<std::string> lines;
  const auto take = [&](const Line& line) {
    if (line.bytes.size() > max_line_bytes || line.begin > line.end || line.end > input.size()) std::abort();
    lines.push_back(std::to_string(line.time.time_since_epoch().count()) + (line.truncated ? "~" : "") +
                    std::string(to_string(line.stream)) + std::string(line.bytes));
  };
  for (std::size_t i = 0; i < input.size(); i += step) (void)decoder.feed(input.substr(i, step), take);
  decoder.finish(take);
  return lines;
}

template <class Decoder>
void check(const Decoder& decoder, std::string_view input, std::size_t step) {
  if (decode(decoder, input, input.size() + 1) != decode(decoder, input, step)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t step = 1 + size % 13;
  check(DockerFrameDecoder(), input, step);
  check(DockerFrameDecoder(DockerFrameDecoder::Timestamps::absent), input, step);
  check(TtyLogDecoder(), input, step);
  check(JsonFileDecoder(), input, step);
  check(K8sFileDecoder(), input, step);
  check(LineSplitter(LineSplitter::CarriageReturn::strip, 16), input, step);

  std::string fast_scratch;
  std::string any_scratch;
  JsonFileRow fast;
  JsonFileRow any;
  if (parse_json_file_row_fast(input, fast_scratch, fast) && parse_json_file_row_any(input, any_scratch, any) &&
      (fast.ends_line != any.ends_line || fast.stream != any.stream || fast.time != any.time || fast.log.size() > size))
    std::abort();
  return 0;
}
