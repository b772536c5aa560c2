// SPDX-License-Identifier: Apache-2.0
#include "app_nodes.h"

namespace tarsier {

Status AppSource::start() {
    started_ = true;
    return Ok{};
}

Status AppSource::process() {
    std::optional<Item> item = items_.pop(context().stop);
    if (!item) {
        Node::finish();
        return Ok{};
    }
    return item->stamp ? image.send(std::move(item->image), *item->stamp)
                       : image.send(std::move(item->image));
}

Status AppSource::stop() {
    items_.close();
    return Ok{};
}

Status AppSource::send(Image&& picture) { return push({std::move(picture), std::nullopt}); }

Status AppSource::send(Image&& picture, Stamp stamp) { return push({std::move(picture), stamp}); }

Status AppSource::push(Item item) {
    if (!started_ && items_.size() == items_.capacity())
        return {Code::Usage, "the graph takes no more before it has started", "call start() first"};
    if (items_.push(std::move(item))) return Ok{};
    return {Code::Cancelled,
            "the graph takes nothing more: it has stopped or the input was finished"};
}

void AppSource::finish() { items_.close(); }

Status AppSink::process() {
    if (callback_) callback_(packet.packet());
    return Ok{};
}

void AppSink::on_packet(std::function<void(const Packet&)> callback) {
    callback_ = std::move(callback);
}

TARSIER_NODE(AppSource, "source.app", "Takes pictures from the program that embeds the graph.");
TARSIER_NODE(AppSink, "sink.app", "Gives everything to the program that embeds the graph.");

}  // namespace tarsier
