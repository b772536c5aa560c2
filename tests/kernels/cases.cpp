// SPDX-License-Identifier: Apache-2.0
#include "cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <random>

namespace tarsier::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class T>
struct Aligned {
    using value_type = T;
    Aligned() = default;
    template <class U>
    explicit Aligned(const Aligned<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
    bool operator==(const Aligned&) const { return true; }
};
using Floats = std::vector<float, Aligned<float>>;

Floats random(std::ptrdiff_t n, unsigned seed, float scale = 1) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<float> value(-scale, scale);
    Floats out(static_cast<std::size_t>(n));
    for (float& x : out) x = value(engine);
    return out;
}

/// Floats from the first to the last channel of so many pixels.
std::ptrdiff_t span_of(std::ptrdiff_t pixels, std::ptrdiff_t stride, int channels) {
    return (pixels - 1) * stride + channels;
}

std::ptrdiff_t padded(int channels) { return (channels + kPanel - 1) / kPanel * kPanel; }

struct Memory {
    Floats a, b, weights, bias;
    std::vector<ResizeTap> rows, columns;
};

TensorCase conv1x1(int pixels, int in, int out, int src_gap, int dst_gap, float max,
                   bool measured = false) {
    auto memory = std::make_shared<Memory>();
    memory->a = random(span_of(pixels, in + src_gap, in), 1);
    memory->weights = random(padded(out) * in, 2, 0.3F);
    memory->bias = random(padded(out), 3);
    Conv1x1F32 args{
        memory->a.data(),    in + src_gap, nullptr, out + dst_gap, memory->weights.data(),
        memory->bias.data(), in,           out,     -max,          max};
    return {fmt::format("conv1x1_f32/{}_{}to{}_gaps{}_{}", pixels, in, out, src_gap, dst_gap),
            double(pixels) * in * out,
            static_cast<std::size_t>(pixels) * static_cast<std::size_t>(out + dst_gap), measured,
            [args, memory, pixels](const Table& table, float* dst) mutable {
                args.dst = dst;
                const int half = pixels / 2;  // in two parts, as two threads would
                table.conv1x1_f32(args, 0, half);
                table.conv1x1_f32(args, half, pixels);
            }};
}

struct Window {
    int height, width, in, out, kernel_h, kernel_w, stride, dilation, pad;
    int src_gap = 0, dst_gap = 0;
    bool measured = false;
};

int outputs(int length, int kernel, const Window& w) {
    return (length + 2 * w.pad - (kernel - 1) * w.dilation - 1) / w.stride + 1;
}

TensorCase window(const Window& w, bool depthwise) {
    auto memory = std::make_shared<Memory>();
    const int taps = w.kernel_h * w.kernel_w;
    memory->a = random(span_of(std::ptrdiff_t{w.height} * w.width, w.in + w.src_gap, w.in), 4);
    memory->weights = random(padded(w.out) * taps * (depthwise ? 1 : w.in), 5, 0.3F);
    memory->bias = random(padded(w.out), 6);
    const int height = outputs(w.height, w.kernel_h, w);
    const int width = outputs(w.width, w.kernel_w, w);
    ConvF32 args{memory->a.data(),
                 w.in + w.src_gap,
                 w.height,
                 w.width,
                 nullptr,
                 w.out + w.dst_gap,
                 width,
                 memory->weights.data(),
                 memory->bias.data(),
                 w.in,
                 w.out,
                 w.kernel_h,
                 w.kernel_w,
                 w.stride,
                 w.stride,
                 w.dilation,
                 w.dilation,
                 w.pad,
                 w.pad,
                 -2,
                 2};
    const double macs = double(height) * width * w.out * taps * (depthwise ? 1 : w.in);
    return {fmt::format("{}/{}x{}_{}to{}_k{}x{}_s{}_d{}_p{}_gaps{}_{}",
                        depthwise ? "depthwise_f32" : "conv_f32", w.height, w.width, w.in, w.out,
                        w.kernel_h, w.kernel_w, w.stride, w.dilation, w.pad, w.src_gap, w.dst_gap),
            macs,
            static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                static_cast<std::size_t>(w.out + w.dst_gap),
            w.measured, [args, memory, height, depthwise](const Table& table, float* dst) mutable {
                args.dst = dst;
                const auto kernel = depthwise ? table.depthwise_f32 : table.conv_f32;
                kernel(args, 0, height / 2);
                kernel(args, height / 2, height);
            }};
}

std::vector<ResizeTap> taps(int inputs, int outputs) {
    std::vector<ResizeTap> out;
    for (int i = 0; i < outputs; ++i) {
        const float x =
            static_cast<float>(i) * static_cast<float>(inputs) / static_cast<float>(outputs);
        const int low = std::min(static_cast<int>(x), inputs - 1);
        out.push_back({low, std::min(low + 1, inputs - 1), x - static_cast<float>(low)});
    }
    return out;
}

