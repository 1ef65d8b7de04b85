#include "store/statement.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "base/temporary_folder.hpp"
#include "store/connection.hpp"
#include "store/store_limits.hpp"

namespace taffrail::store {
namespace {

class StatementTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Connection connection_ = Connection::open(folder_.path() / "x.db", Connection::Mode::create).value();
};

TEST_F(StatementTest, GivesBackEveryKindOfValueAsItWasBound) {
  ASSERT_TRUE(connection_.run("CREATE TABLE t(i, r, s, b, n)").has_value());
  const std::string text("with\0zero", 9);
  const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{255}, std::byte{7}};
  ASSERT_TRUE(connection_
                  .run("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)", std::numeric_limits<std::int64_t>::min(), 0.5, text,
                       Bytes(bytes), nullptr)
                  .has_value());
  ASSERT_TRUE(connection_.run("INSERT INTO t(s, b) VALUES (?1, ?2)", std::string_view(), Bytes()).has_value());
  auto rows = connection_.query("SELECT i, r, s, b, n FROM t ORDER BY rowid");
  ASSERT_TRUE(rows.has_value());
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(rows->integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows->real(1), 0.5);
  EXPECT_EQ(rows->text(2), text);
  EXPECT_TRUE(std::ranges::equal(rows->bytes(3), bytes));
  EXPECT_TRUE(rows->is_null(4));
  ASSERT_TRUE(rows->step().value());
  EXPECT_FALSE(rows->is_null(2)) << "an empty text is not NULL";
  EXPECT_FALSE(rows->is_null(3)) << "nor are no bytes";
  EXPECT_EQ(rows->text(2), "");
  EXPECT_FALSE(rows->step().value());
}

TEST_F(StatementTest, TellsOfAParameterThatThereIsNot) {
  auto rows = connection_.query("SELECT ?1", 1, 2);
  ASSERT_TRUE(rows.has_value());
  EXPECT_FALSE(rows->step().has_value());
}

TEST_F(StatementTest, RefusesWhatIsNotExactlyOneStatement) {
  for (const char* sql : {"", "  ", "SELECT 1; SELECT 2", "-- nothing"}) {
    auto prepared = connection_.prepare(sql);
    ASSERT_FALSE(prepared.has_value()) << sql;
    EXPECT_EQ(prepared.error().code, ErrorCode::invalid_argument) << sql;
  }
  EXPECT_TRUE(connection_.prepare("SELECT 1;").has_value());
}

TEST_F(StatementTest, LeavesNoBindingsToWhoeverUsesTheTextNext) {
  {
    auto first = connection_.query("SELECT ?1", "secret");
    ASSERT_TRUE(first.has_value());
    ASSERT_TRUE(first->step().value());
  }
  auto second = connection_.prepare("SELECT ?1");
  ASSERT_TRUE(second.has_value());
  ASSERT_TRUE(second->step().value());
  EXPECT_TRUE(second->is_null(0));
}

TEST_F(StatementTest, CanBeInUseTwiceAtOnce) {
  auto outer = connection_.query("SELECT ?1", 1);
  auto inner = connection_.query("SELECT ?1", 2);
  ASSERT_TRUE(outer.has_value() && inner.has_value());
  ASSERT_TRUE(outer->step().value() && inner->step().value());
  EXPECT_EQ(outer->integer(0), 1);
  EXPECT_EQ(inner->integer(0), 2);
}

TEST_F(StatementTest, IsKeptCompiledUpToABound) {
  StatementCache cache(connection_.handle());
  for (std::size_t i = 0; i < 3 * limits::cached_statements; ++i) {
    auto statement = cache.take("SELECT " + std::to_string(i));
    ASSERT_TRUE(statement.has_value());
  }
  EXPECT_EQ(cache.size(), limits::cached_statements);
}

}  // namespace
}  // namespace taffrail::store
