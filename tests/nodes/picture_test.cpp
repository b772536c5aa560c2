// SPDX-License-Identifier: Apache-2.0
#include "common/picture.h"
#include "source/picture_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
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

/// Smooth in all directions, so that codecs come close; higher than wide.
cv::Mat ramps() {
    cv::Mat picture(48, 32, CV_8UC3);
    for (int y = 0; y < picture.rows; ++y)
        for (int x = 0; x < picture.cols; ++x)
            picture.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(40 + 4 * x),
                                                    static_cast<std::uint8_t>(60 + 3 * y),
                                                    static_cast<std::uint8_t>(200 - 2 * x - y));
    return picture;
}

TEST_F(Picture, ReadsEveryKindAsAnotherDecoderDoes) {
    for (const char* kind : {".png", ".jpg", ".webp", ".bmp"}) {
        std::vector<std::uint8_t> bytes;
        ASSERT_TRUE(cv::imencode(kind, ramps(), bytes)) << kind;
        write(bytes);
        EXPECT_TRUE(is_picture(file_)) << kind;
        const Result<cv::Mat> read = read_picture(file_);
        ASSERT_TRUE(read) << kind << read.error().to_string();
        ASSERT_EQ(read->size(), ramps().size()) << kind;
        EXPECT_LE(cv::norm(*read, cv::imdecode(bytes, cv::IMREAD_COLOR), cv::NORM_INF), 8) << kind;
    }
}

TEST_F(Picture, ReadsGreyDeepAndTransparentPngs) {
    cv::Mat grey;
    cv::cvtColor(ramps(), grey, cv::COLOR_BGR2GRAY);
    cv::Mat deep;
    ramps().convertTo(deep, CV_16U, 257);
    cv::Mat alpha;
    cv::cvtColor(ramps(), alpha, cv::COLOR_BGR2BGRA);
    for (const cv::Mat& picture : {grey, deep, alpha}) {
        std::vector<std::uint8_t> bytes;
        ASSERT_TRUE(cv::imencode(".png", picture, bytes));
        write(bytes);
        const Result<cv::Mat> read = read_picture(file_);
        ASSERT_TRUE(read) << read.error().to_string();
        ASSERT_EQ(read->type(), CV_8UC3);
        EXPECT_LE(cv::norm(*read, cv::imdecode(bytes, cv::IMREAD_COLOR), cv::NORM_INF), 1);
    }
}

TEST_F(Picture, TurnsPhotosUprightByTheirExifTag) {
    std::vector<std::uint8_t> jpeg;
    ASSERT_TRUE(cv::imencode(".jpg", ramps(), jpeg));
    for (const std::uint8_t orientation : {3, 6, 8}) {
        std::vector<std::uint8_t> tag{
            0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M',         0, 42, 0, 0, 0, 8,
            0,    1,    1, 18, 0,   3,   0,   0,   0, 1, 0,   orientation, 0, 0,  0, 0, 0, 0};
        std::vector<std::uint8_t> photo = jpeg;
        photo.insert(photo.begin() + 2, tag.begin(), tag.end());
        write(photo);
        const Result<cv::Mat> read = read_picture(file_);
        ASSERT_TRUE(read) << read.error().to_string();
        const cv::Mat other = cv::imdecode(photo, cv::IMREAD_COLOR);
        ASSERT_EQ(read->size(), other.size()) << int{orientation};
        EXPECT_LE(cv::norm(*read, other, cv::NORM_INF), 8) << int{orientation};
    }
}

TEST_F(Picture, RefusesEveryTruncationThatLeavesNoPicture) {
    for (const char* kind : {".png", ".webp", ".bmp"}) {
        std::vector<std::uint8_t> bytes;
        ASSERT_TRUE(cv::imencode(kind, ramps(), bytes));
        for (const std::size_t length :
             {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{14}, std::size_t{30}}) {
            write({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)});
            const Result<cv::Mat> read = read_picture(file_);
            ASSERT_FALSE(read) << kind << length;
            EXPECT_EQ(read.error().code, Code::BadData) << kind << length;
        }
    }
}

TEST_F(Picture, RefusesAPictureOfFourBillionPixelsWithinMoments) {
    std::vector<std::uint8_t> png;
    ASSERT_TRUE(cv::imencode(".png", ramps(), png));
    png[18] = png[22] = 0xff;  // 65312x65328
    const uLong checksum = crc32(0, &png[12], 17);
    for (std::size_t i = 0; i < 4; ++i)
        png[29 + i] = static_cast<std::uint8_t>(checksum >> (24 - 8 * i));
    write(png);
    const Result<cv::Mat> read = read_picture(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::Unsupported);
}

TEST_F(Picture, IsNotWhatOnlyItsNameSays) {
    write({'n', 'o', ' ', 'p', 'i', 'c', 't', 'u', 'r', 'e', '.', '.', '.', '.'});
    EXPECT_FALSE(is_picture(file_));
    const Result<cv::Mat> read = read_picture(file_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::BadData);
}

}  // namespace
}  // namespace tarsier::nodes
