// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#ifdef TARSIER_HAVE_XNNPACK
#include <pthreadpool.h>
#include <xnnpack.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "ops/resize.h"
#include "xnnpack_graph.h"
#endif

namespace tarsier::peers {

#ifdef TARSIER_HAVE_XNNPACK
namespace {

using infer::convert::Graph;
using infer::convert::Node;
using Place = GraphMemory::Place;

struct Call {
    xnn_operator_t op = nullptr;
    xnn_status created = xnn_status_unsupported_parameter;
    xnn_status set_up = xnn_status_unsupported_parameter;
};

std::uint32_t integer(const Node& node, const char* key, double otherwise) {
    return static_cast<std::uint32_t>(node.number(key, otherwise));
}

float bound(const Node& node, const char* key, float otherwise) {
    return static_cast<float>(node.number(key, otherwise));
}

/// [out][in][taps] to [out][taps][in].
std::vector<float> taps_first(const Node& node, std::size_t inputs, std::size_t taps) {
    std::vector<float> out(node.weights.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t tap = i % taps;
        const std::size_t in = i / taps % inputs;
        out[(i / taps / inputs * taps + tap) * inputs + in] = node.weights[i];
    }
    return out;
}

Call convolution(const Node& node, const Place& in, const Place& out, pthreadpool_t pool) {
    const bool depthwise = node.op == "depthwise";
    const std::uint32_t height = integer(node, "kernel_h", 1);
    const std::uint32_t width = integer(node, "kernel_w", 1);
    const std::vector<float> weights =
        taps_first(node, depthwise ? 1 : in.channels, std::size_t{height} * width);
    Call call;
    call.created = xnn_create_convolution2d_nhwc_f32(
        integer(node, "pad_top", 0), integer(node, "pad_right", 0), integer(node, "pad_bottom", 0),
        integer(node, "pad_left", 0), height, width, integer(node, "stride_h", 1),
        integer(node, "stride_w", 1), integer(node, "dilation_h", 1),
        integer(node, "dilation_w", 1), depthwise ? static_cast<std::uint32_t>(in.channels) : 1,
        depthwise ? 1 : in.channels, depthwise ? 1 : out.channels, in.stride, out.stride,
        weights.data(), node.bias.data(), bound(node, "min", -INFINITY),
        bound(node, "max", INFINITY), 0, &call.op);
    if (call.op)
        call.set_up = xnn_setup_convolution2d_nhwc_f32(call.op, 1, in.height, in.width, in.data,
                                                       out.data, pool);
    return call;
}

Call max_pool(const Node& node, const Place& in, const Place& out, pthreadpool_t pool) {
    Call call;
    call.created = xnn_create_max_pooling2d_nhwc_f32(
        integer(node, "pad_top", 0), integer(node, "pad_right", 0), integer(node, "pad_bottom", 0),
        integer(node, "pad_left", 0), integer(node, "kernel_h", 1), integer(node, "kernel_w", 1),
        integer(node, "stride_h", 1), integer(node, "stride_w", 1), 1, 1, in.channels, in.stride,
        out.stride, -INFINITY, INFINITY, 0, &call.op);
    if (call.op)
        call.set_up = xnn_setup_max_pooling2d_nhwc_f32(call.op, 1, in.height, in.width, in.data,
                                                       out.data, pool);
    return call;
}

Call global_average(const Place& in, const Place& out, pthreadpool_t pool) {
    Call call;
    if (out.pixels() != 1) return call;
    call.created = xnn_create_global_average_pooling_nwc_f32(in.channels, in.stride, out.stride,
                                                             -INFINITY, INFINITY, 0, &call.op);
    if (call.op)
        call.set_up = xnn_setup_global_average_pooling_nwc_f32(call.op, 1, in.pixels(), in.data,
                                                               out.data, pool);
    return call;
}

Call add_or_mul(const Node& node, const Place& a, const Place& b, const Place& out,
                pthreadpool_t pool) {
    Call call;
    if (!a.dense() || !b.dense() || !out.dense()) return call;
    const std::array<std::size_t, 3> a_dims = {a.height, a.width, a.channels};
    const std::array<std::size_t, 3> b_dims = {b.height, b.width, b.channels};
    const bool add = node.op == "add";
    call.created = (add ? xnn_create_add_nd_f32 : xnn_create_multiply_nd_f32)(
        bound(node, "min", -INFINITY), bound(node, "max", INFINITY), 0, &call.op);
    if (call.op)
        call.set_up = (add ? xnn_setup_add_nd_f32 : xnn_setup_multiply_nd_f32)(
            call.op, 3, a_dims.data(), 3, b_dims.data(), a.data, b.data, out.data, pool);
    return call;
}

Call linear_resize(const Node& node, const Place& in, const Place& out, pthreadpool_t pool) {
    Call call;
    const auto coordinates = static_cast<int>(node.number("coordinates", 0));
    if (!node.interpolates() || coordinates == infer::kPytorchHalfPixel) return call;
    const std::uint32_t flags = coordinates == infer::kAsymmetric ? XNN_FLAG_TENSORFLOW_LEGACY_MODE
                                : coordinates == infer::kAlignCorners ? XNN_FLAG_ALIGN_CORNERS
                                                                      : 0;
    call.created =
        xnn_create_resize_bilinear2d_nhwc_f32(in.channels, in.stride, out.stride, flags, &call.op);
    if (call.op)
        call.set_up = xnn_setup_resize_bilinear2d_nhwc_f32(
            call.op, 1, in.height, in.width, out.height, out.width, in.data, out.data, pool);
    return call;
}

/// `rows` runs of `length` floats, each `in_stride` and `out_stride` behind the one before.
Call copy(std::size_t rows, std::size_t length, const float* in, std::size_t in_stride, float* out,
          std::size_t out_stride, pthreadpool_t pool) {
    Call call;
    call.created = xnn_create_copy_nc_x32(length, in_stride, out_stride, 0, &call.op);
    if (call.op) call.set_up = xnn_setup_copy_nc_x32(call.op, rows, in, out, pool);
    return call;
}

Call clamp(const Node& node, const Place& in, const Place& out, pthreadpool_t pool) {
    if (!node.clamped())
        return copy(in.pixels(), in.channels, in.data, in.stride, out.data, out.stride, pool);
    Call call;
    call.created =
        xnn_create_clamp_nc_f32(in.channels, in.stride, out.stride, bound(node, "min", -INFINITY),
                                bound(node, "max", INFINITY), 0, &call.op);
    if (call.op)
        call.set_up = xnn_setup_clamp_nc_f32(call.op, in.pixels(), in.data, out.data, pool);
    return call;
}

Call shuffle(const Node& node, const Place& in, const Place& out, pthreadpool_t pool) {
    Call call;
    const std::size_t step = integer(node, "step", 1);
    call.created = xnn_create_channel_shuffle_nc_x32(in.channels / step, step, in.stride,
                                                     out.stride, 0, &call.op);
    if (call.op)
        call.set_up =
            xnn_setup_channel_shuffle_nc_x32(call.op, in.pixels(), in.data, out.data, pool);
    return call;
}

/// Each pixel, or each row, as often as the output is larger.
std::vector<Call> repeat(const Place& in, const Place& out, bool rows, pthreadpool_t pool) {
    const std::size_t factor = out.pixels() / in.pixels();
    const std::size_t length = in.channels * (rows ? in.width : 1);
    std::vector<Call> calls;
    for (std::size_t i = 0; i < factor && in.dense() && out.dense(); ++i)
        calls.push_back(copy(in.pixels() * in.channels / length, length, in.data, length,
                             out.data + i * length, factor * length, pool));
    return calls;
}

template <auto Create, auto SetUp>
Call each_pixel(const Place& in, const Place& out, pthreadpool_t pool) {
    Call call;
    call.created = Create(in.channels, in.stride, out.stride, 0, &call.op);
    if (call.op) call.set_up = SetUp(call.op, in.pixels(), in.data, out.data, pool);
    return call;
}

/// Empty, or a call that was not created, where XNNPACK has no such operator.
std::vector<Call> calls_of(const Node& node, const std::vector<Place>& in, const Place& out,
                           pthreadpool_t pool) {
    if (node.convolves()) return {convolution(node, in[0], out, pool)};
    if (node.op == "add" || node.op == "mul") return {add_or_mul(node, in[0], in[1], out, pool)};
    if (node.op == "max_pool") return {max_pool(node, in[0], out, pool)};
    if (node.op == "average_pool") return {global_average(in[0], out, pool)};
    if (node.op == "resize") return {linear_resize(node, in[0], out, pool)};
    if (node.op == "clamp") return {clamp(node, in[0], out, pool)};
    if (node.op == "shuffle") return {shuffle(node, in[0], out, pool)};
    if (node.op == "repeat_columns" || node.op == "repeat_rows")
        return repeat(in[0], out, node.op == "repeat_rows", pool);
    if (node.op == "sigmoid")
        return {each_pixel<xnn_create_sigmoid_nc_f32, xnn_setup_sigmoid_nc_f32>(in[0], out, pool)};
    if (node.op == "softmax")
        return {each_pixel<xnn_create_softmax_nc_f32, xnn_setup_softmax_nc_f32>(in[0], out, pool)};
    return {};
}

/// Channels first to channels last.
std::vector<float> channels_last(const std::vector<float>& values, const Place& place) {
    std::vector<float> out(values.size());
    for (std::size_t c = 0; c < place.channels; ++c)
        for (std::size_t p = 0; p < place.pixels(); ++p)
            out[p * place.channels + c] = values[c * place.pixels() + p];
    return out;
}

bool is_picture(const infer::TensorInfo& info) {
    return info.shape.rank() == 4 && info.shape[0] == 1;
}

class XnnPack : public Runner {
  public:
    XnnPack(const Network& network, int threads)
        : graph_(for_xnnpack(*network.graph)),
          memory_(graph_),
          pool_(threads > 1 ? pthreadpool_create(static_cast<std::size_t>(threads)) : nullptr) {}

