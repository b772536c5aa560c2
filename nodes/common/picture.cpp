// SPDX-License-Identifier: Apache-2.0
#include "common/picture.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "common/yuv.h"

namespace tarsier::nodes {
namespace {

/// Where heads are: the share of the cut that is taken off the top.
constexpr double kTopShare = 0.3;

int mat_type(int bytes_per_pixel) { return CV_MAKETYPE(CV_8U, bytes_per_pixel); }

cv::Mat over(const Plane& plane, PixelFormat format) {
    const bool floats = format == PixelFormat::GrayF32 || format == PixelFormat::RgbF32;
    const int type = floats ? CV_32FC1 : mat_type(plane.bytes_per_pixel);
    return {plane.height, plane.width, type, const_cast<std::uint8_t*>(plane.data),
            static_cast<std::size_t>(plane.stride)};
}

cv::Mat floats_to_bytes(const Image& image) {
    std::vector<cv::Mat> channels;
    for (int i = image.plane_count() - 1; i >= 0; --i) {  // B first
        channels.emplace_back();
        mat_of(image, i).convertTo(channels.back(), CV_8U, 255.0);
    }
    cv::Mat merged;
    cv::merge(channels, merged);
    return merged;
}

cv::Mat yuv_to_bgr(const Image& image) {
    const cv::Size full((image.width() + 1) / 2 * 2, (image.height() + 1) / 2 * 2);
    cv::Mat u;
    cv::Mat v;
    if (image.format() == PixelFormat::Nv12) {
        cv::Mat uv;
        cv::resize(mat_of(image, 1), uv, full, 0, 0, cv::INTER_LINEAR);
        cv::extractChannel(uv, u, 0);
        cv::extractChannel(uv, v, 1);
    } else {
        cv::resize(mat_of(image, 1), u, full, 0, 0, cv::INTER_LINEAR);
        cv::resize(mat_of(image, 2), v, full, 0, 0, cv::INTER_LINEAR);
    }
    const Plane y = image.plane(0);
    cv::Mat bgr(image.height(), image.width(), CV_8UC3);
    const YuvToRgb convert(image.color);
    for (int row = 0; row < y.height; ++row)
        convert.row(y.row(row), u.ptr(row), v.ptr(row), y.width, bgr.ptr(row));
    return bgr;
}

void bgr_to_yuv(const cv::Mat& bgr, Image& image) {
    const RgbToYuv convert(image.color);
    const MutablePlane y = image.mutable_plane(0);
    for (int row = 0; row < y.height; ++row) convert.luma(bgr.ptr(row), y.width, y.row(row));
    if (image.plane_count() == 1) return;
    const MutablePlane first = image.mutable_plane(1);
    const bool interleaved = image.format() == PixelFormat::Nv12;
    for (int row = 0; row < first.height; ++row) {
        const int below = std::min(2 * row + 1, bgr.rows - 1);
        std::uint8_t* u = first.row(row);
        std::uint8_t* v = interleaved ? u + 1 : image.mutable_plane(2).row(row);
        convert.chroma(bgr.ptr(2 * row), bgr.ptr(below), bgr.cols, u, v, interleaved ? 2 : 1);
    }
}

/// BGR, or grey where that will do.
cv::Mat without_alpha(const cv::Mat& picture) {
    cv::Mat bgr;
    if (picture.channels() == 4) cv::cvtColor(picture, bgr, cv::COLOR_BGRA2BGR);
    if (picture.channels() == 1) cv::cvtColor(picture, bgr, cv::COLOR_GRAY2BGR);
    return picture.channels() == 3 ? picture : bgr;
}

void convert_into(const cv::Mat& picture, Image& image) {
    cv::Mat target = mat_of(image);
    const int channels = picture.channels();
    switch (image.format()) {
        case PixelFormat::Gray8:
            if (channels == 1)
                picture.copyTo(target);
            else
                cv::cvtColor(picture, target,
                             channels == 3 ? cv::COLOR_BGR2GRAY : cv::COLOR_BGRA2GRAY);
            return;
        case PixelFormat::Bgr8:
            without_alpha(picture).copyTo(target);
            return;
        case PixelFormat::Rgb8:
            cv::cvtColor(without_alpha(picture), target, cv::COLOR_BGR2RGB);
            return;
        case PixelFormat::Rgba8:
            if (channels == 4)
                cv::cvtColor(picture, target, cv::COLOR_BGRA2RGBA);
            else
                cv::cvtColor(without_alpha(picture), target, cv::COLOR_BGR2RGBA);
            return;
        default:
            bgr_to_yuv(without_alpha(picture), image);
            return;
    }
}

std::optional<int> parse_side(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (value < 1 || value > Image::kMaxSide) return std::nullopt;
    return value;
}

}  // namespace

Status guard_opencv(std::string_view doing, const std::function<Status()>& body) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return {Code::Exhausted, fmt::format("{}: no memory", doing)};
    } catch (const std::exception& thrown) {
        return {Code::Internal, fmt::format("{}: {}", doing, thrown.what())};
    }
}

