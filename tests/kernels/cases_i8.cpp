// SPDX-License-Identifier: Apache-2.0
#include "cases_i8.h"

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
template <class T>
using Array = std::vector<T, Aligned<T>>;

std::ptrdiff_t padded(std::ptrdiff_t n, std::ptrdiff_t to = kPanel) {
    return (n + to - 1) / to * to;
}

/// What random numbers look like: all of their range, or only its ends.
enum class Kind { Any, Extreme };

template <class T>
Array<T> random(std::ptrdiff_t n, unsigned seed, int low, int high, Kind kind = Kind::Any) {
    std::mt19937 engine(seed);
    std::uniform_int_distribution<int> value(low, high);
    Array<T> out(static_cast<std::size_t>(n));
    for (T& x : out) {
        const int any = value(engine);
        x = static_cast<T>(kind == Kind::Any ? any : any % 2 == 0 ? low : high);
    }
    return out;
}

/// Levels of so many pixels, and the slack behind them.
Array<std::uint8_t> levels_of(std::ptrdiff_t pixels, std::ptrdiff_t stride, int channels,
                              unsigned seed, Kind kind = Kind::Any) {
    return random<std::uint8_t>((pixels - 1) * stride + channels + kSlackI8, seed, 0, 255, kind);
}

std::size_t dst_bytes(std::ptrdiff_t pixels, std::ptrdiff_t stride) {
    return static_cast<std::size_t>(pixels * stride);
}

struct Memory {
    Array<std::uint8_t> a, b;
    Array<std::int8_t> weights;
    Array<std::int32_t> bias, multipliers;
    std::vector<ResizeTapI8> rows, columns;
    Array<float> floats;
};

/// Multipliers of every size, such that most sums become levels within the bounds.
RequantI8 requant(Memory& memory, int channels, double terms, unsigned seed, Kind kind) {
    std::mt19937 engine(seed);
    const auto padded_count = static_cast<std::size_t>(padded(channels));
    memory.bias.resize(padded_count);
    memory.multipliers.resize(padded_count);
    // A random sum of products is some 5000 * sqrt(terms), a level in its fraction 64 * 128.
    const int usual = std::max(0, static_cast<int>(std::lround(std::log2(std::sqrt(terms) * 0.7))));
    for (std::size_t c = 0; c < padded_count; ++c) {
        const int shift = kind == Kind::Extreme ? static_cast<int>(engine() % 32)
                                                : usual + static_cast<int>(engine() % 3);
        const int multiplier = kind == Kind::Extreme && c % 2 == 0
                                   ? (1 << 14) + static_cast<int>(c % 4) * ((1 << 13) - 1)
                                   : (1 << 14) + static_cast<int>(engine() % (1 << 14));
        memory.multipliers[c] = shift << 16 | multiplier;
        memory.bias[c] = static_cast<int>(engine() % 20001) - 10000;
    }
    const int fraction = kind == Kind::Extreme ? static_cast<int>(seed % 7) : 6;
    const int low = seed % 3 == 0 ? 0 : 13;
    return {memory.bias.data(),
            memory.multipliers.data(),
            fraction,
            static_cast<int>(engine() % 256),
            low,
            seed % 3 == 0 ? 255 : 240};
}

LevelCase conv1x1(int pixels, int in, int out, int src_gap, int dst_gap, Kind kind = Kind::Any,
                  bool measured = false) {
    auto memory = std::make_shared<Memory>();
    const auto seed = static_cast<unsigned>(pixels + in * 3 + out * 7);
    memory->a = levels_of(pixels, in + src_gap, in, seed, kind);
    memory->weights =
        random<std::int8_t>(padded(out) * padded(in, kGroup), seed + 1, -127, 127, kind);
    for (std::ptrdiff_t i = 0; i < std::ssize(memory->weights); ++i) {
        const std::ptrdiff_t k = i / (kPanel * kGroup) % (padded(in, kGroup) / kGroup) * kGroup;
        if (k + i % kGroup >= in) memory->weights[static_cast<std::size_t>(i)] = 0;
    }
    Conv1x1I8 args{
        memory->a.data(),       in + src_gap, nullptr, out + dst_gap,
        memory->weights.data(), in,           out,     requant(*memory, out, in, seed, kind)};
    return {fmt::format("conv1x1_i8/{}_{}to{}_gaps{}_{}{}", pixels, in, out, src_gap, dst_gap,
                        kind == Kind::Extreme ? "_extreme" : ""),
            double(pixels) * in * out, dst_bytes(pixels, out + dst_gap), measured,
            [args, memory, pixels](const Table& table, std::uint8_t* dst) mutable {
                args.dst = dst;
                const int half = pixels / 2;  // in two parts, as two threads would
                table.conv1x1_i8(args, 0, half);
                table.conv1x1_i8(args, half, pixels);
            }};
}

