#include "base/disk_use.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/mount_fixture.hpp"
#include "base/temporary_folder.hpp"

namespace taffrail {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1 << 20;

TEST(DiskUse, IsThatOfADiskThatFills) {
  const TemporaryFolder folder;
  const std::string path = folder.path();
  const int status = in_own_mounts([&] {
    if (!mount_memory(path, 4 * mib)) return may_not_mount;
    const auto empty = disk_use("", path);
    if (!empty || empty->total != 4 * mib || empty->free != 4 * mib || empty->used_percent() != 0) return 1;
    std::ofstream(folder.path() / "ballast") << std::string(3 * mib, 'x');
    const auto fuller = disk_use("", path + "/ballast");
    if (!fuller || fuller->used() != 3 * mib || fuller->available != mib || fuller->used_percent() != 75) return 2;
    fs::remove(folder.path() / "ballast");
    const auto again = disk_use("", path);
    return again && *again == *empty ? 0 : 3;
  });
  if (status == may_not_mount) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST(DiskUse, FollowsLinksAsTheyLeadBelowAnotherRoot) {
  const TemporaryFolder folder;
  const std::string root = folder.path() / "host";
  fs::create_directories(root + "/mnt/big");
  fs::create_symlink("/mnt/big", root + "/data");
  fs::create_symlink("../../../../../../../../mnt/big", root + "/mnt/far");
  const int status = in_own_mounts([&] {
    if (!mount_memory(root + "/mnt/big", mib)) return may_not_mount;
    for (const char* path : {"/mnt/big", "/data", "/mnt/far"}) {
      const auto use = disk_use(root, path);
      if (!use || use->total != mib) return 1;
    }
    return 0;
  });
  if (status == may_not_mount) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST(DiskUse, SaysWhatThereIsNoneOf) {
  const TemporaryFolder folder;
  const auto absent = disk_use(folder.path(), "/absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_NE(absent.error().detail.find(folder.path().string() + "/absent"), std::string::npos) << absent.error().detail;
  EXPECT_EQ(disk_use(folder.path() / "no-root", "/").error().code, ErrorCode::not_found);
  EXPECT_EQ(disk_use("", "/proc").error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace taffrail
