// SPDX-License-Identifier: Apache-2.0
#include <tarsier/nodes/devices.h>

#include <algorithm>
#include <memory>

#include "source/gst/gst.h"

namespace tarsier::nodes {
namespace {

using MonitorPtr = std::shared_ptr<GstDeviceMonitor>;

/// A text among the properties of a device; empty when there is none.
std::string property(const GstStructure* properties, const char* name) {
    const char* value = properties ? gst_structure_get_string(properties, name) : nullptr;
    return value ? value : "";
}

VideoDevice describe(GstDevice* device) {
    const gst::GString name(gst_device_get_display_name(device));
    GstStructure* properties = gst_device_get_properties(device);
    VideoDevice found{name.get(), {}};
    const std::string path = property(properties, "device.path");
    const std::string api = property(properties, "device.api");
    const std::string node = property(properties, "node.name");
    if (!node.empty())
        found.uri = "pipewire:" + node;
    else if (!path.empty())
        found.uri = path;
    else if (api.find("libcamera") != std::string::npos)
        found.uri = "libcamera:" + found.name;
    if (properties) gst_structure_free(properties);
    return found;
}

}  // namespace

Result<std::vector<VideoDevice>> list_video_devices() {
    TARSIER_CHECK(gst::init());
    constexpr Timestamp kDeadline = 3 * kSecond;
    const auto found = std::make_shared<std::vector<VideoDevice>>();
    // A server that hangs must not hold us: the thread then goes on alone, with memory of its own.
    const bool done = gst::run_bounded(
        [found] {
            const MonitorPtr monitor(gst_device_monitor_new(), gst::ObjectUnref{});
            gst_device_monitor_add_filter(monitor.get(), "Video/Source", nullptr);
            if (!gst_device_monitor_start(monitor.get())) return;
            GList* devices = gst_device_monitor_get_devices(monitor.get());
            for (GList* item = devices; item; item = item->next)
                found->push_back(describe(GST_DEVICE(item->data)));
            g_list_free_full(devices, gst_object_unref);
            gst_device_monitor_stop(monitor.get());
        },
        kDeadline);
    if (!done) return {Code::Unavailable, "the list of cameras did not come within 3 s"};
    std::vector<VideoDevice> devices = std::move(*found);
    std::erase_if(devices, [](const VideoDevice& device) { return device.uri.empty(); });
    std::ranges::sort(devices, {}, &VideoDevice::uri);
    return devices;
}

}  // namespace tarsier::nodes