struct Window {
    int height, width, in, out, kernel_h, kernel_w, stride, dilation, pad;
    int src_gap = 0, dst_gap = 0;
    Kind kind = Kind::Any;
    bool measured = false;
    int row_stride = 0;  ///< where it is not that of columns

    int stride_h() const { return row_stride > 0 ? row_stride : stride; }
};

int outputs(int length, int kernel, int stride, const Window& w) {
    return (length + 2 * w.pad - (kernel - 1) * w.dilation - 1) / stride + 1;
}

LevelCase window(const Window& w, bool depthwise) {
    auto memory = std::make_shared<Memory>();
    const auto seed = static_cast<unsigned>(w.height * 5 + w.width + w.in * 3 + w.out + w.stride);
    const int taps = w.kernel_h * w.kernel_w;
    memory->a = levels_of(std::ptrdiff_t{w.height} * w.width, w.in + w.src_gap, w.in, seed, w.kind);
    const std::ptrdiff_t inputs = depthwise ? 1 : padded(w.in, kGroup);
    memory->weights =
        random<std::int8_t>(padded(w.out) * taps * inputs, seed + 1, -127, 127, w.kind);
    if (!depthwise)
        for (std::ptrdiff_t i = 0; i < std::ssize(memory->weights); ++i)
            if (i / (kPanel * kGroup) % (inputs / kGroup) * kGroup + i % kGroup >= w.in)
                memory->weights[static_cast<std::size_t>(i)] = 0;
    const int height = outputs(w.height, w.kernel_h, w.stride_h(), w);
    const int width = outputs(w.width, w.kernel_w, w.stride, w);
    const double terms = taps * (depthwise ? 1.0 : w.in);
    ConvI8 args{memory->a.data(),
                w.in + w.src_gap,
                w.height,
                w.width,
                static_cast<int>(seed * 37 % 256),
                nullptr,
                w.out + w.dst_gap,
                width,
                memory->weights.data(),
                w.in,
                w.out,
                w.kernel_h,
                w.kernel_w,
                w.stride_h(),
                w.stride,
                w.dilation,
                w.dilation,
                w.pad,
                w.pad,
                requant(*memory, w.out, terms, seed, w.kind)};
    const std::ptrdiff_t pixels = std::ptrdiff_t{height} * width;
    return {fmt::format("{}/{}x{}_{}to{}_k{}x{}_s{}_d{}_p{}_gaps{}_{}",
                        depthwise ? "depthwise_i8" : "conv_i8", w.height, w.width, w.in, w.out,
                        w.kernel_h, w.kernel_w, w.stride, w.dilation, w.pad, w.src_gap, w.dst_gap),
            static_cast<double>(pixels) * w.out * terms, dst_bytes(pixels, w.out + w.dst_gap),
            w.measured,
            [args, memory, height, depthwise](const Table& table, std::uint8_t* dst) mutable {
                args.dst = dst;
                const auto kernel = depthwise ? table.depthwise_i8 : table.conv_i8;
                kernel(args, 0, height / 2);
                kernel(args, height / 2, height);
            }};
}

