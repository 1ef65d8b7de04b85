#include <array>
#include <string_view>

#include "source/demo/writers.hpp"

namespace taffrail::demo {
namespace {

using std::string_view;

constexpr std::array<string_view, 8> films{"harbour-lights", "north-pier", "tidewater", "lighthouse",
                                           "salt-and-rope",  "low-water",  "foghorn",   "the-long-quay"};

constexpr std::array<string_view, 4> sizes{"480p", "720p", "1080p", "2160p"};

/// How far the transcoder is with one film: a function of the time of day, so that its lines tell of work that goes on.
struct Job {
  string_view film;
  std::size_t size = 0;        // of `sizes`
  std::uint32_t promille = 0;  // done

  static Job at(std::uint32_t film, const Stamp& stamp) {
    const std::uint32_t length = 400 + 130 * film;  // seconds that it takes in one size
    const std::uint32_t second = stamp.hour * 3600 + stamp.minute * 60 + stamp.second + 997 * film;
    return {films[film], second / length % sizes.size(), second % length * 1000 / length};
  }
};

}  // namespace

void web_event(Pen& pen) {
  static constexpr std::array<string_view, 6> routes{"/watch",    "/browse",  "/api/progress",
                                                     "/api/list", "/profile", "/search"};
  Dice& dice = pen.dice;
  const std::uint32_t ms = dice.chance(0.1) ? dice.between(300, 2500) : dice.between(2, 120);
  if (dice.chance(0.02)) {
    pen.err("\x1b[31mTypeError: Cannot read properties of undefined (reading 'title')\x1b[39m");
    pen.err("    at renderCard (/app/dist/server/cards.js:{}:27)", dice.between(20, 90));
    pen.err("    at Array.map (<anonymous>)");
    pen.err("    at renderRow (/app/dist/server/rows.js:58:18)");
    pen.err("    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)");
  } else if (dice.chance(0.05)) {
    pen.out("\x1b[33mwarn\x1b[39m  - the page \x1b[1m{}\x1b[22m sends {} kB, recommended are 128 kB", dice.pick(routes),
            dice.between(130, 900));
  } else if (dice.chance(0.02)) {
    pen.out(
        "\x1b[38;2;120;180;255minfo\x1b[0m  - \x1b[48;5;236m\x1b[38;5;214m rebuilt \x1b[0m \x1b[4m{} modules\x1b[24m "
        "in {} ms 🎬",
        dice.between(40, 400), dice.between(100, 900));
  } else {
    pen.out("\x1b[35mGET\x1b[39m {} \x1b[32m200\x1b[39m in {}{} ms\x1b[0m", dice.pick(routes),
            ms > 300 ? "\x1b[31;1m" : "\x1b[2m", ms);
  }
}

void web_start(Pen& pen) {
  pen.out("");
  pen.out("> media-web@5.1.0 start");
  pen.out("> node dist/server.js");
  pen.out("");
  pen.out("\x1b[32mready\x1b[39m - started server on 0.0.0.0:3000");
}

void transcoder_event(Pen& pen) {
  constexpr std::uint32_t segments = 4000;
  constexpr std::uint32_t frames = 187'200;
  Dice& dice = pen.dice;
  const auto [film, size, promille] = Job::at(dice.below(films.size()), pen.at);
  const std::string clock = fmt::format("\x1b[90m{:02}:{:02}:{:02}.{:03}\x1b[0m", pen.at.hour, pen.at.minute,
                                        pen.at.second, pen.at.millisecond());
  if (dice.chance(pen.trouble ? 0.03 : 0.004)) {
    pen.err("{} \x1b[1;31mERROR\x1b[0m {}: segment {} is damaged (checksum {:08x}), skipped", clock, film,
            promille * segments / 1000, static_cast<std::uint32_t>(dice.next()));
  } else if (dice.chance(0.02)) {
    pen.out("{} \x1b[33mWARN\x1b[0m  {}: queue is {} segments behind", clock, film, dice.between(20, 400));
  } else if (dice.chance(0.06)) {
    pen.out("{} \x1b[32mINFO\x1b[0m  {} \x1b[1m{}\x1b[0m segment {} written, {} kB", clock, film, sizes[size],
            promille * segments / 1000, dice.between(80, 200) << size);
  } else {
    const std::uint32_t percent = promille / 10;
    pen.out(
        "{} \x1b[36mDEBUG\x1b[0m {} {} frame={:6} fps={:3} speed={}.{:02}x \x1b[34m{:█<{}}\x1b[90m{:░<{}}\x1b[0m {}%",
        clock, film, sizes[size], promille * frames / 1000, dice.between(80, 95) >> size, 4 - size, dice.below(100), "",
        percent / 10, "", 10 - percent / 10, percent);
  }
}

void recommender_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.comma();
  if (dice.chance(pen.trouble ? 0.06 : 0.005)) {
    const std::uint32_t user = dice.between(1, 90000);
    pen.err("{} ERROR recommender.worker: no recommendation for user {}", at, user);
    pen.err("Traceback (most recent call last):");
    pen.err("  File \"/app/recommender/worker.py\", line {}, in handle", dice.between(70, 120));
    pen.err("    scores = self.model.score(user, candidates)");
    pen.err("  File \"/app/recommender/model.py\", line {}, in score", dice.between(30, 60));
    pen.err("    return self.store.vectors[user.id] @ self.items");
    if (dice.chance(0.5)) {
      pen.err("KeyError: {}", user);
    } else {
      pen.err("TimeoutError: vector store did not answer within 2.0 s");
      pen.err("");
      pen.err("During handling of the above exception, another exception occurred:");
      pen.err("");
      pen.err("Traceback (most recent call last):");
      pen.err("  File \"/app/recommender/worker.py\", line 131, in run");
      pen.err("    self.handle(job)");
      pen.err("recommender.errors.GaveUp: user {}", user);
    }
  } else if (dice.chance(pen.trouble ? 0.25 : 0.02)) {
    pen.err("{} WARNING recommender.store: vector store answered after {}.{} s", at, dice.between(1, 4),
            dice.below(10));
  } else if (dice.chance(0.2)) {
    pen.out("{} DEBUG recommender.cache: {} of {} vectors in memory", at, dice.between(8000, 9999), 10000);
  } else {
    pen.out("{} INFO recommender.worker: {} films for user {} in {} ms, best: {}", at, dice.between(5, 40),
            dice.between(1, 90000), dice.between(8, 240), dice.pick(films));
  }
}

