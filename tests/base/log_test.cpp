// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/log.h>

#include <string>
#include <vector>

namespace tarsier {
namespace {

class Log : public testing::Test {
  protected:
    void SetUp() override {
        log::set_sink([this](log::Level, std::string_view component, std::string_view message) {
            lines_.push_back(std::string(component) + ": " + std::string(message));
        });
    }
    void TearDown() override {
        log::set_sink({});
        log::set_level(log::Level::Warn);
    }
    std::vector<std::string> lines_;
};

TEST_F(Log, SendsFormattedMessagesToTheSink) {
    log::warn("source.gst", "caps {} not supported", "NV24");
    EXPECT_EQ(lines_, std::vector<std::string>{"source.gst: caps NV24 not supported"});
}

TEST_F(Log, LeavesOutWhatIsBelowTheLevel) {
    log::set_level(log::Level::Error);
    log::warn("a", "no");
    log::error("a", "yes");
    EXPECT_EQ(lines_, std::vector<std::string>{"a: yes"});
}

TEST_F(Log, AnEmptySinkSilencesIt) {
    log::set_sink({});
    log::error("a", "nobody hears");
    EXPECT_TRUE(lines_.empty());
}

}  // namespace
}  // namespace tarsier
