#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/backoff.hpp"
#include "base/worker_pool.hpp"
#include "source/docker/engine_client.hpp"
#include "source/logfile/selection.hpp"
#include "source/sequencer.hpp"
#include "source/source.hpp"
#include "text/docker_frame.hpp"
#include "text/tty_log.hpp"

namespace taffrail::docker {

/// Reads a container's log from its engine, `GET /containers/{id}/logs`.
///
/// The API does not say where the past ends and the present begins, so a following reader reads twice: without `follow`
/// to the end of the answer, which is what is there (`at_end`), then with `follow` from the last line seen. The
/// engine's bounds are by time and lose digits, so each request reaches a little further than it must, and LogSelection
/// cuts exactly. An answer that ends in order while following means that the container stopped or the engine is going
/// down: if the container still runs, following goes on; else what is left is read without `follow`.
///
/// Places are made by the same Sequencer as those of the files, from the lines of an answer. What the API does not
/// allow: an answer that begins in the middle does not tell how far a clock was ahead before it, so behind a clock that
/// was set back, lines have the names of their own times until it has caught up, and a reading that begins at a
/// cursor begins with the first line above it. A reading that goes on by a new request finds the last line that it has
/// seen by its time and bytes, and what stands behind that is placed behind it; where that line is not in the answer,
/// the same holds as for a cursor. What a clock set back between two requests made earlier than the bound of the second
/// one is not in its answer. With `until` the engine ends its answer at the first later line, so that
/// what states an earlier time behind that is not found. Log files have neither limit.
class ApiLogReader final : public LogReader {
 public:
  /// Asks the engine itself whether the container runs.
  using IsRunning = std::function<Task<Result<bool>>(ContainerId)>;

  struct Log {
    ContainerId id;
    bool tty = false;              ///< it has no frames then
    bool unsafe_turnover = false;  ///< it is turned over by an engine that loses lines with that
    bool coarse_times = false;     ///< its engine tells times in whole seconds
    bool stopped = false;          ///< its container does not run: what is unfinished at its end is a line too
  };
  /// `client` and `workers` outlive the reader.
  ApiLogReader(EngineClient& client, WorkerPool& workers, IsRunning is_running, Log log, LogQuery query);

  /// Opens the first answer. Errors: unsupported with the engine's reason when its log driver cannot be read,
  /// not_found, …
  Task<Result<>> open();
  Task<Result<std::optional<LogChunk>>> next() override;

 private:
  enum class Phase : std::uint8_t { past, following, polling, rest, ended };
  struct Request {
    std::optional<Time> since;
    std::optional<Time> until;
    std::optional<std::uint64_t> tail;
    bool follow = false;
  };

  Task<Result<>> start(Request request);
  /// A line by which an answer is known to go on where another one ended.
  struct Landmark {
    Place place;
    Time stated;
    std::uint64_t hash = 0;   ///< of its bytes
    std::uint64_t equal = 1;  ///< counts the lines before it that say the same at the same time
  };
  enum class Limit : std::uint8_t { newest, none };
  Task<Result<>> resume(bool follow, Limit limit);
  Task<Result<>> poll();
  Task<Result<>> collect_tail(std::uint64_t lines);
  Task<Result<bool>> read_some();
  void take(const text::Line& line);
  Task<Result<>> stream_ended();
  [[nodiscard]] LogChunk cut();
  [[nodiscard]] bool behind_a_hole() const;
  [[nodiscard]] bool doubtful() const;

  EngineClient& client_;
  WorkerPool& workers_;
  IsRunning is_running_;
  Log log_;
  LogQuery query_;
  std::variant<text::DockerFrameDecoder, text::TtyLogDecoder> decoder_;
  std::optional<logfile::LogSelection> selection_;
  Sequencer sequencer_;              // of the answer under way
  std::optional<Cursor> seen_;       // the last line of the selections before this one, or the query's `after`
  std::optional<Landmark> taken_;    // the last line that came
  std::optional<Landmark> known_;    // the line `seen_`, where it came in this reading
  std::optional<Landmark> awaited_;  // what the answer under way has still to come upon
  std::uint64_t met_ = 0;            // how many lines like that it has given
  std::uint64_t lines_ = 0;          // how many lines it has given
  std::vector<std::byte> buffer_;
  Phase phase_ = Phase::past;
  bool first_ = true;       // no chunk was handed out yet
  bool caught_up_ = false;  // that was said
  std::uint64_t newest_;    // how many lines a limited request asks for
  bool limited_ = false;    // the request under way asked for the newest lines only, to spare the engine a search
  Backoff pause_;           // before an answer is asked for again that ended without a line
  std::optional<net::ResponseStream> stream_;
};

}  // namespace taffrail::docker
