// SPDX-License-Identifier: Apache-2.0
// Media files in builds without media nodes: none can be read.
#include <tarsier/nodes/media_file.h>

#include <string>

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

Error unavailable(const fs::path& file) {
    return make_error(Code::Unavailable,
                      "cannot read '" + file.string() + "': built without media nodes",
                      "build with -D TARSIER_WITH_GSTREAMER=ON, or give .npy files");
}

}  // namespace

MediaKind media_kind(const fs::path&) { return MediaKind::Unknown; }

Result<Image> read_picture_file(const fs::path& file) { return unavailable(file); }

Result<Audio> read_sound_file(const fs::path& file, int) { return unavailable(file); }

}  // namespace tarsier::nodes
