// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "run_command.h"

namespace tarsier {

/// Runs the built `tarsier` in a folder of its own.
class Cli : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(testing::TempDir()) /
                  (std::string("tarsier_cli_") + test->test_suite_name() + "_" + test->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    testing_support::CommandResult tarsier(const std::string& arguments) const {
        return testing_support::run_command(in_folder("\"$TARSIER_PROGRAM\" " + arguments));
    }
    std::string in_folder(const std::string& command) const {
        return "cd '" + folder_.string() + "' && " + command;
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    static nlohmann::json parse(const std::string& text) {
        return nlohmann::json::parse(text, nullptr, false);
    }

    std::filesystem::path folder_;
};

}  // namespace tarsier