    ~XnnPack() override {
        for (const Call& call : calls_) xnn_delete_operator(call.op);
        pthreadpool_destroy(pool_);
    }
    XnnPack(const XnnPack&) = delete;
    XnnPack& operator=(const XnnPack&) = delete;

    Status load(const Network& network) {
        for (Node& node : graph_.nodes) {
            std::vector<Place> inputs;
            for (const std::string& input : node.inputs) inputs.push_back(memory_.place(input));
            const auto calls = calls_of(node, inputs, memory_.place(node.output), pool_);
            bool good = !calls.empty();
            for (const Call& call : calls) {
                if (call.op) calls_.push_back(call);
                good =
                    good && call.created == xnn_status_success && call.set_up == xnn_status_success;
            }
            if (!good) return {Code::Unsupported, "operator " + node.op + " '" + node.name + "'"};
            node.weights = {};  // XNNPACK keeps its own copy
        }
        for (const auto& port : graph_.inputs)
            for (const Input& input : network.inputs) {
                if (input.name != port.info.name) continue;
                const Place place = memory_.place(port.value);
                inputs_.push_back(
                    {is_picture(port.info) ? channels_last(input.values, place) : input.values,
                     place.data});
            }
        return Ok{};
    }

    Status run() override {
        for (const Fed& fed : inputs_)
            std::memcpy(fed.to, fed.values.data(), fed.values.size() * sizeof(float));
        for (const Call& call : calls_)
            if (xnn_run_operator(call.op, pool_) != xnn_status_success)
                return {Code::Internal, "xnn_run_operator fails"};
        return Ok{};
    }

