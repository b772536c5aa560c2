// SPDX-License-Identifier: Apache-2.0
// Sound for tests: sample n of a stream has the value n.
#include <tarsier/media/audio.h>
#include <numeric>
#include <random>
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {

/// Sends hops of sound; those from `hole_at` on come `hole` later.
struct Hops final : Node {
    Out<Audio> sound{this, "sound", "sample n has the value n"};
    Option<int> count{this, "count", 100, "hops", within(1, 1'000'000)};
    Option<int> size{this, "size", 160, "samples in a hop", within(1, 100'000)};
    Option<int> rate{this, "rate", 16000, "Hz", within(1, 1'000'000)};
    Option<int> hole_at{this, "hole_at", -1, "the hop before which there is a hole"};
    Option<Duration> hole{this, "hole", Duration{0}, "its length"};

    Status process() override {
        Audio audio{*rate, 1, std::vector<float>(static_cast<std::size_t>(*size))};
        std::iota(audio.samples.begin(), audio.samples.end(), static_cast<float>(sent_ * *size));
        const Timestamp late = *hole_at >= 0 && sent_ >= *hole_at ? hole->ns : 0;
        const Timestamp ts = std::int64_t{sent_} * *size * kSecond / *rate + late;
        if (++sent_ == *count) finish();
        return sound.send(std::move(audio), Stamp{ts, 0});
    }

  private:
    int sent_ = 0;
};

/// Sends hops of 10 ms, from second 1 on, each up to 5 ms late, stamped by a clock from 0 on that
/// runs `ppm` too fast.
struct Mic final : Node {
    Out<Audio> sound{this, "sound", "a hop"};
    Option<double> ppm{this, "ppm", 0, "error of its clock"};
    Option<int> count{this, "count", 100, "hops"};

    Status process() override {
        const Timestamp hop = 10 * kMillisecond, elapsed = sent_ * hop;
        const auto late = static_cast<Timestamp>(random_() % (5 * kMillisecond));
        source_clock->set(kSecond + elapsed + hop + late);
        if (++sent_ == *count) finish();
        const double stamp = static_cast<double>(elapsed) * (1 + *ppm * 1e-6);
        return sound.send(Audio{16000, 1, std::vector<float>(160)},
                          Stamp{static_cast<Timestamp>(stamp), 0});
    }
    bool live() const override { return true; }

  private:
    std::minstd_rand random_{5};
    int sent_ = 0;
};

/// A sink for everything.
struct Swallow final : Node {
    InBase packet{this, "packet", kAnyType, "what it takes", Need::Required};

    Status process() override { return Ok{}; }
};

/// What sound lies under a picture: 10^6 times the first sample plus the number of samples, or -1.
struct Under final : Node {
    In<Number> frame{this, "frame", "what leads"};
    In<Audio> sound{this, "sound", "what lies under it", Need::Optional};
    Out<Number> heard{this, "heard", "first sample and number of samples"};

    Status process() override {
        if (!sound.has_packet()) return heard.send(Number{-1});
        for (std::size_t i = 1; i < sound->samples.size(); ++i)
            if (sound->samples[i] != 0 && sound->samples[i] < sound->samples[i - 1])
                return {Code::BadData, "samples are out of order"};
        return heard.send(Number{static_cast<std::int64_t>(sound->samples.front()) * 1'000'000 +
                                 sound->frames()});
    }
};

/// Passes numbers on after a time that is different for each, to mix the order of events.
struct Lag final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> same{this, "same", "the number"};
    Option<Duration> at_most{this, "at_most", Duration{100 * kMicrosecond}, "longest wait"};

    Status process() override {
        if (at_most->ns > 0)
            std::this_thread::sleep_for(
                std::chrono::nanoseconds(static_cast<std::int64_t>(random_()) % (at_most->ns + 1)));
        return same.send(number.share());
    }

  private:
    std::minstd_rand random_{7};
};

/// A sink that would write sound.
struct Recorder final : Node {
    In<Audio> sound{this, "sound", "what it records"};
    Option<std::string> to{this, "to", "", "where it goes", a_destination()};

    Status process() override { return Ok{}; }
};

TARSIER_NODE(Recorder, "test.recorder", "Records.");
TARSIER_NODE(Hops, "test.hops", "Counts samples.");
TARSIER_NODE(Mic, "test.mic", "Hears silence.");
TARSIER_NODE(Under, "test.under", "Tells what sound lies under a number.");
TARSIER_NODE(Swallow, "test.swallow", "Takes everything.");
TARSIER_NODE(Lag, "test.lag", "Takes its time.");

}  // namespace tarsier::test
