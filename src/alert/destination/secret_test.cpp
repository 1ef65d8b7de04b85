#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <thread>

#include "alert/destination/secret_box.hpp"
#include "alert/destination/secret_value.hpp"
#include "base/temporary_folder.hpp"

namespace taffrail::alert {
namespace {

const std::string hex_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string base64_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

void write(const std::filesystem::path& path, std::string_view text, mode_t mode = 0600) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
}

class Secrets : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "secret.key";
};

TEST_F(Secrets, AreSealedWithAKeyThatIsMadeOnceAndIsPrivate) {
  const auto first = SecretBox::open(folder_.path(), std::nullopt);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(mode_of(file_), 0600U);
  const std::string sealed = first->seal("hunter2");
  EXPECT_TRUE(sealed.starts_with(SecretBox::sealed_prefix));
  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  EXPECT_NE(first->seal("hunter2"), sealed) << "two that are the same must not show it";
  const auto again = SecretBox::open(folder_.path(), std::nullopt);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->unseal(sealed).value(), "hunter2");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "no draft is left behind";
}

TEST_F(Secrets, HaveOneKeyHoweverManyMakeItAtOnce) {
  std::vector<std::optional<std::string>> sealed(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(sealed.size());
    for (auto& one : sealed)
      threads.emplace_back([&] { one = SecretBox::open(folder_.path(), std::nullopt).value().seal("x"); });
  }
  const auto box = SecretBox::open(folder_.path(), std::nullopt).value();
  for (const auto& one : sealed) EXPECT_EQ(box.unseal(*one).value(), "x");
}

TEST_F(Secrets, TakeTheirKeyFromTheVariableInEitherForm) {
  const auto hex = SecretBox::open(folder_.path(), hex_key).value();
  EXPECT_EQ(SecretBox::open(folder_.path(), base64_key)->unseal(hex.seal("x")).value(), "x");
  EXPECT_FALSE(std::filesystem::exists(file_));
  for (const std::string& wrong : {std::string(), std::string("short"), hex_key + "00", hex_key.substr(1),
                                   std::string(64, 'g'), base64_key + "="}) {
    const auto box = SecretBox::open(folder_.path(), wrong);
    ASSERT_FALSE(box) << wrong;
    EXPECT_TRUE(box.error().detail.starts_with("TAFFRAIL_SECRET_KEY: a key is 32 random bytes")) << box.error().detail;
  }
}

TEST_F(Secrets, SayWhatIsWrongWithTheKeysFile) {
  write(file_, base64_key, 0644);
  EXPECT_EQ(SecretBox::open(folder_.path(), std::nullopt).error().code, ErrorCode::permission_denied);
  write(file_, "half a k");
  EXPECT_EQ(SecretBox::open(folder_.path(), std::nullopt).error().code, ErrorCode::damaged);
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(SecretBox::open(folder_.path(), std::nullopt));
  EXPECT_FALSE(SecretBox::open(folder_.path() / "not there", std::nullopt));
}

TEST_F(Secrets, ThatWereSealedOtherwiseAreAnErrorAndNothingElse) {
  const auto box = SecretBox::with_key(hex_key).value();
  const std::string sealed = box.seal("hunter2");
  const auto other = SecretBox::open(folder_.path(), std::nullopt).value();
  EXPECT_EQ(other.unseal(sealed).error().code, ErrorCode::damaged);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (i + 2 < sealed.size()) {  // the last digits of base64 may stand for the same bytes
      EXPECT_FALSE(box.unseal(changed)) << i;
    }
    EXPECT_FALSE(box.unseal(sealed.substr(0, i))) << i;
  }
  EXPECT_EQ(box.unseal(box.seal("")).value(), "");
}

TEST_F(Secrets, MayStandElsewhere) {
  const auto box = SecretBox::with_key(hex_key).value();
  const std::map<std::string, std::string> variables = {{"TOKEN", "t0ken"}, {"TAFFRAIL_SECRET_KEY", hex_key}};
  const SecretReader reader(box, [&](const std::string& name) {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  });
  const std::string path = folder_.path() / "secret";
  write(path, "fr0m a file\nand no further\n");
  const std::string pem = folder_.path() / "key.pem";
  write(pem, "-----BEGIN KEY-----\nx\n-----END KEY-----\n");

  EXPECT_EQ(reader.read("plain").value(), "plain");
  EXPECT_EQ(reader.read(box.seal("sealed")).value(), "sealed");
  EXPECT_EQ(reader.read("${TOKEN}").value(), "t0ken");
  EXPECT_EQ(reader.read("Bearer ${TOKEN}").value(), "Bearer t0ken");
  EXPECT_EQ(reader.read("file:" + path).value(), "fr0m a file");
  EXPECT_EQ(reader.read("Bearer file:" + path).value(), "Bearer fr0m a file");
  EXPECT_EQ(reader.read("file:" + pem).value(), "-----BEGIN KEY-----\nx\n-----END KEY-----\n");

  for (const char* text :
       {"", "${", "${}", "${A-B}", "${1}", "a${TOKEN}", "${TOKEN}b", "file:relative", "Bearer", "a b ${C}"})
    EXPECT_FALSE(is_reference(text)) << text;

  EXPECT_EQ(reader.read("${OTHER}").error().code, ErrorCode::not_found);
  EXPECT_EQ(reader.read("${TAFFRAIL_SECRET_KEY}").error().code, ErrorCode::permission_denied);
  EXPECT_EQ(reader.read("file:" + path + ".not there").error().code, ErrorCode::not_found);
  EXPECT_FALSE(reader.read("file:/dev/zero"));
  EXPECT_FALSE(reader.read("file:/"));
  write(path, base64_key);
  EXPECT_EQ(reader.read("file:" + path).error().code, ErrorCode::permission_denied) << "the key itself";
  write(path, std::string(70'000, 'x'));
  EXPECT_EQ(reader.read("file:" + path).error().code, ErrorCode::too_large);
  write(path, std::string("PATH=/bin\0TAFFRAIL_SECRET_KEY=x", 31));
  EXPECT_EQ(reader.read("file:" + path).error().code, ErrorCode::invalid_argument) << "as /proc/self/environ is";
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(reader.read("file:" + path)) << "which nobody writes to";
}

}  // namespace
}  // namespace taffrail::alert
