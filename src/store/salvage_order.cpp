#include "store/salvage_order.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

namespace taffrail::store {
namespace {

namespace fs = std::filesystem;

/// A file beside the database that holds the name of the damaged one.
fs::path order_for(const fs::path& database) { return database.string() + "-salvage"; }

}  // namespace

Result<> order_salvage(const fs::path& database, const fs::path& damaged) {
  std::ofstream order(order_for(database));
  order << damaged.filename().string();
  order.close();
  if (!order) return std::unexpected(system_error("write " + order_for(database).string(), errno));
  return {};
}

std::optional<fs::path> ordered_salvage(const fs::path& database) {
  std::ifstream file(order_for(database));
  std::string name;
  if (!file || !std::getline(file, name) || name.empty()) return std::nullopt;
  return database.parent_path() / fs::path(name).filename();
}

Result<> salvage_done(const fs::path& database) {
  const fs::path order = order_for(database);
  std::error_code failed;
  if (fs::remove(order, failed) || !failed) return {};
  return std::unexpected(system_error("remove " + order.string(), failed.value()));
}

}  // namespace taffrail::store
