#include "source/logfile/log_model.hpp"

namespace taffrail::logfile {
namespace {

/// A place, a time or a size that a query may name, among those that mean something.
class QueryMaker {
 public:
  QueryMaker(LogModel& model, const std::vector<Told>& all) : model_(model), all_(all) {}

  LogQuery make() {
    LogQuery query;
    const auto maybe = [&] { return model_.draw(0, 4) == 0; };
    if (maybe()) query.after = cursor();
    if (maybe()) query.before = cursor();
    if (maybe()) query.from = line().place + 1ns * model_.draw(-1, 1);
    if (maybe()) query.to = line().place + 1ns * model_.draw(-1, 1);
    if (maybe()) query.since = line().time + 1ns * model_.draw(-1, 1);
    if (maybe()) query.until = line().time + 1ns * model_.draw(-1, 1);
    if (model_.draw(0, 1) == 0) {
      query.tail = static_cast<std::uint64_t>(model_.draw(0, 1) == 0 ? model_.draw(0, 5) : model_.draw(0, 1000));
      if (model_.draw(0, 3) == 0) query.tail_bytes = static_cast<std::uint64_t>(model_.draw(0, 2000));
    }
    query.follow = model_.draw(0, 3) == 0;
    return query;
  }

 private:
  [[nodiscard]] const Told& line() {
    return all_[static_cast<std::size_t>(model_.draw(0, static_cast<int>(all_.size()) - 1))];
  }
  [[nodiscard]] Cursor cursor() {
    const Told& of = line();
    return {of.seq, of.place, {}};
  }

  LogModel& model_;
  const std::vector<Told>& all_;
};

std::string words(const LogQuery& query) {
  std::string out;
  if (query.after) out += " after " + query.after->to_string();
  if (query.before) out += " before " + query.before->to_string();
  if (query.from) out += " from " + to_rfc3339(*query.from);
  if (query.to) out += " to " + to_rfc3339(*query.to);
  if (query.since) out += " since " + to_rfc3339(*query.since);
  if (query.until) out += " until " + to_rfc3339(*query.until);
  if (query.tail) out += " tail " + std::to_string(*query.tail);
  if (query.tail_bytes) out += " bytes " + std::to_string(*query.tail_bytes);
  if (query.follow) out += " follow";
  return out;
}

/// Follows the log from its last lines on, whatever is done to it.
class Following {
 public:
  explicit Following(LogModel& model) : reading_(model.log(), ContainerId("c"), query(model)) {
    const auto opened = reading_.open(model.moment());
    EXPECT_TRUE(opened.has_value()) << opened.error().detail;
    read(model);
    EXPECT_EQ(difference(given_.lines, select(model.lines(), query_)), "");
    given_.lines.clear();
    if (!model.lines().empty()) last_ = model.lines().back().seq;
  }

  void read(const LogModel& model) { given_.read(reading_, model.moment()); }
  /// All that was written since the last call has come, by the names that others have learned.
  void check(const LogModel& model) {
    read(model);
    std::vector<Told> should = model.lines();
    std::erase_if(should, [&](const Told& line) { return line.seq <= last_; });
    ASSERT_EQ(difference(given_.lines, should), "") << "to a follower";
    ASSERT_TRUE(given_.gaps.empty());
    if (!should.empty()) last_ = should.back().seq;
    given_.lines.clear();
  }

 private:
  const LogQuery& query(LogModel& model) {
    query_.follow = true;
    query_.tail = static_cast<std::uint64_t>(model.draw(0, 20));
    return query_;
  }

  LogQuery query_;
  LogReading reading_;
  Given given_;
  Seq last_ = 0;
};

class LogModelTest : public testing::TestWithParam<LogFormat> {
 protected:
  /// Every line has the place of its definition, and any query gives exactly what it selects of them.
  static void check(LogModel& model, int queries) {
    const Given whole = model.read({});
    model.learn(whole.lines);
    const std::vector<Told> all = model.lines();
    ASSERT_EQ(difference(whole.lines, all), "");
    for (std::size_t i = 1; i < all.size(); ++i) {
      ASSERT_LT(all[i - 1].seq, all[i].seq);
      ASSERT_LE(all[i - 1].place, all[i].place);
    }
    if (all.empty()) return;
    QueryMaker maker(model, all);
    for (int i = 0; i < queries; ++i) {
      const LogQuery query = maker.make();
      const Given given = model.read(query);
      ASSERT_EQ(difference(given.lines, select(all, query)), "") << words(query);
      ASSERT_TRUE(given.gaps.empty()) << words(query);
      if (given.lines.empty() || given.context.empty()) continue;
      const auto first = std::ranges::find(all, given.lines.front());
      ASSERT_LE(std::ssize(given.context), first - all.begin()) << words(query);
      ASSERT_TRUE(std::equal(given.context.begin(), given.context.end(), first - std::ssize(given.context)))
          << words(query);
    }
  }
  /// Pages both ways give every line once.
  static void page(LogModel& model) {
    const std::vector<Told> all = model.lines();
    const auto size = static_cast<std::uint64_t>(model.draw(0, 1) == 0 ? model.draw(1, 9) : model.draw(1, 1000));
    std::vector<Told> backwards;
    LogQuery query;
    query.tail = size;
    for (auto part = model.read(query).lines; !part.empty(); part = model.read(query).lines) {
      backwards.insert(backwards.begin(), part.begin(), part.end());
      query.before = Cursor{part.front().seq, part.front().place, {}};
    }
    ASSERT_EQ(difference(backwards, all), "") << "pages of " << size;
    std::vector<Told> forwards;
    query = {};
    for (;;) {
      std::vector<Told> part = model.read(query).lines;
      if (part.empty()) break;
      part.resize(std::min<std::size_t>(part.size(), size));
      forwards.insert(forwards.end(), part.begin(), part.end());
      query.after = Cursor{part.back().seq, part.back().place, {}};
    }
    ASSERT_EQ(difference(forwards, all), "") << "pages of " << size;
  }
};

/// 25 × 9 × 45 queries of each format.
constexpr std::uint32_t seeds = 25;
constexpr int queries_at_once = 45;

TEST_P(LogModelTest, EveryReadOfARandomLogGivesWhatIsDefined) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    LogModel model(GetParam(), seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::optional<Following> follower;
    const auto see = [&](int queries) {
      check(model, queries);
      if (follower) follower->check(model);
    };
    for (int step = 0; step < 25; ++step) {
      switch (model.draw(0, 15)) {
        case 0:
        case 1:
          see(0);  // what is thrown away was seen
          model.rotate();
          break;
        case 2: model.compress(); break;
        case 3: model.step_clock(1h * (model.draw(0, 1) == 0 ? 1 : -1)); break;
        case 4:
          if (model.draw(0, 2) != 0) break;
          model.restart();
          follower.reset();
          break;
        case 6:
          if (!model.plain()) break;
          see(0);
          model.copy_and_truncate();
          follower.reset();  // the copy's lines would be new to it
          break;
        case 5:
          if (model.draw(0, 2) != 0) break;
          model.copy();
          follower.reset();
          break;
        default: model.write(model.draw(0, 40)); break;
      }
      if (follower) follower->read(model);
      if (step % 3 != 0) continue;
      see(queries_at_once);
      if (step % 6 == 0) page(model);
      if (HasFatalFailure()) return;
      if (!follower) follower.emplace(model);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LogModelTest, testing::Values(LogFormat::json_file, LogFormat::plain),
                         [](const auto& info) { return info.param == LogFormat::plain ? "plain" : "json_file"; });

}  // namespace
}  // namespace taffrail::logfile
