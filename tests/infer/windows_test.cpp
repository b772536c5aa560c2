// SPDX-License-Identifier: Apache-2.0
#include "plan/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "effort.h"
#include "net_builder.h"
#include "session.h"

namespace tarsier::infer {
namespace {

constexpr int kSide = 96;
constexpr int kWide = 96;

class UnitBuilder : public NetBuilder {
  public:
    /// Widen, two depthwise branches into a concat, one of them dilated, narrow with a stride. What
    /// is watched is an output and has to be there whole.
    UnitBuilder(int dilation, bool watched) {
        const int in = tensor(kSide, kSide, 8);
        const int wide = tensor(kSide, kSide, kWide);
        const int concat = tensor(kSide, kSide, kWide);
        const int small = tensor(kSide / 2, kSide / 2, kWide);
        const int out = tensor(kSide / 2, kSide / 2, 8);
        input(in);
        step("conv1x1", {in}, wide, {random(kWide * 8), random(kWide)});
        for (const int first : {0, kWide / 2})
            depthwise(tensor(kSide, kSide, kWide / 2, wide, first),
                      tensor(kSide, kSide, kWide / 2, concat, first), first == 0 ? 1 : dilation, 1);
        depthwise(concat, small, 1, 2);
        step("conv1x1", {small}, out, {random(16 * kWide), random(16)});
        output(out);
        if (!watched) return;
        output(wide, "wide");
        output(concat, "concat");
        output(small, "small");
    }

  private:
    int random(int count) {
        std::uniform_real_distribution<float> range(-0.5F, 0.5F);
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) value = range(engine_);
        return constant(std::move(values));
    }
    void depthwise(int from, int to, double dilation, double stride) {
        const int channels = net.tensors[static_cast<std::size_t>(from)].channels;
        step("depthwise", {from}, to, {random(9 * channels), random(channels)},
             {{"kernel_h", 3},
              {"kernel_w", 3},
              {"dilation_h", dilation},
              {"dilation_w", dilation},
              {"stride_h", stride},
              {"stride_w", stride},
              {"pad_top", dilation},
              {"pad_left", dilation},
              {"pad_bottom", stride > 1 ? 0 : dilation},
              {"pad_right", stride > 1 ? 0 : dilation}});
    }

    std::mt19937 engine_{5};
};

/// Steps one after the other, whatever windows, strides, dilations and padding come out.
class RandomChain : public NetBuilder {
  public:
    RandomChain(unsigned seed, bool watched) : engine_(seed) {
        int channels = pick(3, 9);
        const int columns = pick(40, 60);  // in an order of our own: arguments have none
        const int rows = pick(40, 70);
        int from = tensor(rows, columns, channels);
        input(from);
        for (int i = 0; i < 5; ++i) {
            const bool product = i % 2 == 0;
            const int wide = product ? pick(60, 130) : channels;
            const Window down = window(height(from), product);
            const Window across = window(width(from), product);
            const int to = tensor(down.outputs, across.outputs, wide);
            const int panels = (wide + 15) / 16 * 16;
            if (product)
                step("conv1x1", {from}, to, {random(panels * channels), random(panels)});
            else
                step("depthwise", {from}, to,
                     {random(down.kernel * across.kernel * panels), random(panels)},
                     attributes(down, across));
            if (watched && i < 4) output(to, "watched" + std::to_string(i));
            from = to;
            channels = wide;
        }
        output(from);
        std::rotate(net.outputs.begin(), net.outputs.end() - 1, net.outputs.end());
    }