Result<Size> parse_size(std::string_view text) {
    if (text.empty()) return Size{};
    const std::size_t x = text.find('x');
    if (x != std::string_view::npos) {
        const auto width = parse_side(text.substr(0, x));
        const auto height = parse_side(text.substr(x + 1));
        if (width && height) return Size{*width, *height};
    }
    return {
        Code::Invalid,
        fmt::format("size '{}', expected WIDTHxHEIGHT with sides of 1..{}", text, Image::kMaxSide),
        "write it like \"1280x720\""};
}

cv::Mat mat_of(const Image& image, int plane) { return over(image.plane(plane), image.format()); }

cv::Mat mat_of(Image& image, int plane) {
    const MutablePlane target = image.mutable_plane(plane);
    return over({target.data, target.stride, target.width, target.height, target.bytes_per_pixel},
                image.format());
}

Result<cv::Mat> to_opencv(const Image& image) {
    cv::Mat result;
    TARSIER_CHECK(guard_opencv("converting a picture", [&]() -> Status {
        switch (image.format()) {
            case PixelFormat::Gray8:
            case PixelFormat::Bgr8:
                result = mat_of(image);
                break;
            case PixelFormat::Rgb8:
                cv::cvtColor(mat_of(image), result, cv::COLOR_RGB2BGR);
                break;
            case PixelFormat::Rgba8:
                cv::cvtColor(mat_of(image), result, cv::COLOR_RGBA2BGRA);
                break;
            case PixelFormat::Nv12:
            case PixelFormat::I420:
                result = yuv_to_bgr(image);
                break;
            case PixelFormat::GrayF32:
            case PixelFormat::RgbF32:
                result = floats_to_bytes(image);
                break;
        }
        return Ok{};
    }));
    return result;
}

Result<Image> from_opencv(const cv::Mat& picture, PixelFormat format, Pool* pool) {
    if (picture.depth() != CV_8U || format == PixelFormat::GrayF32 || format == PixelFormat::RgbF32)
        return {Code::Unsupported, "only 8-bit pictures can be converted"};
    TARSIER_TRY(Image image, Image::allocate({picture.cols, picture.rows}, format, pool));
    TARSIER_CHECK(guard_opencv("converting a picture", [&]() -> Status {
        convert_into(picture, image);
        return Ok{};
    }));
    return image;
}

cv::Mat fill(const cv::Mat& picture, Size size) {
    const double scale = std::max(static_cast<double>(size.width) / picture.cols,
                                  static_cast<double>(size.height) / picture.rows);
    // What remains of the picture, in its own pixels.
    const int width = std::min(picture.cols, static_cast<int>(std::lround(size.width / scale)));
    const int height = std::min(picture.rows, static_cast<int>(std::lround(size.height / scale)));
    const int left = (picture.cols - width) / 2;
    const int top = static_cast<int>((picture.rows - height) * kTopShare);
    const cv::Mat part = picture(cv::Rect(left, top, std::max(width, 1), std::max(height, 1)));
    cv::Mat filled;
    cv::resize(part, filled, cv::Size(size.width, size.height), 0, 0,
               scale > 1 ? cv::INTER_LANCZOS4 : cv::INTER_AREA);
    return filled;
}

}  // namespace tarsier::nodes