LevelCase pool(bool average, const Window& w) {
    auto memory = std::make_shared<Memory>();
    memory->a = levels_of(std::ptrdiff_t{w.height} * w.width, w.in + w.src_gap, w.in, 10);
    const int height = outputs(w.height, w.kernel_h, w.stride_h(), w);
    const int width = outputs(w.width, w.kernel_w, w.stride, w);
    PoolI8 args{memory->a.data(),
                w.in + w.src_gap,
                w.height,
                w.width,
                100,
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
                requant(*memory, w.in, 1, 4, Kind::Any)};
    const std::ptrdiff_t pixels = std::ptrdiff_t{height} * width;
    return {fmt::format("{}_pool_i8/{}x{}x{}_k{}x{}_s{}_p{}_gaps{}_{}", average ? "average" : "max",
                        w.height, w.width, w.in, w.kernel_h, w.kernel_w, w.stride, w.pad, w.src_gap,
                        w.dst_gap),
            static_cast<double>(pixels) * w.in * w.kernel_h * w.kernel_w,
            dst_bytes(pixels, w.in + w.dst_gap), w.measured,
            [args, memory, height, average](const Table& table, std::uint8_t* dst) mutable {
                args.dst = dst;
                const auto kernel = average ? table.average_pool_i8 : table.max_pool_i8;
                kernel(args, 0, height / 2);
                kernel(args, height / 2, height);
            }};
}

std::vector<ResizeTapI8> taps(int inputs, int outputs) {
    std::vector<ResizeTapI8> out;
    for (int i = 0; i < outputs; ++i) {
        const int low = std::min(i * inputs / outputs, inputs - 1);
        out.push_back({low, std::min(low + 1, inputs - 1), i * 50 % 129});
    }
    return out;
}

LevelCase resize(int size, int to, int channels, int src_gap, int dst_gap, bool measured = false) {
    auto memory = std::make_shared<Memory>();
    memory->a = levels_of(std::ptrdiff_t{size} * size, channels + src_gap, channels, 7);
    memory->rows = taps(size, to);
    memory->columns = taps(size, to);
    ResizeI8 args{memory->a.data(), channels + src_gap,  size,
                  nullptr,          channels + dst_gap,  to,
                  channels,         memory->rows.data(), memory->columns.data()};
    return {fmt::format("resize_i8/{}to{}_c{}_gaps{}_{}", size, to, channels, src_gap, dst_gap),
            double(to) * to * channels, dst_bytes(std::ptrdiff_t{to} * to, channels + dst_gap),
            measured, [args, memory, to](const Table& table, std::uint8_t* dst) mutable {
                args.dst = dst;
                table.resize_i8(args, 0, to / 2);
                table.resize_i8(args, to / 2, to);
            }};
}

/// A kernel on pixels: `call` runs it on [begin, end) of what `memory` holds.
template <class Call>
LevelCase each(const char* name, int pixels, int channels, int gap, std::size_t bytes,
               bool measured, const Call& call) {
    auto memory = std::make_shared<Memory>();
    memory->a = levels_of(pixels, channels + gap, channels, 8);
    memory->b = levels_of(pixels, channels + gap, channels, 9);
    memory->floats = Array<float>(dst_bytes(pixels, channels + gap));
    for (std::size_t i = 0; i < memory->floats.size(); ++i)
        memory->floats[i] = static_cast<float>(memory->b[i]) * 0.5F - 40;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::array<float, 5> odd = {NAN, kInfinity, -kInfinity, 3e38F, 0.25F};
    for (std::size_t i = 0; i < odd.size() && 3 * i < memory->floats.size(); ++i)
        memory->floats[3 * i] = odd[i];
    memory->multipliers = Array<std::int32_t>(256);
    for (int i = 0; i < 256; ++i)
        memory->multipliers[static_cast<std::size_t>(i)] =
            static_cast<int>(std::lround(65536 * std::exp((i - 255) * 0.05)));
    return {fmt::format("{}/{}x{}_gap{}", name, pixels, channels, gap), double(pixels) * channels,
            bytes * dst_bytes(pixels, channels + gap), measured,
            [=](const Table& table, std::uint8_t* dst) {
                call(table, *memory, dst, 0, pixels / 2);
                call(table, *memory, dst, pixels / 2, pixels);
            }};
}

