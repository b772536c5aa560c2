// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fnmatch.h>
#include <tarsier/graph/node.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/picture.h"
#include "source/picture_file.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

constexpr std::array<std::string_view, 5> kExtensions = {".bmp", ".jpeg", ".jpg", ".png", ".webp"};

bool named_like_a_picture(const fs::path& file) {
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

/// The files of `folder` whose name matches the shell pattern, or that are named like pictures when
/// it is empty; sorted by name.
Result<std::vector<fs::path>> list(const fs::path& folder, const std::string& pattern) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const fs::path& file = entry.path();
        const bool wanted =
            pattern.empty() ? named_like_a_picture(file)
                            : ::fnmatch(pattern.c_str(), file.filename().c_str(), FNM_PERIOD) == 0;
        std::error_code ignored;
        if (wanted && entry.is_regular_file(ignored)) files.push_back(file);
    }
    if (failed == std::errc::permission_denied)
        return {Code::Permission,
                fmt::format("folder '{}': {}", folder.string(), failed.message())};
    if (failed)
        return {Code::NotFound, fmt::format("folder '{}': {}", folder.string(), failed.message())};
    if (files.empty())
        return {Code::NotFound,
                fmt::format("no picture in '{}'{}", folder.string(),
                            pattern.empty() ? "" : " matches '" + pattern + "'"),
                "pictures are PNG, JPEG, WebP or BMP files"};
    std::ranges::sort(files);
    return files;
}

}  // namespace

struct ImagesSource final : Node {
    static constexpr bool kBlocking = true;

    Out<Image> image{this, "image", "one picture after the other, in the order of their names"};
    Option<std::string> path{
        this, "path", "",
        "a folder, a picture, or a pattern like shots/*.png (not in folder names)"};
    Option<double> fps{this, "fps", 30, "pictures per second of media time", within(0.001, 1000)};
    Option<std::string> format{this, "format", "rgb8", "pixel format of the pictures",
                               one_of({"nv12", "i420", "rgb8", "bgr8", "rgba8", "gray8"})};
    Option<std::string> size{this, "size", "",
                             "WIDTHxHEIGHT that each picture fills, what stands over is cut off; "
                             "empty = as it comes"};
    Option<bool> loop{this, "loop", false, "starts again after the last picture; time goes on"};

    Status start() override {
        index_ = 0;
        TARSIER_TRY(size_, parse_size(*size));
        TARSIER_TRY(files_, find());
        return Ok{};
    }

    Status process() override {
        const std::size_t at = static_cast<std::size_t>(index_) % files_.size();
        if (!*loop && at + 1 == files_.size()) finish();
        const Timestamp ts = stamp(index_);
        const Timestamp duration = stamp(++index_) - ts;
        TARSIER_TRY(cv::Mat picture, read_picture(files_[at]));
        if (size_ != Size{}) {
            TARSIER_CHECK(guard_opencv("scaling a picture", [&]() -> Status {
                picture = fill(picture, size_);
                return Ok{};
            }));
        }
        TARSIER_TRY(Image result,
                    from_opencv(picture, *parse_pixel_format(*format), &image.pool()));
        return image.send(std::move(result), {ts, duration});
    }

  private:
    Result<std::vector<fs::path>> find() const {
        if (path->empty())
            return {Code::Invalid, "option 'path' is empty",
                    "give a folder, a picture or a pattern"};
        const fs::path given(*path);
        if (path->find_first_of("*?[") == std::string::npos) {
            TARSIER_TRY(const fs::path found, context().find_input(*path));
            std::error_code ignored;
            if (fs::is_directory(found, ignored)) return list(found, {});
            return std::vector<fs::path>{found};
        }
        const std::string parent = given.has_parent_path() ? given.parent_path().string() : ".";
        TARSIER_TRY(const fs::path folder, context().find_input(parent));
        return list(folder, given.filename().string());
    }
    Timestamp stamp(std::int64_t i) const {
        return static_cast<Timestamp>(std::llround(static_cast<double>(i) * kSecond / *fps));
    }

    std::vector<fs::path> files_;
    Size size_;
    std::int64_t index_ = 0;
};

TARSIER_NODE(ImagesSource, "source.images",
             "The pictures of a folder or a pattern, one after the other.");

}  // namespace tarsier::nodes
