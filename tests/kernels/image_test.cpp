// SPDX-License-Identifier: Apache-2.0
// Every image kernel, every level of this processor, against the scalar level.
#include <gtest/gtest.h>
#include <tarsier/kernels/kernels.h>

#include <cstring>
#include <random>
#include <vector>

namespace tarsier::kernels {
namespace {

/// The number of values that a case works on: below, at and above the widths of the vectors.
constexpr int kSizes[] = {1, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 333};
constexpr int kGuard = 64;  // bytes behind the result that no kernel may touch

template <class T>
std::vector<T> random(std::size_t n, int low, int high, unsigned seed) {
    std::mt19937 engine(seed);
    std::uniform_int_distribution<int> value(low, high);
    std::vector<T> result(n);
    for (T& x : result) x = static_cast<T>(value(engine));
    return result;
}

/// Runs `body(table, out)` on the scalar level and on every other one and wants the same bytes, the
/// ones behind the result included.
template <class T, class Body>
void expect_same_on_every_level(std::size_t results, Body body) {
    const Level* scalar = levels().begin();
    std::vector<T> expected(results + kGuard, T{55});
    body(table_at(*scalar), expected.data());
    for (std::size_t i = results; i < expected.size(); ++i) ASSERT_EQ(expected[i], T{55});
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        std::vector<T> got(results + kGuard, T{55});
        body(table_at(level), got.data());
        for (std::size_t i = 0; i < got.size(); ++i)
            ASSERT_EQ(got[i], expected[i]) << level.name << " at " << i << " of " << results;
    }
}

TEST(ImageKernels, BlendsRowsTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int taps : {2, 4, 6}) {
            std::vector<std::vector<std::uint8_t>> rows;
            std::vector<const std::uint8_t*> pointers;
            for (int k = 0; k < taps; ++k)
                rows.push_back(random<std::uint8_t>(static_cast<std::size_t>(n), 0, 255,
                                                    static_cast<unsigned>(k)));
            for (auto& row : rows) pointers.push_back(row.data());
            rows[0].assign(rows[0].size(), 255);
            rows[1].assign(rows[1].size(), 255);
            std::vector<std::int8_t> weights(static_cast<std::size_t>(taps), 0);
            weights[0] = 127;
            weights[1] = 1;
            if (taps == 6) weights = {30, 30, 30, 20, 18, 0};
            expect_same_on_every_level<std::int16_t>(
                static_cast<std::size_t>(n), [&](const Table& t, std::int16_t* out) {
                    t.blend_rows_u8(pointers.data(), weights.data(), taps, out, n);
                });
        }
}

TEST(ImageKernels, ReducesColumnsTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int taps : {8, 16}) {
            const auto count = static_cast<std::size_t>(n);
            const auto src = random<std::int16_t>(count * 5 + 64, 0, 32640, 1);
            const auto first = random<std::int32_t>(count, 0, n * 5 - 1, 2);
            const auto weights =
                random<std::int16_t>(count * static_cast<std::size_t>(taps), 0, 16384 / taps, 3);
            expect_same_on_every_level<std::int32_t>(count, [&](const Table& t, std::int32_t* out) {
                t.reduce_s16(src.data(), first.data(), weights.data(), taps, out, n);
            });
        }
}

TEST(ImageKernels, ReducesPairsTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int taps : {4, 8}) {
            const auto count = static_cast<std::size_t>(n);
            const auto src = random<std::int16_t>(count * 6 + 64, 0, 32640, 1);
            const auto first = random<std::int32_t>(count, 0, n * 3 - 1, 2);
            const auto weights =
                random<std::int16_t>(count * static_cast<std::size_t>(taps), 0, 16384 / taps, 3);
            expect_same_on_every_level<std::int32_t>(2 * count, [&](const Table& t,
                                                                    std::int32_t* out) {
                t.reduce_pairs_s16(src.data(), first.data(), weights.data(), taps, out, out + n, n);
            });
        }
}

TEST(ImageKernels, PicksEveryChannelTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int channels : {3, 4}) {
            const auto src =
                random<std::int16_t>(static_cast<std::size_t>(n * channels) + 64, 0, 32640, 1);
            expect_same_on_every_level<std::int16_t>(
                static_cast<std::size_t>(n), [&](const Table& t, std::int16_t* out) {
                    t.pick_s16(src.data() + 1, channels, out, n);
                });
        }
}

TEST(ImageKernels, MixesChannelsWithin1e6OnEveryLevel) {
    const float m[12] = {3e-9f,  0,    2e-9f, -0.1f, 2e-9f, -1e-9f,
                         -1e-9f, 0.3f, 1e-9f, 4e-9f, 0,     -0.5f};
    for (const int n : kSizes) {
        const auto count = static_cast<std::size_t>(n);
        const auto p = random<std::int32_t>(3 * count, 0, 32640 * 16384, 1);
        std::vector<float> expected(3 * count);
        table_at(*levels().begin())
            .mix3_f32(p.data(), p.data() + n, p.data() + 2 * n, m, expected.data(), n);
        for (const Level& level : levels()) {
            if (!level.supported()) continue;
            std::vector<float> got(3 * count + 1, 9.0f);
            table_at(level).mix3_f32(p.data(), p.data() + n, p.data() + 2 * n, m, got.data(), n);
            for (std::size_t i = 0; i < 3 * count; ++i)
                ASSERT_NEAR(got[i], expected[i], 1e-6f) << level.name << " at " << i;
            EXPECT_EQ(got[3 * count], 9.0f);
        }
    }
}

