#include "views/saved_views.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "store/store_fixture.hpp"

namespace taffrail::views {
namespace {

class Views : public store::StoreFixture {
 protected:
  std::unique_ptr<SavedViews> open_views() {
    auto opened = SavedViews::open_store(io_.get_executor(), folder_.path());
    if (!opened) throw std::runtime_error(opened.error().detail);
    return std::make_unique<SavedViews>(std::move(*opened), workers_, clock_);
  }
  SystemClock clock_;
};

TEST_F(Views, AreThereAgainAfterARestart) {
  auto views = open_views();
  run([](SavedViews& saved) -> Task<> {
    EXPECT_EQ((co_await saved.add("web", R"({"containers":"true"})"))->version, 1);
    EXPECT_TRUE((co_await saved.add("Api", "{}")).has_value());
    co_await saved.close();
  }(*views));
  views = open_views();
  run([](SavedViews& saved) -> Task<> {
    const auto all = co_await saved.all();
    EXPECT_EQ(all->size(), 2U);
    EXPECT_EQ(all->front().name, "Api") << "by name, whatever its case";
    EXPECT_EQ(all->back().shows, R"({"containers":"true"})");
    EXPECT_EQ((co_await saved.find(all->back().id))->name, "web");
    co_await saved.close();
  }(*views));
}

TEST_F(Views, AreReplacedByThoseOnlyWhoHaveSeenTheNewestVersion) {
  auto views = open_views();
  run([](SavedViews& saved) -> Task<> {
    const auto made = co_await saved.add("web", "{}");
    const auto first = co_await saved.replace(made->id, made->version, "web 2", R"({"a":1})");
    EXPECT_EQ(first->version, 2);
    EXPECT_EQ(first->created, made->created);
    const auto late = co_await saved.replace(made->id, made->version, "web 3", "{}");
    EXPECT_EQ(late.error().code, ErrorCode::conflict);
    EXPECT_NE(late.error().detail.find("web 2"), std::string::npos) << late.error().detail;
    EXPECT_EQ((co_await saved.find(made->id))->name, "web 2");
    EXPECT_EQ((co_await saved.replace(99, 1, "x", "{}")).error().code, ErrorCode::not_found);
    co_await saved.close();
  }(*views));
}

TEST_F(Views, AreGoneOnce) {
  auto views = open_views();
  run([](SavedViews& saved) -> Task<> {
    const auto made = co_await saved.add("web", "{}");
    EXPECT_TRUE((co_await saved.remove(made->id)).has_value());
    EXPECT_EQ((co_await saved.remove(made->id)).error().code, ErrorCode::not_found);
    EXPECT_EQ((co_await saved.find(made->id)).error().code, ErrorCode::not_found);
    EXPECT_GT((co_await saved.add("next", "{}"))->id, made->id) << "an id is never given twice";
    co_await saved.close();
  }(*views));
}

TEST_F(Views, AreBoundedInNumberAndSize) {
  auto views = open_views();
  run([](SavedViews& saved) -> Task<> {
    EXPECT_EQ((co_await saved.add(std::string(SavedViews::most_name + 1, 'x'), "{}")).error().code,
              ErrorCode::too_large);
    EXPECT_EQ((co_await saved.add("x", std::string(SavedViews::most_bytes + 1, ' '))).error().code,
              ErrorCode::too_large);
    for (std::int64_t i = 0; i < SavedViews::most; ++i) EXPECT_TRUE((co_await saved.add("x", "{}")).has_value());
    EXPECT_EQ((co_await saved.add("x", "{}")).error().code, ErrorCode::conflict);
    EXPECT_EQ((co_await saved.all())->size(), static_cast<std::size_t>(SavedViews::most));
    co_await saved.close();
  }(*views));
}

}  // namespace
}  // namespace taffrail::views