TensorCase resize(int size, int to, int channels, int src_gap, int dst_gap, bool measured = false) {
    auto memory = std::make_shared<Memory>();
    memory->a = random(span_of(std::ptrdiff_t{size} * size, channels + src_gap, channels), 7);
    memory->rows = taps(size, to);
    memory->columns = taps(size, to);
    ResizeF32 args{memory->a.data(), channels + src_gap,  size,
                   nullptr,          channels + dst_gap,  to,
                   channels,         memory->rows.data(), memory->columns.data()};
    return {fmt::format("resize_f32/{}to{}_c{}_gaps{}_{}", size, to, channels, src_gap, dst_gap),
            double(to) * to * channels,
            static_cast<std::size_t>(to) * static_cast<std::size_t>(to) *
                static_cast<std::size_t>(channels + dst_gap),
            measured, [args, memory, to](const Table& table, float* dst) mutable {
                args.dst = dst;
                table.resize_f32(args, 0, to / 2);
                table.resize_f32(args, to / 2, to);
            }};
}

using Each = void (*TensorKernels::*)(const EachF32&, std::ptrdiff_t, std::ptrdiff_t);

TensorCase each(const char* name, Each kernel, int pixels, int channels, int gap, float min,
                float max, bool measured = false) {
    auto memory = std::make_shared<Memory>();
    const bool binary = kernel == &TensorKernels::binary_softmax_f32;
    const int in = binary ? 1 : channels;
    memory->a = random(span_of(pixels, in + gap, in), 8, 20);
    memory->b = random(span_of(pixels, channels + gap, channels), 9);
    EachF32 args{memory->a.data(), in + gap, memory->b.data(),
                 channels + gap,   nullptr,  channels + gap,
                 channels,         min,      max};
    return {fmt::format("{}/{}x{}_gap{}", name, pixels, channels, gap), double(pixels) * channels,
            static_cast<std::size_t>(pixels) * static_cast<std::size_t>(channels + gap), measured,
            [args, memory, kernel, pixels](const Table& table, float* dst) mutable {
                args.dst = dst;
                (table.*kernel)(args, 0, pixels / 2);
                (table.*kernel)(args, pixels / 2, pixels);
            }};
}

/// A max or average pool.
TensorCase pool(bool average, bool count_padding, const Window& w) {
    auto memory = std::make_shared<Memory>();
    memory->a = random(span_of(std::ptrdiff_t{w.height} * w.width, w.in + w.src_gap, w.in), 10);
    const int height = outputs(w.height, w.kernel_h, w);
    const int width = outputs(w.width, w.kernel_w, w);
    PoolF32 args{memory->a.data(),
                 w.in + w.src_gap,
                 w.height,
                 w.width,
                 nullptr,
                 w.in + w.dst_gap,
                 width,
                 w.in,
                 w.kernel_h,
                 w.kernel_w,
                 w.stride,
                 w.stride,
                 w.pad,
                 w.pad,
                 count_padding};
    return {
        fmt::format("{}_pool_f32/{}x{}x{}_k{}x{}_s{}_p{}_gaps{}_{}{}", average ? "average" : "max",
                    w.height, w.width, w.in, w.kernel_h, w.kernel_w, w.stride, w.pad, w.src_gap,
                    w.dst_gap, count_padding ? "_counted" : ""),
        double(height) * width * w.in * w.kernel_h * w.kernel_w,
        static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
            static_cast<std::size_t>(w.in + w.dst_gap),
        w.measured, [args, memory, height, average](const Table& table, float* dst) mutable {
            args.dst = dst;
            const auto kernel = average ? table.average_pool_f32 : table.max_pool_f32;
            kernel(args, 0, height / 2);
            kernel(args, height / 2, height);
        }};
}

void add_pools(std::vector<TensorCase>& cases) {
    for (const bool average : {false, true}) {
        for (const int channels : {1, 5, 8, 24, 37, 70})
            for (const int stride : {1, 2, 3})
                cases.push_back(pool(
                    average, stride == 2,
                    {7, 10, channels, channels, 3, 3, stride, 1, stride % 2, channels % 3, 1}));
        cases.push_back(pool(average, false, {9, 7, 20, 20, 9, 7, 1, 1, 0}));  // global
        cases.push_back(pool(average, false, {1, 1, 3, 3, 1, 1, 1, 1, 0}));
        cases.push_back(pool(average, true, {3, 2, 16, 16, 5, 5, 1, 1, 4}));
    }
    cases.push_back(pool(false, false, {160, 160, 24, 24, 3, 3, 2, 1, 1, 0, 0, true}));
    cases.push_back(pool(true, false, {7, 7, 1280, 1280, 7, 7, 1, 1, 0, 0, 0, true}));
}