TEST(ImageKernels, LerpsRowsTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int weight : {0, 1, 16384, 20000, 32767}) {
            const auto count = static_cast<std::size_t>(n);
            const auto a = random<std::int16_t>(count, -16383, 16383, 1);
            const auto b = random<std::int16_t>(count, -16383, 16383, 2);
            expect_same_on_every_level<std::int16_t>(count, [&](const Table& t, std::int16_t* out) {
                t.lerp_s16(a.data(), b.data(), weight, out, n);
            });
        }
}

TEST(ImageKernels, StretchesRowsTheSameOnEveryLevel) {
    for (const int n : kSizes) {
        const auto count = static_cast<std::size_t>(n);
        const auto src = random<std::int16_t>(count + 1, 0, 16320, 1);
        const auto index = random<std::int32_t>(count, 0, n - 1, 2);
        const auto weight = random<std::int16_t>(count, 0, 64, 3);
        expect_same_on_every_level<std::uint8_t>(count, [&](const Table& t, std::uint8_t* out) {
            t.stretch_s16_u8(src.data(), index.data(), weight.data(), out, n);
        });
    }
}

TEST(ImageKernels, AppliesTheGuideTheSameOnEveryLevel) {
    for (const int n : kSizes) {
        const auto count = static_cast<std::size_t>(n);
        const auto guide = random<std::uint8_t>(count, 0, 255, 1);
        const auto a = random<std::int16_t>(count + 1, -16383, 16383, 2);
        const auto b = random<std::int16_t>(count + 1, -16383, 16383, 3);
        const auto index = random<std::int32_t>(count, 0, n - 1, 4);
        const auto weight = random<std::int16_t>(count, 0, 64, 5);
        expect_same_on_every_level<std::uint8_t>(count, [&](const Table& t, std::uint8_t* out) {
            t.guided_row_u8(guide.data(), a.data(), b.data(), index.data(), weight.data(), out, n);
        });
    }
}

TEST(ImageKernels, BlendsExactlyOnEveryLevelForEveryTripleOfBytes) {
    std::vector<std::uint8_t> fg(256 * 256);
    std::vector<std::uint8_t> bg(256 * 256);
    for (std::size_t i = 0; i < fg.size(); ++i) {
        fg[i] = static_cast<std::uint8_t>(i);
        bg[i] = static_cast<std::uint8_t>(i >> 8);
    }
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        const Table t = table_at(level);
        for (int a = 0; a < 256; ++a) {
            const std::vector<std::uint8_t> alpha(fg.size(), static_cast<std::uint8_t>(a));
            std::vector<std::uint8_t> got(fg.size());
            t.blend_u8(fg.data(), bg.data(), alpha.data(), got.data(), static_cast<int>(fg.size()));
            for (std::size_t i = 0; i < fg.size(); ++i)
                ASSERT_EQ(got[i], (2 * (fg[i] * a + bg[i] * (255 - a)) + 255) / 510)
                    << level.name << " fg " << int{fg[i]} << " bg " << int{bg[i]} << " a " << a;
        }
    }
}

TEST(ImageKernels, BlendsTailsTheSameOnEveryLevel) {
    for (const int n : kSizes) {
        const auto count = static_cast<std::size_t>(n);
        const auto fg = random<std::uint8_t>(count, 0, 255, 1);
        const auto bg = random<std::uint8_t>(count, 0, 255, 2);
        const auto alpha = random<std::uint8_t>(count, 0, 255, 3);
        expect_same_on_every_level<std::uint8_t>(count, [&](const Table& t, std::uint8_t* out) {
            t.blend_u8(fg.data(), bg.data(), alpha.data(), out, n);
        });
    }
}

TEST(ImageKernels, HalvesRowsTheSameOnEveryLevel) {
    for (const int n : kSizes) {
        const auto count = static_cast<std::size_t>(n);
        const auto top = random<std::uint8_t>(2 * count, 0, 255, 1);
        const auto bottom = random<std::uint8_t>(2 * count, 0, 255, 2);
        expect_same_on_every_level<std::uint8_t>(count, [&](const Table& t, std::uint8_t* out) {
            t.halve_u8(top.data(), bottom.data(), out, n);
        });
    }
}

TEST(ImageKernels, RepeatsBytesTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int times : {2, 3, 4}) {
            const auto src = random<std::uint8_t>(static_cast<std::size_t>(n), 0, 255, 1);
            expect_same_on_every_level<std::uint8_t>(
                static_cast<std::size_t>(n * times),
                [&](const Table& t, std::uint8_t* out) { t.repeat_u8(src.data(), times, out, n); });
        }
}

TEST(ImageKernels, WeighsLumaTheSameOnEveryLevel) {
    for (const int n : kSizes)
        for (const int channels : {3, 4})
            for (const int red : {0, 2}) {
                const auto src =
                    random<std::uint8_t>(static_cast<std::size_t>(n * channels), 0, 255, 1);
                expect_same_on_every_level<std::uint8_t>(
                    static_cast<std::size_t>(n), [&](const Table& t, std::uint8_t* out) {
                        t.luma_u8(src.data(), channels, red, out, n);
                    });
            }
}

}  // namespace
}  // namespace tarsier::kernels
