// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/bounded_queue.h>
#include <tarsier/graph/graph.h>
#include <atomic>
#include <functional>
#include <utility>

namespace tarsier {

/// `source.app`: hands what a program sends to the graph.
class AppSource final : public Node, public AppInput {
  public:
    static constexpr bool kBlocking = true;

    Out<Image> image{this, "image", "what the program sends"};

    Status start() override;
    Status process() override;
    Status stop() override;

    Status send(Image&& image) override;
    Status send(Image&& image, Stamp stamp) override;
    void finish() override;

  private:
    struct Item {
        Image image;
        std::optional<Stamp> stamp;
    };
    Status push(Item item);

    // One item waits here while one is on its way into the graph: the program hears of
    // back-pressure early.
    static constexpr std::size_t kWaiting = 2;
    BoundedQueue<Item> items_{kWaiting};
    std::atomic<bool> started_ = false;
};

/// `sink.app`: hands every packet to the program.
class AppSink final : public Node, public AppOutput {
  public:
    // The program's callback may take its time.
    static constexpr bool kBlocking = true;

    InBase packet{this, "packet", kAnyType, "what the program takes", Need::Required};

    Status process() override;

    void on_packet(std::function<void(const Packet&)> callback) override;

  private:
    std::function<void(const Packet&)> callback_;
};

extern const NodeClass AppSource_class;
extern const NodeClass AppSink_class;
extern const NodeClass Resync_class;

}  // namespace tarsier