void add_convolutions(std::vector<TensorCase>& cases) {
    for (const int out : {1, 7, 8, 9, 16, 17, 24, 33})
        for (const int in : {1, 5, 16})
            for (const int pixels : {1, 13, 64})
                cases.push_back(conv1x1(pixels, in, out, out % 3, in % 4, 1));
    cases.push_back(conv1x1(50, 512, 40, 0, 0, kInfinity));
    // Every way to divide output channels into vectors and pixels into tiles.
    for (const int out : {12, 31, 39, 40, 47, 48, 56, 63, 64, 72, 80, 88})
        for (const int pixels : {1, 2, 3, 5, 7, 9, 11, 24, 49, 50, 122})
            cases.push_back(conv1x1(pixels, 9, out, 0, out % 2, 2));
    // The shapes of MMNet's 1x1 convolutions.
    for (const auto& [side, in, out] : {std::array{128, 32, 64},
                                        {64, 24, 96},
                                        {64, 96, 24},
                                        {64, 80, 120},
                                        {64, 120, 40},
                                        {32, 40, 192},
                                        {32, 192, 40},
                                        {16, 80, 240}})
        cases.push_back(conv1x1(side * side, in, out, 0, 0, 6, true));

    for (const int channels : {1, 3, 8, 13, 24})
        for (const int dilation : {1, 2, 4})
            for (const int stride : {1, 2})
                cases.push_back(window({11, 19, channels, channels, 3, 3, stride, dilation,
                                        dilation, channels % 4, channels % 3},
                                       true));
    // Every length of a line, with windows that leave it on both sides.
    for (const int kernel : {2, 3, 5, 7})
        for (const int width : {1, 2, 3, 4, 5, 6, 7, 9, 14, 15, 28, 33})
            for (const int channels : {5, 16, 30})
                for (const int stride : {1, 2})
                    cases.push_back(window({3, width, channels, channels, kernel, kernel, stride, 1,
                                            kernel / 2, channels % 2, width % 2},
                                           true));
    for (const int stride : {1, 2, 3})
        for (const int dilation : {1, 2, 3, 8})
            for (const int pad : {0, 1, 5})
                cases.push_back(window({18, 23, 24, 24, 3, 3, stride, dilation, pad, 0, 1}, true));
    cases.push_back(window({9, 9, 6, 6, 5, 5, 1, 1, 2}, true));
    cases.push_back(window({4, 5, 8, 8, 3, 3, 1, 8, 8}, true));  // hardly a tap inside
    cases.push_back(window({64, 64, 16, 16, 3, 3, 1, 1, 1, 48, 48, true}, true));
    cases.push_back(window({64, 64, 40, 40, 3, 3, 1, 4, 4, 80, 80, true}, true));
    cases.push_back(window({129, 129, 16, 16, 3, 3, 2, 1, 0, 48, 0, true}, true));

    for (const int in : {1, 3, 8})
        for (const int out : {4, 16, 24})
            for (const int dilation : {1, 2})
                cases.push_back(window({9, 17, in, out, 3, 3, 2, dilation, 1, in % 2, 1}, false));
    cases.push_back(window({1, 30, 6, 20, 1, 9, 1, 1, 4}, false));
    for (const int width : {1, 2, 5, 9, 13, 50})
        for (const int stride : {1, 2})
            for (const int out : {1, 24, 36})
                cases.push_back(window({1, width, 10, out, 1, 9, stride, 1, 4, 0, 0}, false));
    cases.push_back(window({2, 3, 4, 5, 5, 5, 1, 2, 5}, false));  // hardly a tap inside
    cases.push_back(window({257, 257, 3, 32, 3, 3, 2, 1, 0, 0, 0, true}, false));
}

/// Shapes that nobody thought of; the same ones every time.
void add_random_shapes(std::vector<TensorCase>& cases) {
    std::mt19937 engine(2026);
    const auto between = [&](int low, int high) {
        return low + static_cast<int>(engine() % static_cast<unsigned>(high - low + 1));
    };
    const auto window_of = [&](int in, int out) {
        const int dilation = between(1, 4);
        Window w{between(1, 20), between(1, 40), in, out,           between(1, 5), between(1, 9),
                 between(1, 3),  dilation,       0,  between(0, 5), between(0, 5)};
        const int reach = (std::max(w.kernel_h, w.kernel_w) - 1) * dilation;
        const int missing = std::max(0, reach + 1 - std::min(w.height, w.width));
        w.pad = (missing + 1) / 2 + between(0, 3);
        return w;
    };
    for (int i = 0; i < 60; ++i) {
        cases.push_back(conv1x1(between(1, 130), between(1, 70), between(1, 130), between(0, 9),
                                between(0, 9), 3));
        cases.push_back(window(window_of(between(1, 20), between(1, 60)), false));
        const int channels = between(1, 70);
        cases.push_back(window(window_of(channels, channels), true));
        Window w = window_of(channels, channels);
        w.dilation = 1;
        w.pad = between(0, std::min(w.kernel_h, w.kernel_w) - 1);  // every window meets the picture
        if (w.height + 2 * w.pad < w.kernel_h || w.width + 2 * w.pad < w.kernel_w) continue;
        cases.push_back(pool(i % 2 == 0, i % 3 == 0, w));
    }
    for (int i = 0; i < 20; ++i)
        cases.push_back(
            resize(between(1, 40), between(1, 90), between(1, 50), between(0, 3), between(0, 3)));
}