void add_each(std::vector<LevelCase>& cases, int pixels, int channels, int gap, bool measured) {
    const std::ptrdiff_t stride = channels + gap;
    for (const std::ptrdiff_t b_stride : {stride, std::ptrdiff_t{0}}) {
        cases.push_back(
            each(b_stride ? "add_i8" : "add_i8/pixel", pixels, channels, gap, 1, measured,
                 [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
                     t.add_i8({m.a.data(), stride, m.b.data(), b_stride, dst, stride, channels,
                               21845, 32767, -(130 * 32767), 15, 3, 250},
                              begin, end);
                 }));
        cases.push_back(
            each(b_stride ? "mul_i8" : "mul_i8/pixel", pixels, channels, gap, 1, measured,
                 [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
                     t.mul_i8({m.a.data(), stride, m.b.data(), b_stride, dst, stride, channels, 128,
                               5, 16383, (100 << 22) + (1 << 21), 22, 3, 250},
                              begin, end);
                 }));
    }
    cases.push_back(
        each("lookup_i8", pixels, channels, gap, 1, measured,
             [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
                 alignas(64) std::uint8_t table[256];
                 for (int i = 0; i < 256; ++i) table[i] = static_cast<std::uint8_t>(i * 77 + 3);
                 t.lookup_i8({m.a.data(), stride, dst, stride, channels, table}, begin, end);
             }));
    cases.push_back(
        each("softmax_i8", pixels, channels, gap, 1, measured,
             [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
                 t.softmax_i8({m.a.data(), stride, dst, stride, channels, m.multipliers.data()},
                              begin, end);
             }));
    cases.push_back(each(
        "quantize_i8", pixels, channels, gap, 1, measured,
        [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
            t.quantize_i8({m.floats.data(), stride, dst, stride, channels, 3.0F, 30}, begin, end);
        }));
    cases.push_back(each(
        "dequantize_i8", pixels, channels, gap, sizeof(float), measured,
        [=](const Table& t, const Memory& m, std::uint8_t* dst, auto begin, auto end) {
            t.dequantize_i8(
                {m.a.data(), stride, reinterpret_cast<float*>(dst), stride, channels, 0.37F, 200},
                begin, end);
        }));
}

void add_pointwise(std::vector<LevelCase>& cases) {
    for (const int out : {1, 5, 8, 15, 16, 17, 24, 31, 33, 49, 64, 80, 129})
        for (const int in : {1, 3, 4, 6, 16, 45})
            for (const int pixels : {1, 2, 3, 7, 13, 50})
                cases.push_back(conv1x1(pixels, in, out, out % 3, in % 4));
    for (int out = 8; out <= 64; out += 8)  // two blocks of every size
        for (int pixels = 2; pixels <= 34; pixels += 2)
            cases.push_back(conv1x1(pixels, 8, out, 0, 1));
    for (const int in : {4, 67, 200})
        for (const int out : {7, 40}) cases.push_back(conv1x1(29, in, out, 1, 1, Kind::Extreme));
    cases.push_back(conv1x1(5, 5000, 20, 0, 0, Kind::Extreme));
    for (const auto& [pixels, in, out] : {std::array{128 * 128, 32, 64},
                                          {64 * 64, 24, 96},
                                          {64 * 64, 96, 24},
                                          {64 * 64, 120, 40},
                                          {32 * 32, 192, 40},
                                          {40 * 40, 30, 30},
                                          {56 * 56, 24, 144},
                                          {14 * 14, 576, 96},
                                          {49, 160, 960},
                                          {100, 245, 1024}})
        cases.push_back(conv1x1(pixels, in, out, 0, 0, Kind::Any, true));
}

