// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

/// Runs the tests of one program, in a folder for temporary files that no other program has: the
/// same program runs several times at once, for one test each, and what one of them writes must not
/// be what another one reads.
int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    testing::InitGoogleMock(&argc, argv);
    std::string folder = (fs::temp_directory_path() / "tarsier-test-XXXXXX").string();
    if (!mkdtemp(folder.data())) {
        std::perror(folder.c_str());
        return EXIT_FAILURE;
    }
    fs::permissions(folder, fs::perms(0755));  // tests that give up root's rights read there too
    setenv("TEST_TMPDIR", folder.c_str(), 1);  // testing::TempDir()
    setenv("TMPDIR", folder.c_str(), 1);       // std::filesystem, and programs that a test starts
    const int status = RUN_ALL_TESTS();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return status;
}