/// Pictures of one pixel, and pools that leave the spans in which they are computed.
void add_extremes(std::vector<TensorCase>& cases) {
    for (const int channels : {1, 3, 16, 40}) {
        for (const int kernel : {1, 3, 5, 7})
            for (const int stride : {1, 2})
                for (const bool depthwise : {false, true})
                    cases.push_back(
                        window({1, 1, channels, channels, kernel, kernel, stride, 1, kernel / 2},
                               depthwise));
        cases.push_back(resize(1, 1, channels, 0, 0));
        cases.push_back(resize(1, 37, channels, 0, 0));
        cases.push_back(resize(37, 1, channels, 0, 0));
    }
    cases.push_back(window({7, 7, 16, 40, 7, 7, 1, 1, 0}, false));
    for (const bool average : {false, true}) {
        cases.push_back(pool(average, false, {2, 900, 9, 9, 2, 600, 1, 1, 0}));
        cases.push_back(pool(average, true, {3, 5, 5000, 5000, 3, 3, 2, 1, 1}));
        cases.push_back(pool(average, false, {1, 700, 30, 30, 1, 5, 7, 1, 0, 2, 1}));
    }
}

TensorCase transpose(std::ptrdiff_t rows, std::ptrdiff_t columns, bool measured = false) {
    const auto count = static_cast<std::size_t>(rows * columns);
    auto src = std::make_shared<std::vector<float>>(count);
    for (std::size_t i = 0; i < count; ++i) (*src)[i] = static_cast<float>(i);
    return {fmt::format("transpose_f32/{}x{}", rows, columns), static_cast<double>(count), count,
            measured, [=](const Table& table, float* dst) {
                table.transpose_f32(src->data(), rows, columns, dst);
            }};
}

}  // namespace

std::vector<TensorCase> tensor_cases() {
    using Kernels = TensorKernels;
    std::vector<TensorCase> cases;
    add_convolutions(cases);
    add_pools(cases);
    add_extremes(cases);
    add_random_shapes(cases);
    for (const int channels : {1, 2, 8, 13})
        for (const int to : {5, 16, 19}) cases.push_back(resize(8, to, channels, channels % 3, 1));
    cases.push_back(resize(16, 32, 1, 0, 0));
    cases.push_back(resize(2, 4, 5000, 0, 0));
    cases.push_back(resize(64, 256, 1, 0, 0, true));
    cases.push_back(resize(32, 64, 40, 0, 40, true));
    for (const int channels : {1, 2, 8, 11})
        for (const int gap : {0, 3}) {
            cases.push_back(each("add_f32", &Kernels::add_f32, 21, channels, gap, -9, 9));
            cases.push_back(each("mul_f32", &Kernels::mul_f32, 21, channels, gap, -9, 9));
            cases.push_back(each("hard_swish_f32", &Kernels::hard_swish_f32, 21, channels, gap,
                                 -kInfinity, kInfinity));
            cases.push_back(
                each("prelu_f32", &Kernels::prelu_f32, 21, channels, gap, -kInfinity, kInfinity));
            cases.push_back(each("clamp_f32", &Kernels::clamp_f32, 21, channels, gap, 0, 6));
            cases.push_back(each("clamp_f32/copy", &Kernels::clamp_f32, 21, channels, gap,
                                 -kInfinity, kInfinity));
            cases.push_back(each("sigmoid_f32", &Kernels::sigmoid_f32, 21, channels, gap,
                                 -kInfinity, kInfinity));
            cases.push_back(each("softmax_f32", &Kernels::softmax_f32, 21, channels, gap, 0, 0));
        }
    for (const int rows : {1, 2, 3, 4, 7, 40})
        for (const int columns : {1, 2, 3, 4, 6, 98}) cases.push_back(transpose(rows, columns));
    cases.push_back(transpose(3, 320 * 320, true));
    for (const int gap : {0, 3})
        cases.push_back(each("binary_softmax_f32", &Kernels::binary_softmax_f32, 45, 2, gap, 0, 0));
    cases.push_back(
        each("binary_softmax_f32", &Kernels::binary_softmax_f32, 256 * 256, 2, 0, 0, 0, true));
    return cases;
}

}  // namespace tarsier::kernels
