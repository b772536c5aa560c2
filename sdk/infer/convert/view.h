// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph.h"

namespace tarsier::infer::convert {

using Dims = std::vector<std::int64_t>;

/// Values that a tensor may have; products of dimensions are kept below while they are computed.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;
/// Values of a constant that is computed while converting.
inline constexpr std::int64_t kMaxComputed = std::int64_t{1} << 20;

/// The product of the dimensions.
std::int64_t elements(const Dims& dims);

/// How values lie in memory: as a picture (channels last, dimensions [1,C,H,W], [1,C,W] or [1,C])
/// or in the order of their dimensions.
enum class Layout { Picture, Plain };

/// A loop over a value of the graph: how often it runs, and how many pixels and channels one round
/// moves on.
struct Loop {
    std::int64_t count = 1;
    std::int64_t pixels = 0;
    std::int64_t channels = 0;

    bool operator==(const Loop&) const = default;
};

/// An ONNX tensor as loops, outermost first, over a value of the graph. What only moves values
/// (transposes, reshapes, slices, splits, shuffles) changes the loops; nothing is copied before
/// somebody needs the values in a certain order.
struct View {
    std::string source;
    std::int64_t pixel = 0;
    std::int64_t channel = 0;
    std::vector<Loop> loops;
    Dims dims;

    bool operator==(const View&) const = default;
};

/// Whether dimensions can be those of a picture: [1,C,H,W], [1,C,W] or [1,C].
bool is_picture(const Dims& dims);
/// The value that holds such dimensions as a picture.
Value picture_shape(const Dims& dims);
/// The value that holds dimensions in their order; empty where a side is larger than values may be.
std::optional<Value> plain_shape(const Dims& dims);

/// All of a value.
View whole(const std::string& name, const Value& value, const Dims& dims, Layout layout);

/// The loops of each dimension; empty where a dimension begins within a loop.
std::optional<std::vector<std::vector<Loop>>> loops_by_dimension(const View& view);
/// Loops without those that run once, neighbours that continue each other made one.
std::vector<Loop> simplified(const std::vector<Loop>& loops);

/// Whether the view reads each value of its source once and in the order of its memory.
bool in_memory_order(const View& view, const Value& source);
/// Whether the view reads each value of its source once, in whatever order.
bool covers(const View& view, const Value& source);

// The following return nothing where the loops do not fit; they do once the view was materialised.

std::optional<View> transposed(const View& view, const std::vector<std::size_t>& order);
/// `count` entries of a dimension from `first` on, every `step`-th; step may be negative.
std::optional<View> sliced(const View& view, std::size_t axis, std::int64_t first,
                           std::int64_t count, std::int64_t step);
/// Dimensions of 1 repeated; `dims` has at least as many as the view, aligned at the end.
std::optional<View> expanded(const View& view, const Dims& dims);

/// Makes a value whose memory holds the view in the wanted layout, with as little copying as it
/// takes. Returns its name; empty where it cannot be. The layout Picture wants is_picture(dims).
std::string materialize(Graph& graph, const std::string& node_name, const View& view,
                        Layout layout);

}  // namespace tarsier::infer::convert