void add_windows(std::vector<LevelCase>& cases) {
    for (const int channels : {1, 3, 8, 16, 24, 30, 36, 70})
        for (const int dilation : {1, 2, 4})
            for (const int stride : {1, 2})
                cases.push_back(window({11, 19, channels, channels, 3, 3, stride, dilation,
                                        dilation, channels % 4, channels % 3},
                                       true));
    // Every length of a line, with windows that leave it on both sides.
    for (const int kernel : {1, 2, 3, 5, 7})
        for (const int width : {1, 2, 3, 4, 7, 14, 33})
            for (const int channels : {5, 16, 40})
                for (const int stride : {1, 2, 3})
                    cases.push_back(window({4, width, channels, channels, kernel, kernel, stride, 1,
                                            kernel / 2, channels % 2, width % 2},
                                           true));
    cases.push_back(window({9, 9, 6, 6, 3, 9, 1, 1, 2, 0, 0, Kind::Extreme}, true));
    cases.push_back(window({9, 200, 33, 33, 5, 5, 1, 1, 2, 0, 0, Kind::Extreme}, true));
    cases.push_back(window({4, 5, 8, 8, 3, 3, 1, 8, 8}, true));  // hardly a tap inside
    cases.push_back(window({8, 21, 20, 20, 3, 3, 2, 1, 1, 0, 0, Kind::Any, false, 1}, true));
    cases.push_back(window({9, 21, 20, 20, 5, 5, 1, 1, 2, 0, 0, Kind::Any, false, 2}, true));
    cases.push_back(window({64, 64, 16, 16, 3, 3, 1, 8, 8, 48, 48, Kind::Any, true}, true));
    cases.push_back(window({64, 64, 40, 40, 3, 3, 1, 4, 4, 80, 80, Kind::Any, true}, true));
    cases.push_back(window({129, 129, 16, 16, 3, 3, 2, 1, 0, 48, 0, Kind::Any, true}, true));
    cases.push_back(window({20, 20, 245, 245, 5, 5, 1, 1, 2, 0, 0, Kind::Any, true}, true));
    cases.push_back(window({14, 14, 512, 512, 3, 3, 1, 1, 1, 0, 0, Kind::Any, true}, true));

    for (const int in : {1, 3, 4, 6, 10})
        for (const int out : {4, 16, 24, 40})
            for (const int dilation : {1, 2})
                for (const int stride : {1, 2})
                    cases.push_back(
                        window({9, 17, in, out, 3, 3, stride, dilation, 1, in % 2, 1}, false));
    for (const int width : {1, 2, 5, 9, 13, 50})
        for (const int stride : {1, 2})
            cases.push_back(window({1, width, 12, 36, 1, 9, stride, 1, 4}, false));
    cases.push_back(window({2, 3, 4, 5, 5, 5, 1, 2, 5}, false));  // hardly a tap inside
    cases.push_back(window({6, 6, 700, 20, 3, 3, 1, 1, 1, 0, 0, Kind::Extreme}, false));
    cases.push_back(window({7, 300, 3, 20, 7, 7, 2, 1, 3}, false));
    cases.push_back(window({257, 257, 3, 32, 3, 3, 2, 1, 0, 0, 0, Kind::Any, true}, false));
    cases.push_back(window({1, 49, 24, 24, 1, 9, 1, 1, 4, 0, 0, Kind::Any, true}, false));
}

}  // namespace

std::vector<LevelCase> level_cases() {
    std::vector<LevelCase> cases;
    add_pointwise(cases);
    add_windows(cases);
    for (const bool average : {false, true}) {
        for (const int channels : {1, 5, 24, 37, 70, 130})
            for (const int stride : {1, 2})
                cases.push_back(pool(average, {7, 10, channels, channels, 3, 3, stride, 1,
                                               stride % 2, channels % 3, 1}));
        cases.push_back(pool(average, {9, 7, 20, 20, 9, 7, 1, 1, 0}));  // global
    }
    cases.push_back(pool(false, {160, 160, 24, 24, 3, 3, 2, 1, 1, 0, 0, Kind::Any, true}));
    cases.push_back(pool(true, {7, 7, 1280, 1280, 7, 7, 1, 1, 0, 0, 0, Kind::Any, true}));
    for (const int channels : {1, 2, 8, 13, 40, 70})
        for (const int to : {5, 16, 19}) cases.push_back(resize(8, to, channels, channels % 3, 1));
    cases.push_back(resize(64, 256, 1, 0, 0, true));
    cases.push_back(resize(32, 64, 40, 0, 40, true));
    for (const int channels : {1, 2, 11, 33, 100})
        for (const int gap : {0, 3}) add_each(cases, 21, channels, gap, false);
    add_each(cases, 400, 245, 0, true);
    return cases;
}

}  // namespace tarsier::kernels