  private:
    struct Window {
        int kernel = 1, stride = 1, dilation = 1, before = 0, after = 0, outputs = 0;
    };

    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
    int height(int i) const { return net.tensors[static_cast<std::size_t>(i)].height; }
    int width(int i) const { return net.tensors[static_cast<std::size_t>(i)].width; }
    Window window(int length, bool one) {
        Window w;
        w.outputs = length;
        if (one) return w;
        w = {pick(1, 5), pick(1, 2), pick(1, 4), pick(0, 9), pick(0, 9), 0};
        w.outputs = (length + w.before + w.after - (w.kernel - 1) * w.dilation - 1) / w.stride + 1;
        return w;
    }
    static std::map<std::string, double> attributes(const Window& rows, const Window& columns) {
        return {{"kernel_h", rows.kernel},     {"kernel_w", columns.kernel},
                {"stride_h", rows.stride},     {"stride_w", columns.stride},
                {"dilation_h", rows.dilation}, {"dilation_w", columns.dilation},
                {"pad_top", rows.before},      {"pad_bottom", rows.after},
                {"pad_left", columns.before},  {"pad_right", columns.after}};
    }
    int random(int count) {
        std::uniform_real_distribution<float> range(-0.2F, 0.2F);
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) value = range(engine_);
        return constant(std::move(values));
    }

    std::mt19937 engine_;
};

std::vector<float> result(const NetBuilder& builder, int threads, std::size_t& arena_bytes) {
    auto session = Session::create(std::make_shared<const NetModel>(builder.net, nullptr),
                                   {.threads = threads});
    EXPECT_TRUE(session) << session.error().to_string();
    const View in = (*session)->input(0);
    // Twice: the second run begins with the rows of the first still in place.
    for (int run = 0; run < 2; ++run) {
        for (std::int64_t i = 0; i < in.shape.elements(); ++i)
            in.data[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
        EXPECT_TRUE((*session)->run());
    }
    arena_bytes = (*session)->arena_bytes();
    const View out = (*session)->output(0);
    return {out.data, out.data + out.shape.elements()};
}

TEST(Windows, KeepOnlyTheRowsInUseAndChangeNoResult) {
    for (const int dilation : {1, 2, 8}) {
        std::size_t whole = 0;
        const std::vector<float> expected = result(UnitBuilder(dilation, true), 1, whole);
        for (const int threads : {1, 2}) {
            SCOPED_TRACE(testing::Message() << "dilation " << dilation << ", threads " << threads);
            std::size_t windowed = 0;
            EXPECT_EQ(result(UnitBuilder(dilation, false), threads, windowed), expected);
            EXPECT_LT(windowed, whole);
        }
    }
}

TEST(Windows, ChangeNoResultOfAnyChain) {
    const unsigned chains = testing_support::thorough() ? 12 : 4;
    int smaller = 0;
    for (unsigned seed = 0; seed < chains; ++seed) {
        SCOPED_TRACE(seed);
        std::size_t whole = 0;
        std::size_t windowed = 0;
        const std::vector<float> expected = result(RandomChain(seed, true), 1, whole);
        const int threads = 1 + static_cast<int>(seed % 2);
        EXPECT_EQ(result(RandomChain(seed, false), threads, windowed), expected);
        smaller += threads == 1 && windowed < whole / 2;
    }
    if (!testing_support::thorough()) return;
    EXPECT_GT(smaller, 3) << "most of six have windows; bands of several threads are larger";
}

TEST(Windows, GiveEveryRowAPlaceUntilAllHavePassedIt) {
    const UnitBuilder b(4, false);
    const std::vector<Group> groups = find_groups(b.net, 1);
    const std::vector<Slice> slices = order_slices(b.net, groups);
    Windows windows(b.net, groups, slices);
    constexpr int kTensor = 1;  // the wide one, which steps 1 and 2 read
    ASSERT_LT(windows.rows(kTensor), kSide / 2);
    int passed[2] = {};
    int moves = 0;
    for (const Slice& slice : slices) {
        for (const WindowMove& move : windows.advance(slice)) moves += move.tensor == kTensor;
        const int base = windows.base(kTensor);
        if (slice.step == 0) {
            EXPECT_LE(slice.end - base, windows.rows(kTensor));
            EXPECT_LE(base, slice.begin);
        }
        for (const int reader : {1, 2}) {
            const int reach = reader == 1 ? 1 : 4;
            if (passed[reader - 1] < kSide) {
                EXPECT_LE(base, std::max(0, passed[reader - 1] - reach));
            }
            if (slice.step == reader) passed[reader - 1] = slice.end;
        }
    }
    EXPECT_GT(moves, 1);
}

}  // namespace
}  // namespace tarsier::infer
