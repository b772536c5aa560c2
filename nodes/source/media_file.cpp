// SPDX-License-Identifier: Apache-2.0
#include <tarsier/nodes/media_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/convert.h"
#include "common/files.h"
#include "source/picture_file.h"
#include "source/sound_stream.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

constexpr std::size_t kMostSeconds = 3600;

}  // namespace

MediaKind media_kind(const fs::path& file) {
    if (is_picture(file)) return MediaKind::Picture;
    std::array<char, 4> begin{};
    std::ifstream(file, std::ios::binary).read(begin.data(), begin.size());
    const std::string_view magic(begin.data(), begin.size());
    const std::string_view known[] = {"RIFF", "OggS", "fLaC", "ID3\x03", "ID3\x04"};
    if (std::ranges::find(known, magic) != std::end(known)) return MediaKind::Sound;
    return MediaKind::Unknown;
}

Result<Image> read_picture_file(const fs::path& file) {
    TARSIER_TRY(const cv::Mat picture, read_picture(file));
    return image_from_bgr(picture.data, static_cast<std::ptrdiff_t>(picture.step[0]),
                          {picture.cols, picture.rows}, PixelFormat::Bgr8, {});
}

Result<Audio> read_sound_file(const fs::path& file, int sample_rate) {
    TARSIER_CHECK(check_readable(file));
    const std::string what = fmt::format("'{}'", file.string());
    const SoundStream::Format format{.sample_rate = sample_rate, .chunk = kSecond};
    TARSIER_TRY(const auto stream,
                SoundStream::open({SoundLocation::Kind::File, file.string(), what}, format, {}));
    Audio audio;
    audio.sample_rate = sample_rate;
    audio.channels = 1;
    const std::size_t most = kMostSeconds * static_cast<std::size_t>(sample_rate);
    for (;;) {
        TARSIER_TRY(const std::optional<SoundStream::Piece> piece, stream->next({}));
        if (!piece) return audio;
        const std::vector<float>& samples = piece->audio.samples;
        audio.samples.insert(audio.samples.end(), samples.begin(), samples.end());
        if (audio.samples.size() > most) return {Code::Unsupported, what + ": longer than an hour"};
    }
}

}  // namespace tarsier::nodes
