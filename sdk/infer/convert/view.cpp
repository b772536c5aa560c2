// SPDX-License-Identifier: Apache-2.0
#include "view.h"

#include <algorithm>

#include "ops/permute.h"

namespace tarsier::infer::convert {
namespace {

constexpr std::int64_t kMaxSide = 16384;
constexpr std::int64_t kMaxChannels = 65536;

std::int64_t flat_step(const Loop& loop, const Value& source) {
    return loop.pixels * source.channels + loop.channels;
}

Loop outer_part(const Loop& loop, std::int64_t count) {
    const std::int64_t inner = loop.count / count;
    return {count, loop.pixels * inner, loop.channels * inner};
}

Loop inner_part(const Loop& loop, std::int64_t count) {
    return {count, loop.pixels, loop.channels};
}

void append(std::vector<Loop>& to, const std::vector<Loop>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

View flattened(View view) {
    view.dims.clear();
    for (const Loop& loop : view.loops) view.dims.push_back(loop.count);
    return view;
}

std::string add_node(Graph& graph, const std::string& name, const View& view, const Value& shape,
                     const char* op, std::map<std::string, double> attributes) {
    Node node;
    node.op = op;
    node.name = name;
    node.inputs = {view.source};
    node.output = graph.fresh(name + "/" + op);
    node.attributes = std::move(attributes);
    graph.values[node.output] = shape;
    graph.nodes.push_back(std::move(node));
    return graph.nodes.back().output;
}

std::string add_permute(Graph& graph, const std::string& name, const View& view, const Value& shape,
                        const std::vector<Loop>& loops) {
    if (loops.size() > static_cast<std::size_t>(kMaxLoops)) return {};
    std::map<std::string, double> attributes = {{"pixel", static_cast<double>(view.pixel)},
                                                {"channel", static_cast<double>(view.channel)}};
    for (std::size_t i = 0; i < loops.size(); ++i) {
        const int loop = static_cast<int>(i);
        attributes[loop_key("count", loop)] = static_cast<double>(loops[i].count);
        attributes[loop_key("pixels", loop)] = static_cast<double>(loops[i].pixels);
        attributes[loop_key("channels", loop)] = static_cast<double>(loops[i].channels);
    }
    return add_node(graph, name, view, shape, "permute", std::move(attributes));
}

/// The dimension that becomes the channels of a plain value: the last one, or the only one above 1.
std::size_t channel_dimension(const Dims& dims) {
    const auto large = [](std::int64_t dim) { return dim > 1; };
    if (std::count_if(dims.begin(), dims.end(), large) == 1)
        return static_cast<std::size_t>(std::find_if(dims.begin(), dims.end(), large) -
                                        dims.begin());
    return dims.size() - 1;
}

}  // namespace

std::int64_t elements(const Dims& dims) {
    std::int64_t product = 1;
    for (const std::int64_t dim : dims) product *= dim;
    return product;
}

bool is_picture(const Dims& dims) {
    return dims.size() >= 2 && dims.size() <= 4 && dims[0] == 1 && dims[1] <= kMaxChannels &&
           std::all_of(dims.begin() + 2, dims.end(), [](auto dim) { return dim <= kMaxSide; });
}

Value picture_shape(const Dims& dims) {
    Value value;
    value.channels = static_cast<int>(dims[1]);
    value.height = dims.size() == 4 ? static_cast<int>(dims[2]) : 1;
    value.width = dims.size() > 2 ? static_cast<int>(dims.back()) : 1;
    return value;
}

std::optional<Value> plain_shape(const Dims& dims) {
    if (dims.empty()) return Value{1, 1, 1, {}, 0};
    const std::size_t last = channel_dimension(dims);
    const std::int64_t channels = dims[last];
    std::int64_t rows = elements(dims) / channels;
    std::int64_t columns = 1;
    // Many rows need two sides; which of the dimensions they are does not matter to the memory.
    for (std::size_t i = dims.size(); rows > kMaxSide && i-- > 0;) {
        if (i == last || columns * dims[i] > kMaxSide) continue;
        columns *= dims[i];
        rows /= dims[i];
    }
    if (channels > kMaxChannels || rows > kMaxSide) return std::nullopt;
    return Value{
        static_cast<int>(channels), static_cast<int>(rows), static_cast<int>(columns), {}, 0};
}

View whole(const std::string& name, const Value& value, const Dims& dims, Layout layout) {
    View view;
    view.source = name;
    view.dims = dims;
    if (layout == Layout::Picture)
        view.loops = {{value.channels, 0, 1}, {value.height, value.width, 0}, {value.width, 1, 0}};
    else
        view.loops = {{std::int64_t{value.height} * value.width, 1, 0}, {value.channels, 0, 1}};
    return view;
}

std::optional<std::vector<std::vector<Loop>>> loops_by_dimension(const View& view) {
    std::vector<Loop> rest(view.loops.rbegin(), view.loops.rend());  // the next one is at the end
    std::vector<std::vector<Loop>> out;
    for (const std::int64_t dim : view.dims) {
        std::vector<Loop>& loops = out.emplace_back();
        for (std::int64_t missing = dim; missing > 1;) {
            if (rest.empty()) return std::nullopt;
            const Loop loop = rest.back();
            rest.pop_back();
            if (missing % loop.count == 0) {
                missing /= loop.count;
                if (loop.count > 1) loops.push_back(loop);
            } else if (loop.count % missing == 0) {
                loops.push_back(outer_part(loop, missing));
                rest.push_back(inner_part(loop, loop.count / missing));
                missing = 1;
            } else {
                return std::nullopt;
            }
        }
    }
    return out;
}

std::vector<Loop> simplified(const std::vector<Loop>& loops) {
    std::vector<Loop> out;
    for (const Loop& loop : loops) {
        if (loop.count == 1) continue;
        if (!out.empty() && out.back() == Loop{out.back().count, loop.pixels * loop.count,
                                               loop.channels * loop.count})
            out.back() = {out.back().count * loop.count, loop.pixels, loop.channels};
        else
            out.push_back(loop);
    }
    return out;
}

bool in_memory_order(const View& view, const Value& source) {
    std::int64_t next = 1;
    for (std::size_t i = view.loops.size(); i-- > 0;) {
        const Loop& loop = view.loops[i];
        if (loop.count == 1) continue;
        if (flat_step(loop, source) != next) return false;
        next *= loop.count;
    }
    return view.pixel == 0 && view.channel == 0 &&
           next == std::int64_t{source.height} * source.width * source.channels;
}

bool covers(const View& view, const Value& source) {
    View sorted = view;
    std::sort(sorted.loops.begin(), sorted.loops.end(), [&](const Loop& a, const Loop& b) {
        return flat_step(a, source) > flat_step(b, source);
    });
    return in_memory_order(sorted, source);
}

std::optional<View> transposed(const View& view, const std::vector<std::size_t>& order) {
    const auto loops = loops_by_dimension(view);
    if (!loops) return std::nullopt;
    View out = view;
    out.loops.clear();
    out.dims.clear();
    for (const std::size_t axis : order) {
        append(out.loops, (*loops)[axis]);
        out.dims.push_back(view.dims[axis]);
    }
    return out;
}

std::optional<View> sliced(const View& view, std::size_t axis, std::int64_t first,
                           std::int64_t count, std::int64_t step) {
    auto loops = loops_by_dimension(view);
    if (!loops) return std::nullopt;
    View out = view;
    out.dims[axis] = count;
    const auto move = [&](const Loop& loop, std::int64_t rounds) {
        out.pixel += loop.pixels * rounds;
        out.channel += loop.channels * rounds;
    };
    std::vector<Loop> kept;
    std::vector<Loop>& all = (*loops)[axis];
    std::int64_t inner = view.dims[axis];
    for (std::size_t i = 0; i < all.size(); ++i) {
        inner /= all[i].count;
        const Loop& loop = all[i];
        if (count == 1) {  // one round of each loop
            move(loop, first / inner);
            first %= inner;
        } else if (inner == 1 || (step == 1 && first % inner == 0 && count % inner == 0)) {
            move(loop, first / inner);
            const std::int64_t stride = inner == 1 ? step : 1;
            kept.push_back({count / inner, loop.pixels * stride, loop.channels * stride});
            append(kept, {all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()});
            break;
        } else if (step == 1 && first / inner == (first + count - 1) / inner) {
            move(loop, first / inner);
            first %= inner;
        } else {
            return std::nullopt;
        }
    }
    all = std::move(kept);
    out.loops.clear();
    for (const std::vector<Loop>& of_dimension : *loops) append(out.loops, of_dimension);
    return out;
}

std::optional<View> expanded(const View& view, const Dims& dims) {
    View padded = view;
    padded.dims.insert(padded.dims.begin(), dims.size() - view.dims.size(), 1);
    auto loops = loops_by_dimension(padded);
    if (!loops) return std::nullopt;
    View out = view;
    out.loops.clear();
    out.dims = dims;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (padded.dims[i] != dims[i]) (*loops)[i] = {{dims[i], 0, 0}};
        append(out.loops, (*loops)[i]);
    }
    return out;
}

std::string materialize(Graph& graph, const std::string& node_name, const View& view,
                        Layout layout) {
    const Value source = graph.values.at(view.source);
    const auto shape = layout == Layout::Picture ? std::optional(picture_shape(view.dims))
                                                 : plain_shape(view.dims);
    if (!shape) return {};
    const bool same_triple = shape->channels == source.channels && shape->height == source.height &&
                             shape->width == source.width;
    const bool both_layouts =
        layout == Layout::Plain || shape->channels == 1 || shape->height * shape->width == 1;
    if (both_layouts && in_memory_order(view, source))
        return same_triple ? view.source : add_node(graph, node_name, view, *shape, "reshape", {});
    const auto loops = loops_by_dimension(view);
    if (!loops) {
        // After a copy in the order of its own loops it is in memory order, and in the order of its
        // dimensions its loops are theirs.
        View copy = flattened(view);
        for (int i = 0; i < 2; ++i) {
            const std::string name = materialize(graph, node_name, copy, Layout::Plain);
            if (name.empty()) return {};
            copy = whole(name, graph.values.at(name), view.dims, Layout::Plain);
        }
        return layout == Layout::Plain ? copy.source : materialize(graph, node_name, copy, layout);
    }
    const std::size_t channels = view.dims.empty()           ? 0
                                 : layout == Layout::Picture ? 1
                                                             : channel_dimension(view.dims);
    std::vector<Loop> outer;
    for (std::size_t i = 0; i < loops->size(); ++i)
        if (i != channels) append(outer, (*loops)[i]);
    outer = simplified(outer);
    const std::vector<Loop> inner =
        loops->empty() ? std::vector<Loop>() : simplified((*loops)[channels]);
    const std::int64_t pixels = std::int64_t{source.height} * source.width;
    const bool all_pixels = view.pixel == 0 && shape->height == source.height &&
                            shape->width == source.width && outer == simplified({{pixels, 1, 0}});
    if (all_pixels && inner == simplified({{shape->channels, 0, 1}}))
        return same_triple ? view.source
                           : add_node(graph, node_name, view, *shape, "slice",
                                      {{"first_channel", static_cast<double>(view.channel)}});
    std::vector<Loop> all = outer;
    append(all, inner);
    return add_permute(graph, node_name, view, *shape, all);
}

}  // namespace tarsier::infer::convert
