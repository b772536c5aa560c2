// SPDX-License-Identifier: Apache-2.0
// The way from a camera frame to a network's input, against OpenCV's usual three steps. One thread.
#include <benchmark/benchmark.h>
#include <tarsier/kernels/model_input.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <vector>

namespace {

using tarsier::Image;
using tarsier::PixelFormat;
using tarsier::Size;

constexpr Size kFrame{1280, 720};
constexpr int kSide = 256;

Image frame(PixelFormat format) {
    Image image = *Image::allocate(kFrame, format);
    std::mt19937 engine(1);
    for (int p = 0; p < image.plane_count(); ++p)
        for (int y = 0; y < image.plane(p).height; ++y)
            for (std::uint8_t& byte : image.mutable_plane(p).row_span(y))
                byte = static_cast<std::uint8_t>(engine());
    return image;
}

void model_input(benchmark::State& state, PixelFormat format) {
    const Image image = frame(format);
    std::vector<float> out(kSide * kSide * 3);
    tarsier::kernels::ModelInput input(kSide, kSide);
    for (auto _ : state) {
        if (!input.write(image, out.data())) state.SkipWithError("refused");
        benchmark::DoNotOptimize(out.data());
    }
}

void opencv_nv12(benchmark::State& state, int interpolation) {
    cv::setNumThreads(1);
    cv::Mat nv12(kFrame.height * 3 / 2, kFrame.width, CV_8UC1);
    cv::randu(nv12, 0, 255);
    cv::Mat rgb;
    cv::Mat small;
    cv::Mat out;
    for (auto _ : state) {
        cv::cvtColor(nv12, rgb, cv::COLOR_YUV2RGB_NV12);
        cv::resize(rgb, small, {kSide, kSide}, 0, 0, interpolation);
        small.convertTo(out, CV_32FC3, 1.0 / 255);
        benchmark::DoNotOptimize(out.data);
    }
}

}  // namespace

BENCHMARK_CAPTURE(model_input, nv12, PixelFormat::Nv12)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(model_input, i420, PixelFormat::I420)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(model_input, rgb8, PixelFormat::Rgb8)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(opencv_nv12, linear, cv::INTER_LINEAR)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(opencv_nv12, area, cv::INTER_AREA)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
