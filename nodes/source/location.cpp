// SPDX-License-Identifier: Apache-2.0
#include "source/location.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <tarsier/base/assets.h>
#include <tarsier/nodes/devices.h>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "common/files.h"
#include "source/gst/gst.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

constexpr const char* kForms =
    "a file, a URI, camera:0, /dev/video0, libcamera:, pipewire:NAME, test:smpte or "
    "sample:portrait";

/// The rest of `text` after `prefix`, if it begins so.
std::optional<std::string> after(const std::string& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    return text.substr(prefix.size());
}

std::string cameras_hint() {
    const auto devices = list_video_devices();
    if (!devices || devices->empty())
        return "no camera was found on this machine; a file, sample:portrait or test:smpte works "
               "without one";
    std::string list;
    for (const VideoDevice& device : *devices)
        list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", device.uri, device.name);
    return "there are: " + list;
}

Result<Location> camera(const std::string& device) {
    Location location{Location::Kind::Camera, device, "camera '" + device + "'"};
    const int fd = ::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        ::close(fd);
        return location;
    }
    if (errno == EACCES || errno == EPERM)
        return {Code::Permission, location.what + " may not be opened by this user",
                "add the user to the group 'video': sudo usermod -aG video $USER"};
    if (errno == EBUSY) return location;  // GStreamer says more about it
    return {Code::NotFound, "there is no " + location.what, cameras_hint()};
}

Result<Location> file(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return {Code::Unsupported, fmt::format("'{}' is a folder", path.string()),
                "source.images plays the pictures of a folder"};
    TARSIER_CHECK(check_readable(path));
    return Location{Location::Kind::File, path.string(), "'" + path.string() + "'"};
}

/// The file of media_cache() with this name or this stem; with several the first in alphabetical
/// order.
Result<Location> sample(const std::string& name) {
    const fs::path folder = media_cache();
    std::vector<fs::path> matches;
    std::string present;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const fs::path& path = entry.path();
        if (!entry.is_regular_file(ignored)) continue;
        if (path.filename() == name || path.stem() == name) matches.push_back(path);
        present += (present.empty() ? "" : ", ") + path.stem().string();
    }
    if (!matches.empty()) return file(*std::ranges::min_element(matches));
    std::string hint = "`./dev demo` fetches the samples";
    if (!present.empty()) hint += "; there are: " + present;
    return {Code::NotFound, fmt::format("there is no sample '{}' in {}", name, folder.string()),
            hint};
}

Result<Location> from_uri(const std::string& uri) {
    if (uri.starts_with("file:")) {
        GError* wrong = nullptr;
        const gst::GString path(g_filename_from_uri(uri.c_str(), nullptr, &wrong));
        if (path) return file(path.get());
        const std::string reason = wrong ? wrong->message : "it is no URI";
        g_clear_error(&wrong);
        return {Code::Invalid, fmt::format("uri '{}': {}", uri, reason),
                "write file:///absolute/path"};
    }
    return Location{Location::Kind::Network, uri, "'" + uri + "'"};
}

}  // namespace

Result<Location> locate(const std::string& uri, const NodeContext& context) {
    if (uri.empty()) return {Code::Invalid, "option 'uri' is empty", std::string("give ") + kForms};
    if (const auto number = after(uri, "camera:")) {
        if (number->empty() ||
            !std::ranges::all_of(*number, [](char c) { return c >= '0' && c <= '9'; }))
            return {Code::Invalid, fmt::format("uri '{}': expected a number after 'camera:'", uri),
                    "camera:0 is the first camera"};
        return camera("/dev/video" + *number);
    }
    if (uri.starts_with("/dev/video")) return camera(uri);
    if (const auto name = after(uri, "pipewire:"))
        return Location{Location::Kind::Pipewire, *name, "PipeWire node '" + *name + "'"};
    if (const auto name = after(uri, "libcamera:"))
        return Location{Location::Kind::Libcamera, *name, "libcamera camera '" + *name + "'"};
    if (const auto pattern = after(uri, "test:"))
        return Location{Location::Kind::Test, *pattern, "test pattern '" + *pattern + "'"};
    if (const auto name = after(uri, "sample:")) return sample(*name);
    if (uri.find("://") != std::string::npos) return from_uri(uri);
    TARSIER_TRY(const fs::path path, context.find_input(uri));
    return file(path);
}

}  // namespace tarsier::nodes
