// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/log.h>
#include <tarsier/graph/node.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "common/files.h"
#include "common/picture.h"
#include "source/picture_file.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

/// A file name with a place for a number: "shots/%05d.png".
struct Pattern {
    std::string before;
    std::string after;
    int digits = 0;
    bool numbered = false;

    std::string name(std::uint64_t number) const {
        return numbered ? fmt::format("{}{:0{}}{}", before, number, digits, after) : before;
    }
};

/// `%d` and `%0Nd` once, nothing else with a percent sign.
Result<Pattern> parse_pattern(const std::string& text) {
    const auto wrong = [&]() -> Result<Pattern> {
        return {Code::Invalid,
                fmt::format("option 'to' = '{}': expected at most one number like %05d", text),
                "write it like shots/%05d.png"};
    };
    const std::size_t percent = text.find('%');
    if (percent == std::string::npos) return Pattern{text, {}, 0, false};
    std::size_t end = percent + 1;
    int digits = 0;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) && digits < 10)
        digits = digits * 10 + (text[end++] - '0');
    if (end >= text.size() || text[end] != 'd' || digits > 20) return wrong();
    if (text.find('%', end) != std::string::npos) return wrong();
    return Pattern{text.substr(0, percent), text.substr(end + 1), digits, true};
}

std::string kind_of(const std::string& file) {
    std::string extension = fs::path(file).extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".jpeg" ? ".jpg" : extension;
}

}  // namespace

struct ImageSink final : Node {
    static constexpr bool kBlocking = true;

    In<Image> image{this, "image", "the pictures to write"};
    Option<std::string> to{
        this, "to", "",
        "NAME.png, .jpg or .webp: one picture; with a number like %05d one file each",
        a_destination()};
    Option<int> frame{this, "frame", -1,
                      "of a single file: which picture, counted from 0; -1 = the last one",
                      within(-1, 1e9)};
    Option<int> every{this, "every", 1, "of numbered files: every how manieth picture",
                      within(1, 1e9)};
    Option<int> quality{this, "quality", 95, "of JPEG and WebP: 1 = smallest, 100 = best",
                        within(1, 100)};

    Status start() override {
        count_ = 0;
        last_.reset();
        if (to->empty())
            return {Code::Invalid, "option 'to' is empty", "give a file like shot.png"};
        TARSIER_TRY(pattern_, parse_pattern(*to));
        kind_ = kind_of(*to);
        if (kind_ != ".png" && kind_ != ".jpg" && kind_ != ".webp")
            return {Code::Invalid,
                    fmt::format("option 'to' = '{}', expected .png, .jpg or .webp", *to),
                    "sink.video writes videos"};
        return check_folder();
    }

    Status process() override {
        const std::uint64_t at = count_++;
        if (pattern_.numbered)
            return at % static_cast<std::uint64_t>(*every) == 0 ? write(*image, at) : Status(Ok{});
        if (*frame < 0 || at <= static_cast<std::uint64_t>(*frame)) last_ = image.share();
        if (*frame >= 0 && at == static_cast<std::uint64_t>(*frame)) return flush();
        return Ok{};
    }

    Status stop() override {
        if (last_ && *frame >= 0)
            log::warn("sink.image", "picture {} never came; '{}' is picture {}", *frame, *to,
                      count_ - 1);
        return flush();
    }

  private:
    /// A missing folder is found out before the work, not after it.
    Status check_folder() const {
        const fs::path folder = fs::path(*to).parent_path();
        std::error_code ignored;
        if (folder.empty() || fs::is_directory(folder, ignored)) return Ok{};
        return {Code::NotFound,
                fmt::format("cannot write '{}': there is no folder '{}'", *to, folder.string()),
                "create it: mkdir -p " + folder.string()};
    }

    Status flush() {
        const std::shared_ptr<const Image> picture = std::move(last_);
        return picture ? write(*picture, count_ - 1) : Status(Ok{});
    }

    Status write(const Image& picture, std::uint64_t number) {
        TARSIER_TRY(const cv::Mat pixels, to_opencv(picture));
        TARSIER_TRY(const std::vector<std::uint8_t> bytes, encode_picture(pixels, kind_, *quality));
        return write_atomically(pattern_.name(number), bytes);
    }

    Pattern pattern_;
    std::string kind_;
    std::uint64_t count_ = 0;
    std::shared_ptr<const Image> last_;
};

TARSIER_NODE(ImageSink, "sink.image", "Writes pictures as PNG, JPEG or WebP files.");

}  // namespace tarsier::nodes
