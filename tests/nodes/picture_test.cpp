// SPDX-License-Identifier: Apache-2.0
#include "common/picture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <string_view>
#include <vector>

namespace tarsier::nodes {
namespace {

/// A PNG with a chunk behind its header that claims to be a colour profile and is none.
std::vector<std::uint8_t> png_with_profile(const cv::Mat& picture, std::size_t claimed) {
    std::vector<std::uint8_t> png;
    cv::imencode(".png", picture, png);
    std::vector<std::uint8_t> chunk{0, 0, 0, static_cast<std::uint8_t>(claimed)};
    for (const char letter : std::string_view("iCCPbad!sum."))
        chunk.push_back(static_cast<std::uint8_t>(letter));
    constexpr std::ptrdiff_t kHeader = 8 + 12 + 13;
    png.insert(png.begin() + kHeader, chunk.begin(), chunk.end());
    return png;
}

class Picture : public testing::Test {
  protected:
    void TearDown() override { std::filesystem::remove(file_); }
    void write(const std::vector<std::uint8_t>& bytes) const {
        std::ofstream(file_, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
    }
    const std::filesystem::path file_ =
        std::filesystem::path(testing::TempDir()) / "tarsier_picture_test.png";
};

TEST_F(Picture, ReadsAPngWithABrokenProfileWithoutAWord) {
    const cv::Mat picture(5, 7, CV_8UC3, cv::Scalar(10, 20, 30));
    write(png_with_profile(picture, 4));
    testing::internal::CaptureStderr();
    const Result<cv::Mat> read = read_picture(file_);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    ASSERT_TRUE(read);
    EXPECT_EQ(cv::norm(*read, picture, cv::NORM_INF), 0);
}

TEST_F(Picture, RefusesAPngWhoseChunksReachBeyondItsEnd) {
    std::vector<std::uint8_t> png = png_with_profile(cv::Mat(5, 7, CV_8UC3, cv::Scalar()), 255);
    png.resize(60);
    write(png);
    const Result<cv::Mat> read = read_picture(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::BadData);
}

}  // namespace
}  // namespace tarsier::nodes
