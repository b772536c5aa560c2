// SPDX-License-Identifier: Apache-2.0
// What moves values and changes dimensions: all of it becomes views, which copy nothing by
// themselves.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "onnx_ops.h"

namespace tarsier::infer::convert {
namespace {

/// The same view after its values were copied into an order that any step can be applied to.
Result<View> copied(NodeReader& node, const View& view) {
    TARSIER_TRY(const Operand copy, node.in_memory(view, Layout::Plain));
    return whole(copy.name, copy.shape, view.dims, Layout::Plain);
}

/// A tensor or a constant takes other dimensions.
Status set_dims(NodeReader& node, Dims dims) {
    const std::int64_t count = elements(dims);
    if (const Array* constant = node.array(0)) {
        if (count != static_cast<std::int64_t>(constant->size()))
            return node.damaged("its dimensions do not fit its input");
        Array out = *constant;
        out.dims = std::move(dims);
        return node.set_output(std::move(out));
    }
    TARSIER_TRY(View view, node.tensor(0));
    if (count != elements(view.dims))
        return node.damaged(
            fmt::format("{} does not become {}", fmt::join(view.dims, "x"), fmt::join(dims, "x")));
    view.dims = std::move(dims);
    return node.set_output(std::move(view));
}

Result<Dims> dims_of(NodeReader& node) {
    if (const Array* constant = node.array(0)) return constant->dims;
    TARSIER_TRY(const View view, node.tensor(0));
    return view.dims;
}

Array transposed_array(const Array& in, const std::vector<std::size_t>& order) {
    Array out;
    std::vector<std::size_t> steps(in.dims.size(), 1);
    for (std::size_t i = in.dims.size(); i-- > 1;)
        steps[i - 1] = steps[i] * static_cast<std::size_t>(in.dims[i]);
    for (const std::size_t axis : order) out.dims.push_back(in.dims[axis]);
    Dims at(order.size(), 0);
    for (std::size_t i = 0; i < in.size(); ++i) {
        std::size_t from = 0;
        for (std::size_t k = 0; k < order.size(); ++k)
            from += static_cast<std::size_t>(at[k]) * steps[order[k]];
        if (in.is_integer())
            out.integers.push_back(in.integers[from]);
        else
            out.floats.push_back(in.floats[from]);
        for (std::size_t k = order.size(); k-- > 0;) {
            if (++at[k] < out.dims[k]) break;
            at[k] = 0;
        }
    }
    return out;
}

/// What a slice takes along one axis.
struct Range {
    std::int64_t first, count, step;
};

/// As ONNX counts: negative positions from the end, all clamped into the dimension.
Range range_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t length) {
    const auto position = [&](std::int64_t x, std::int64_t low, std::int64_t high) {
        if (x < 0) x = x < -length ? -1 : x + length;  // -1: before the first
        return std::clamp(x, low, high);
    };
    if (step > 0) {
        const std::int64_t first = start < -length ? 0 : position(start, 0, length);
        const std::int64_t last = end < -length ? 0 : position(end, 0, length);
        return {first, std::max<std::int64_t>(0, (last - first + step - 1) / step), step};
    }
    const std::int64_t first = position(start, -1, length - 1);
    const std::int64_t last = position(end, -1, length - 1);
    return {first, std::max<std::int64_t>(0, (first - last - step - 1) / -step), step};
}

Result<View> slice_axis(NodeReader& node, View view, std::size_t axis, const Range& range) {
    if (range.count < 1) return node.unsupported("a slice of nothing");
    if (range.first == 0 && range.step == 1 && range.count == view.dims[axis]) return view;
    if (const auto part = sliced(view, axis, range.first, range.count, range.step)) return *part;
    TARSIER_TRY(view, copied(node, view));
    if (const auto part = sliced(view, axis, range.first, range.count, range.step)) return *part;
    return node.unsupported("this slice");
}

Status slice_array(NodeReader& node, const Array& in, const Range& range) {
    Array out;
    out.dims = {range.count};
    for (std::int64_t i = 0; i < range.count; ++i) {
        const auto at = static_cast<std::size_t>(range.first + i * range.step);
        if (in.is_integer())
            out.integers.push_back(in.integers[at]);
        else
            out.floats.push_back(in.floats[at]);
    }
    return node.set_output(std::move(out));
}

Result<Dims> required(NodeReader& node, int i, const char* what) {
    const Array* array = node.array(i);
    if (array && array->is_integer()) return array->integers;
    return node.unsupported(fmt::format("{} that are not constant", what));
}

}  // namespace

