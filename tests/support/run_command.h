// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tarsier::testing_support {

/// What a finished program left behind.
struct CommandResult {
    int exit = -1;  ///< exit code; 128 + signal when a signal ended it
    std::string out;
    std::string err;
};

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Runs a shell command line and waits for it.
inline CommandResult run_command(const std::string& command) {
    const auto base =
        std::filesystem::temp_directory_path() / ("tarsier_command_" + std::to_string(getpid()));
    const std::string out = base.string() + ".out";
    const std::string err = base.string() + ".err";
    const int status = std::system(("( " + command + " ) >" + out + " 2>" + err).c_str());
    CommandResult result;
    result.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = read_file(out);
    result.err = read_file(err);
    std::filesystem::remove(out);
    std::filesystem::remove(err);
    return result;
}

}  // namespace tarsier::testing_support
