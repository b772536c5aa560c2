// SPDX-License-Identifier: Apache-2.0
#include "common/checksum.h"

#include <glib.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/image.h>
#include <tarsier/media/tensor.h>

#include <span>

namespace tarsier::apps {
namespace {

void put(GChecksum* sum, std::span<const std::uint8_t> bytes) {
    g_checksum_update(sum, bytes.data(), static_cast<gssize>(bytes.size()));
}

void put(GChecksum* sum, std::int64_t number) {
    std::uint8_t bytes[8];
    for (int i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
    put(sum, bytes);
}

/// With its length before it, so that two texts in a row are told from one.
void put(GChecksum* sum, std::string_view text) {
    put(sum, static_cast<std::int64_t>(text.size()));
    put(sum, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void put(GChecksum* sum, const Image& image) {
    put(sum, format_info(image.format()).name);
    put(sum, std::int64_t{image.width()});
    put(sum, std::int64_t{image.height()});
    for (int p = 0; p < image.plane_count(); ++p) {
        const Plane plane = image.plane(p);
        for (int y = 0; y < plane.height; ++y) put(sum, plane.row_span(y));
    }
}

void put(GChecksum* sum, const Tensor& tensor) {
    put(sum, element_name(tensor.type()));
    put(sum, tensor.shape().to_string());
    put(sum, std::span(tensor.data(), tensor.bytes()));
}

void put(GChecksum* sum, const Audio& audio) {
    put(sum, std::int64_t{audio.sample_rate});
    put(sum, std::int64_t{audio.channels});
    put(sum, std::span(reinterpret_cast<const std::uint8_t*>(audio.samples.data()),
                       audio.samples.size() * sizeof(float)));
}

}  // namespace

void Checksum::Free::operator()(GChecksum* sum) const { g_checksum_free(sum); }

void Checksum::add(std::string_view node, std::string_view port, const Packet& packet) {
    const std::lock_guard lock(mutex_);
    Sum& sum = sums_[{std::string(node), std::string(port)}];
    if (!sum) sum.reset(g_checksum_new(G_CHECKSUM_SHA256));
    put(sum.get(), std::int64_t{packet.key.epoch});
    put(sum.get(), packet.key.ts);
    put(sum.get(), std::string_view(packet.payload.type));
    if (const auto* image = packet.payload.as<Image>()) put(sum.get(), *image);
    if (const auto* tensor = packet.payload.as<Tensor>()) put(sum.get(), *tensor);
    if (const auto* audio = packet.payload.as<Audio>()) put(sum.get(), *audio);
}

std::string Checksum::hex() const {
    const std::lock_guard lock(mutex_);
    const Sum whole(g_checksum_new(G_CHECKSUM_SHA256));
    for (const auto& [place, sum] : sums_) {
        put(whole.get(), std::string_view(place.first));
        put(whole.get(), std::string_view(place.second));
        // Reading a GChecksum ends it, and more may come.
        const Sum copy(g_checksum_copy(sum.get()));
        put(whole.get(), std::string_view(g_checksum_get_string(copy.get())));
    }
    return g_checksum_get_string(whole.get());
}

}  // namespace tarsier::apps