Status read_identity(NodeReader& node) {
    if (const Array* array = node.array(0)) return node.set_output(Array(*array));
    TARSIER_TRY(View view, node.tensor(0));
    return node.set_output(std::move(view));
}

Status read_transpose(NodeReader& node) {
    TARSIER_TRY(const Dims dims, dims_of(node));
    Dims reversed(dims.size());
    for (std::size_t i = 0; i < dims.size(); ++i)
        reversed[i] = static_cast<std::int64_t>(dims.size() - 1 - i);
    const Dims given = node.integers("perm", reversed);
    Dims sorted = given;
    std::sort(sorted.begin(), sorted.end());
    std::reverse(sorted.begin(), sorted.end());
    if (sorted != reversed) return node.damaged("its perm is no permutation");
    const std::vector<std::size_t> order(given.begin(), given.end());
    if (const Array* array = node.array(0)) return node.set_output(transposed_array(*array, order));
    TARSIER_TRY(View view, node.tensor(0));
    auto turned = transposed(view, order);
    if (!turned) {
        TARSIER_TRY(view, copied(node, view));
        turned = transposed(view, order);
    }
    if (!turned) return node.unsupported("this permutation");
    return node.set_output(std::move(*turned));
}

Status read_reshape(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    TARSIER_TRY(Dims dims, required(node, 1, "dimensions"));
    const bool keep_zero = node.integer("allowzero", 0) != 0;
    std::int64_t known = 1;
    std::int64_t* open = nullptr;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 0 && !keep_zero && i < in.size()) dims[i] = in[i];
        if (dims[i] == -1 && !open) {
            open = &dims[i];
            continue;
        }
        if (dims[i] < 1 || dims[i] > kMaxElements || known * dims[i] > kMaxElements)
            return node.damaged(fmt::format("impossible dimensions {}", fmt::join(dims, "x")));
        known *= dims[i];
    }
    if (open) *open = elements(in) / known;
    return set_dims(node, std::move(dims));
}

Status read_flatten(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    const std::int64_t given = node.integer("axis", 1);
    const auto rank = static_cast<std::int64_t>(in.size());
    if (given < -rank || given > rank) return node.damaged("its axis is no axis");
    const auto split = in.begin() + (given < 0 ? given + rank : given);
    return set_dims(node, {elements(Dims(in.begin(), split)), elements(Dims(split, in.end()))});
}

Status read_squeeze(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    TARSIER_TRY(const auto axes, node.numbers(1, "axes"));
    std::vector<bool> gone(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) gone[i] = !axes && in[i] == 1;
    for (const std::int64_t axis : axes.value_or(Dims{})) {
        TARSIER_TRY(const std::size_t i, node.axis(axis, in.size()));
        if (in[i] != 1) return node.damaged("it squeezes a dimension that is not 1");
        gone[i] = true;
    }
    Dims out;
    for (std::size_t i = 0; i < in.size(); ++i)
        if (!gone[i]) out.push_back(in[i]);
    return set_dims(node, std::move(out));
}

Status read_unsqueeze(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    TARSIER_TRY(const auto axes, node.numbers(1, "axes"));
    if (!axes) return node.damaged("it has no axes");
    Dims out(in.size() + axes->size(), 0);
    for (const std::int64_t axis : *axes) {
        TARSIER_TRY(const std::size_t i, node.axis(axis, out.size()));
        if (out[i] == 1) return node.damaged("it names an axis twice");
        out[i] = 1;
    }
    auto next = in.begin();
    for (std::int64_t& dim : out)
        if (dim == 0) dim = *next++;
    return set_dims(node, std::move(out));
}

