// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/log.h>
#include <tarsier/graph/node.h>
#include <tarsier/media/audio.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app_nodes.h"

namespace tarsier {
namespace {

/// The offset between two clocks as a line over time: least squares over the smallest offset of
/// each second, because what delays a packet only ever adds to it.
class Drift {
  public:
    /// Notes that something stamped `ts` was there `offset` later, both in ns.
    void add(Timestamp ts, Timestamp offset) {
        if (count_ > 0 && ts - latest().ts < kSecond) {
            if (offset < latest().offset) latest().offset = offset;
            return;
        }
        points_[count_++ % kPoints] = {ts, offset};
    }
    /// ns per ns: 1e-6 is one part per million.
    double slope() const { return slope_; }
    /// The offset at `ts`, in ns. After add().
    double at(Timestamp ts) {
        const std::size_t n = std::min(count_, kPoints);
        const Point& origin = latest();
        double sum_t = 0, sum_o = 0, sum_tt = 0, sum_to = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const auto t = static_cast<double>(points_[i].ts - origin.ts);
            const auto o = static_cast<double>(points_[i].offset - origin.offset);
            sum_t += t;
            sum_o += o;
            sum_tt += t * t;
            sum_to += t * o;
        }
        const auto count = static_cast<double>(n);
        const double spread = count * sum_tt - sum_t * sum_t;
        slope_ = n >= kEnough && spread > 0 ? (count * sum_to - sum_t * sum_o) / spread : 0;
        const double mean = n >= kEnough ? (sum_o - slope_ * sum_t) / count : 0;
        return static_cast<double>(origin.offset) + mean +
               slope_ * static_cast<double>(ts - origin.ts);
    }
    void forget() { count_ = 0; }

  private:
    static constexpr std::size_t kPoints = 60;  // seconds that are remembered
    static constexpr std::size_t kEnough = 5;   // seconds before the slope is believed
    struct Point {
        Timestamp ts = 0;
        Timestamp offset = 0;
    };
    Point& latest() { return points_[(count_ - 1) % kPoints]; }

    std::array<Point, kPoints> points_{};
    std::size_t count_ = 0;
    double slope_ = 0;
};

}  // namespace

/// Devices count samples with a crystal of their own: after an hour at 100 parts per million, sound
/// is 0.36 s off. This node moves the stamps of live sound to the clock of the graph, without
/// touching a sample; sound from files passes as it is.
struct Resync final : Node {
    In<Audio> audio{this, "audio", "sound whose stamps follow the clock of its device"};
    Out<Audio> synced{this, "audio", "the same sound, stamped on the clock of the graph"};

    Status process() override {
        const Packet& packet = audio.packet();
        if (!context().live) return synced.send(audio.share());
        if (packet.key.epoch != epoch_) drift_.forget();
        epoch_ = packet.key.epoch;
        const Timestamp ts = packet.key.ts;
        const Timestamp length =
            audio->sample_rate > 0 ? audio->frames() * kSecond / audio->sample_rate : 0;
        // It was there when its last sample was.
        drift_.add(ts, packet.origin->captured_at - ts - length);
        const double wanted = drift_.at(ts);
        if (!following_ || std::abs(wanted - offset_) > kJump) {
            offset_ = wanted;
        } else {
            const double most = kSlew * static_cast<double>(ts - last_);
            offset_ += std::clamp(wanted - offset_, -most, most);
        }
        following_ = true;
        last_ = ts;
        return synced.send(audio.share(), {ts + std::llround(offset_), packet.duration});
    }
    Status stop() override {
        if (following_ && context().live)
            log::info("graph", "{}: the clock of the sound is off by {:.1f} ppm", context().id,
                      -drift_.slope() * 1e6);
        return Ok{};
    }

  private:
    // Greater errors are jumps of the device, which nobody wants to wait for.
    static constexpr double kJump = 200 * kMillisecond;
    // What is corrected at once: inaudible, and five times what bad crystals need.
    static constexpr double kSlew = 500e-6;

    Drift drift_;
    double offset_ = 0;  // ns that stamps are moved by
    Timestamp last_ = 0;
    std::uint32_t epoch_ = 0;
    bool following_ = false;
};

TARSIER_NODE(Resync, "audio.resync", "Moves the stamps of live sound to the clock of the graph.");

}  // namespace tarsier
