#include "source/docker/setup_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace taffrail::docker {
namespace {

TEST(SetupJson, ReadsHowAContainerWasSetUp) {
  const auto setup = parse_setup(R"({"Id":"a","Image":"sha256:12","Config":{"Entrypoint":["/bin/sh","-c"],"Cmd":null,
      "User":"app","WorkingDir":"/srv","Hostname":"h","Env":["A=1","B=x=y","C","D="]},
      "HostConfig":{"Privileged":true,"ReadonlyRootfs":true,"PidsLimit":64,"RestartPolicy":{"Name":"always"}},
      "Mounts":[{"Type":"bind","Source":"/x","Destination":"/y","RW":false},
                {"Type":"volume","Name":"v","Source":"/var/lib/v","Destination":"/z","RW":true},{"Type":"tmpfs","Destination":"/t"}],
      "NetworkSettings":{"Networks":{"net":{"IPAddress":"10.0.0.2","Aliases":["api","a"]},"host":{"IPAddress":""}}}})");
  ASSERT_TRUE(setup.has_value()) << setup.error().detail;
  std::string json;
  append_json(json, *setup, EnvironmentValues::shown);
  EXPECT_EQ(
      json,
      R"({"entrypoint":["/bin/sh","-c"],"command":[],"image_id":"sha256:12","user":"app","working_dir":"/srv",)"
      R"("hostname":"h","restart_policy":"always","pids_limit":64,"privileged":true,"read_only_root":true,"mounts":[)"
      R"({"type":"bind","source":"/x","destination":"/y","read_only":true},)"
      R"({"type":"volume","source":"v","destination":"/z","read_only":false},)"
      R"({"type":"tmpfs","source":null,"destination":"/t","read_only":false}],"networks":[)"
      R"({"name":"net","address":"10.0.0.2","aliases":["api","a"]},{"name":"host","address":null,"aliases":[]}],)"
      R"("environment":[{"name":"A","value":"1"},{"name":"B","value":"x=y"},{"name":"C","value":""},)"
      R"({"name":"D","value":""}],"left_out":0})");
  json.clear();
  append_json(json, *setup, EnvironmentValues::hidden);
  EXPECT_NE(json.find(R"({"name":"B","value":null})"), std::string::npos) << json;
  EXPECT_EQ(json.find("x=y"), std::string::npos) << json;
}

TEST(SetupJson, BoundsTheSetupOfAContainerAndCountsWhatItLeavesOut) {
  std::string many = R"({"Id":"a","Config":{"Env":[)";
  for (int i = 0; i < 3000; ++i) many += (i ? ",\"V" : "\"V") + std::to_string(i) + "=x\"";
  const auto setup = parse_setup(many + R"(]},"Mounts":[{"Type":"bind","Source":"/x","Destination":"/y"}]})");
  ASSERT_TRUE(setup.has_value());
  EXPECT_EQ(setup->environment.size(), 2000U);
  EXPECT_TRUE(setup->mounts.empty());
  EXPECT_EQ(setup->left_out, 1001U);
  const auto huge = parse_setup(R"({"Id":"a","Config":{"Env":["A=)" + std::string(300'000, 'x') + R"(","B=1"]}})");
  EXPECT_EQ(huge->environment.size(), 1U);
  const auto refused = parse_setup(R"({"Env":["PASSWORD=hunter2"]})");
  EXPECT_EQ(refused.error().code, ErrorCode::protocol);
  EXPECT_EQ(refused.error().detail.find("hunter2"), std::string::npos) << "no value in a message";
}

}  // namespace
}  // namespace taffrail::docker