Status read_slice(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    TARSIER_TRY(const Dims starts, required(node, 1, "starts"));
    TARSIER_TRY(const Dims ends, required(node, 2, "ends"));
    Dims axes(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
    if (node.has(3)) {
        TARSIER_TRY(axes, required(node, 3, "axes"));
    }
    Dims steps(starts.size(), 1);
    if (node.has(4)) {
        TARSIER_TRY(steps, required(node, 4, "steps"));
    }
    if (ends.size() != starts.size() || axes.size() != starts.size() ||
        steps.size() != starts.size())
        return node.damaged("its starts, ends, axes and steps do not match");
    const Array* array = node.array(0);
    if (array && (in.size() != 1 || starts.size() != 1))
        return node.unsupported("a slice of a constant of several dimensions");
    View view;
    if (!array) {
        TARSIER_TRY(view, node.tensor(0));
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
        TARSIER_TRY(const std::size_t axis, node.axis(axes[i], in.size()));
        if (steps[i] == 0) return node.damaged("a step of zero");
        const std::int64_t step = std::clamp(steps[i], -kMaxElements, kMaxElements);
        const Range range = range_of(starts[i], ends[i], step, array ? in[axis] : view.dims[axis]);
        if (array) return slice_array(node, *array, range);
        TARSIER_TRY(view, slice_axis(node, view, axis, range));
    }
    return node.set_output(std::move(view));
}

Status read_split(NodeReader& node) {
    TARSIER_TRY(const View view, node.tensor(0));
    TARSIER_TRY(const std::size_t axis, node.axis(node.integer("axis", 0), view.dims.size()));
    TARSIER_TRY(const auto given, node.numbers(1, "split"));
    const int parts = node.node().output_size();
    if (parts < 1) return node.damaged("it has no output");
    const Dims sizes =
        given ? *given : Dims(static_cast<std::size_t>(parts), view.dims[axis] / parts);
    std::int64_t total = 0;
    for (const std::int64_t size : sizes) {
        if (size < 1 || size > view.dims[axis]) return node.damaged("a part of this size");
        total += size;
    }
    if (sizes.size() != static_cast<std::size_t>(parts) || total != view.dims[axis])
        return node.damaged("its parts do not fill its input");
    std::int64_t first = 0;
    for (int i = 0; i < parts; ++i) {
        const std::int64_t size = sizes[static_cast<std::size_t>(i)];
        TARSIER_TRY(View part, slice_axis(node, view, axis, {first, size, 1}));
        TARSIER_CHECK(node.set_output(std::move(part), i));
        first += size;
    }
    return Ok{};
}

Status read_expand(NodeReader& node) {
    TARSIER_TRY(const View view, node.tensor(0));
    TARSIER_TRY(Dims dims, required(node, 1, "dimensions"));
    if (dims.size() < view.dims.size())
        dims.insert(dims.begin(), view.dims.size() - dims.size(), 1);
    std::int64_t total = 1;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        const std::size_t shift = dims.size() - view.dims.size();
        const std::int64_t from = i < shift ? 1 : view.dims[i - shift];
        if (dims[i] == 1) dims[i] = from;
        if (dims[i] < 1 || (from != 1 && from != dims[i]) || dims[i] > kMaxElements ||
            total * dims[i] > kMaxElements)
            return node.damaged("its dimensions do not fit its input");
        total *= dims[i];
    }
    auto large = expanded(view, dims);
    if (!large) return node.unsupported("dimensions of this kind");
    return node.set_output(std::move(*large));
}

Status read_gather(NodeReader& node) {
    TARSIER_TRY(const Dims in, dims_of(node));
    TARSIER_TRY(const Dims indices, required(node, 1, "indices"));
    TARSIER_TRY(const std::size_t axis, node.axis(node.integer("axis", 0), in.size()));
    for (const std::int64_t i : indices)
        if (i < -in[axis] || i >= in[axis]) return node.damaged("an index outside its input");
    const auto position = [&](std::int64_t i) { return i < 0 ? i + in[axis] : i; };
    const Array* of = node.array(1);
    if (const Array* array = node.array(0)) {
        if (in.size() != 1) return node.unsupported("a constant of several dimensions");
        Array out;
        out.dims = of->dims;
        for (const std::int64_t i : indices) {
            const auto at = static_cast<std::size_t>(position(i));
            if (array->is_integer())
                out.integers.push_back(array->integers[at]);
            else
                out.floats.push_back(array->floats[at]);
        }
        return node.set_output(std::move(out));
    }
    if (indices.size() != 1) return node.unsupported("more than one index");
    TARSIER_TRY(View view, node.tensor(0));
    TARSIER_TRY(view, slice_axis(node, view, axis, {position(indices[0]), 1, 1}));
    if (of->dims.empty()) view.dims.erase(view.dims.begin() + static_cast<std::ptrdiff_t>(axis));
    return node.set_output(std::move(view));
}

}  // namespace tarsier::infer::convert