void recommender_start(Pen& pen) {
  pen.out("{} INFO recommender: loading the model from /models/films-v14 (812 MB)", pen.at.comma());
  pen.out("{} INFO recommender: ready", pen.at.comma());
}

void thumbnails_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::string at = pen.at.iso_micro();
  if (dice.chance(pen.trouble ? 0.03 : 0.003)) {
    pen.err("thread 'resize-{}' panicked at src/resize.rs:{}:17:", dice.below(4), dice.between(40, 200));
    pen.err("called `Result::unwrap()` on an `Err` value: UnsupportedColor(L16)");
    pen.err("note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace");
  } else if (dice.chance(0.03)) {
    pen.out("{}  WARN thumbnails::pool: queue is long waiting={} oldest_ms={}", at, dice.between(50, 600),
            dice.between(500, 9000));
  } else if (dice.chance(0.2)) {
    pen.out("{} TRACE thumbnails::decode: header read format=\"avif\" width={} height={}", at, dice.between(640, 4096),
            dice.between(480, 2304));
  } else {
    pen.out("{}  INFO resize{{film=\"{}\" at_s={}}}: thumbnails::resize: done in_ms={} bytes={}", at, dice.pick(films),
            dice.below(7200), dice.between(4, 90), dice.between(4000, 60000));
  }
}

}  // namespace taffrail::demo