    std::vector<float> output(std::size_t i) override {
        const auto& port = graph_.outputs[i];
        const Place place = memory_.place(port.value);
        std::vector<float> values(place.pixels() * place.channels);
        const bool picture = is_picture(port.info);
        for (std::size_t p = 0; p < place.pixels(); ++p)
            for (std::size_t c = 0; c < place.channels; ++c)
                values[picture ? c * place.pixels() + p : p * place.channels + c] =
                    place.data[p * place.stride + c];
        return values;
    }

  private:
    struct Fed {
        std::vector<float> values;  ///< as the network reads them
        float* to;
    };

    Graph graph_;
    GraphMemory memory_;
    pthreadpool_t pool_;
    std::vector<Call> calls_;
    std::vector<Fed> inputs_;
};

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    auto runner = std::make_unique<XnnPack>(network, threads);
    TARSIER_CHECK(runner->load(network));
    return std::unique_ptr<Runner>(std::move(runner));
}

}  // namespace

Result<Engine> xnnpack_engine() {
    if (xnn_initialize(nullptr) != xnn_status_success)
        return {Code::Unavailable, "XNNPACK does not run on this processor"};
    return Engine{"xnnpack",
                  "Debian's of February 2022, its operators in a row over reused memory, inputs "
                  "channels last, concat as strides",
                  load, true};
}
#else
Result<Engine> xnnpack_engine() {
    return {Code::Unavailable, "built without XNNPACK",
            "install libxnnpack-dev and libpthreadpool-dev and configure again"};
}
#endif

}  // namespace tarsier::peers
