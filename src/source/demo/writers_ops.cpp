#include <array>
#include <string_view>

#include "source/demo/writers.hpp"

namespace taffrail::demo {

using std::string_view;

void backup_event(Pen& pen) {
  static constexpr std::array<string_view, 5> folders{"orders", "customers", "articles", "films", "settings"};
  Dice& dice = pen.dice;
  if (dice.chance(0.06))
    pen.err("tar: {}/{:04}.part: file changed as we read it", dice.pick(folders), dice.below(10000));
  else
    pen.out("{}/{:04}.part  {:>7} kB  {:>3}%", dice.pick(folders), dice.below(10000), dice.between(100, 900000),
            dice.between(1, 100));
}

void backup_start(Pen& pen) { pen.out("+ backup of {}", pen.at.blank()); }

void backup_end(Pen& pen) {
  pen.out("sent {} bytes, {} files", pen.dice.between(90'000'000, 900'000'000), pen.dice.between(200, 900));
  pen.out("+ exit 0");
}

void collector_event(Pen& pen) {
  static constexpr std::array<string_view, 5> jobs{"gateway", "api", "checkout", "db", "transcoder"};
  Dice& dice = pen.dice;
  if (dice.chance(0.02))
    pen.err("ts={} caller=scrape.go:214 level=error component=scrape job={} err=\"context deadline exceeded\"",
            pen.at.iso(), dice.pick(jobs));
  else
    pen.out("ts={} caller=scrape.go:187 level={} component=scrape job={} samples={} duration={}.{}ms", pen.at.iso(),
            dice.chance(0.3) ? "debug" : "info", dice.pick(jobs), dice.between(80, 2400), dice.between(2, 60),
            dice.below(10));
}

void mailer_event(Pen& pen) {
  Dice& dice = pen.dice;
  const std::uint32_t id = dice.between(0x1000, 0xffff);
  if (dice.chance(0.08))
    pen.err("[{}] [ERROR] mail {:x}: 451 4.3.0 try again later (mx.example)", pen.at.blank(), id);
  else if (dice.chance(0.1))
    pen.out("[{}] [WARN] mail {:x}: no answer from mx.example, try {} of 5", pen.at.blank(), id, dice.between(2, 5));
  else
    pen.out("[{}] [INFO] mail {:x}: sent to user{}@mail.example in {} ms", pen.at.blank(), id, dice.between(1, 9000),
            dice.between(40, 900));
}

namespace {

/// klog's head: level, month and day, time, thread, place.
std::string klog(Pen& pen, char level, string_view place) {
  return fmt::format("{}{:02}{:02} {:02}:{:02}:{:02}.{:06}       1 {}]", level, pen.at.month, pen.at.day, pen.at.hour,
                     pen.at.minute, pen.at.second, pen.at.microsecond, place);
}

}  // namespace

void importer_event(Pen& pen) {
  Dice& dice = pen.dice;
  if (dice.chance(0.05))
    pen.err("{} \"Record refused\" file=\"part-{:05}.csv\" row={} err=\"column 7: not a number\"",
            klog(pen, 'E', "import.go:203"), dice.below(40000), dice.below(100000));
  else if (dice.chance(0.06))
    pen.err("{} heap is {} MiB", klog(pen, 'W', "memory.go:41"), dice.between(180, 250));
  else
    pen.err("{} imported part-{:05}.csv: {} rows", klog(pen, 'I', "import.go:118"), dice.below(40000),
            dice.between(100, 100000));
}

}  // namespace taffrail::demo
