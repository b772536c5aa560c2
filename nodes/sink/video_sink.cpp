// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/node.h>

#include <memory>
#include <utility>

#include "sink/file_writer.h"
#include "sink/window.h"

namespace tarsier::nodes {

struct VideoSink final : Node {
    static constexpr bool kBlocking = true;

    In<Image> image{this, "image", "the pictures to show or write"};
    Option<std::string> to{this, "to", "window",
                           "window, null:, or a file that is overwritten: NAME.mp4, .webm or .mkv",
                           a_destination()};
    Option<int> quality{this, "quality", 75, "of a file: 1 = smallest, 100 = best", within(1, 100)};
    Option<std::string> title{this, "title", "Tarsier", "of a window"};

    Status start() override {
        output_.reset();
        if (*to == "null:" || (*to == "window" && context().headless)) return Ok{};
        if (*to == "window") {
            TARSIER_TRY(output_, Window::open(*title, context().stop));
            return Ok{};
        }
        TARSIER_CHECK(check_target());
        TARSIER_TRY(output_, FileWriter::open(*to, *quality, context().stop));
        return Ok{};
    }

    Status process() override {
        return output_ ? output_->write(image.packet(), image.share(), context().stop)
                       : Status(Ok{});
    }

    Status stop() override {
        const std::unique_ptr<VideoOutput> output = std::move(output_);
        return output ? output->finish() : Status(Ok{});
    }

  private:
    Status check_target() const {
        for (const std::string_view prefix : {"rtsp://", "pipewire:", "/dev/video"})
            if (to->starts_with(prefix))
                return {Code::Unsupported,
                        fmt::format("writing to '{}' is not available in this version", *to),
                        "use window, null:, or a file NAME.mp4, NAME.webm or NAME.mkv"};
        for (const std::string_view suffix : {".mp4", ".m4v", ".mov", ".webm", ".mkv"})
            if (to->size() > suffix.size() && to->ends_with(suffix)) return Ok{};
        return {Code::Invalid,
                fmt::format(
                    "option 'to' = '{}', expected window, null: or a file NAME.mp4, .webm or .mkv",
                    *to),
                "sink.image writes single pictures"};
    }

    std::unique_ptr<VideoOutput> output_;
};

TARSIER_NODE(VideoSink, "sink.video", "Shows pictures in a window or writes them to a video file.");

}  // namespace tarsier::nodes
