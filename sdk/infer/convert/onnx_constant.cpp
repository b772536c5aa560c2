// SPDX-License-Identifier: Apache-2.0
// Constants and what is computed from them while converting, shapes above all.
#include <algorithm>
#include <cmath>
#include <functional>

#include "onnx_ops.h"

namespace tarsier::infer::convert {
namespace {

/// The position in an array, which may have dimensions of 1, of position `at` in `dims`.
std::size_t position(const Array& array, const Dims& dims, const Dims& at) {
    std::size_t out = 0;
    const std::size_t shift = dims.size() - array.dims.size();
    for (std::size_t i = 0; i < array.dims.size(); ++i)
        out = out * static_cast<std::size_t>(array.dims[i]) +
              (array.dims[i] == 1 ? 0 : static_cast<std::size_t>(at[i + shift]));
    return out;
}

Result<std::int64_t> integer_result(NodeReader& node, const std::string& op, std::int64_t a,
                                    std::int64_t b) {
    std::int64_t out = 0;
    bool overflow = false;
    if (op == "Add")
        overflow = __builtin_add_overflow(a, b, &out);
    else if (op == "Sub")
        overflow = __builtin_sub_overflow(a, b, &out);
    else if (op == "Mul")
        overflow = __builtin_mul_overflow(a, b, &out);
    else if (b == 0 || (b == -1 && a == INT64_MIN))
        overflow = true;
    else
        out = a / b;
    if (overflow) return node.damaged("a result that no integer holds");
    return out;
}

float float_result(const std::string& op, double a, double b) {
    const double out = op == "Add" ? a + b : op == "Sub" ? a - b : op == "Mul" ? a * b : a / b;
    return static_cast<float>(out);
}

}  // namespace

Status fold_arithmetic(NodeReader& node) {
    const Array& a = *node.array(0);
    const Array& b = *node.array(1);
    const std::string& op = node.node().op_type();
    Array out;
    out.dims.assign(std::max(a.dims.size(), b.dims.size()), 1);
    for (const Array* array : {&a, &b})
        for (std::size_t i = 0; i < array->dims.size(); ++i) {
            std::int64_t& to = out.dims[out.dims.size() - array->dims.size() + i];
            if (array->dims[i] == 1) continue;
            if (to != 1 && to != array->dims[i]) return node.damaged("shapes that do not fit");
            to = array->dims[i];
        }
    if (a.is_integer() != b.is_integer()) return node.damaged("operands of different types");
    std::int64_t total = 1;
    for (const std::int64_t dim : out.dims)
        if ((total *= dim) > kMaxComputed) return node.unsupported("so many constants");
    Dims at(out.dims.size(), 0);
    for (std::int64_t i = 0; i < total; ++i) {
        const std::size_t x = position(a, out.dims, at);
        const std::size_t y = position(b, out.dims, at);
        if (a.is_integer()) {
            TARSIER_TRY(const std::int64_t value,
                        integer_result(node, op, a.integers[x], b.integers[y]));
            out.integers.push_back(value);
        } else {
            out.floats.push_back(float_result(op, a.number(x), b.number(y)));
        }
        for (std::size_t k = at.size(); k-- > 0;) {
            if (++at[k] < out.dims[k]) break;
            at[k] = 0;
        }
    }
    return node.set_output(std::move(out));
}

Status fold_concat(NodeReader& node) {
    Array out;
    for (int i = 0; i < node.node().input_size(); ++i) {
        const Array* in = node.array(i);
        if (!in || in->dims.size() > 1)
            return node.unsupported("constants among tensors, or of several dimensions");
        out.floats.insert(out.floats.end(), in->floats.begin(), in->floats.end());
        out.integers.insert(out.integers.end(), in->integers.begin(), in->integers.end());
    }
    if (!out.floats.empty() && !out.integers.empty())
        return node.damaged("inputs of different types");
    out.dims = {static_cast<std::int64_t>(out.size())};
    return node.set_output(std::move(out));
}

Status read_constant(NodeReader& node) {
    Array array;
    if (const auto* value = node.attribute("value")) {
        auto read = read_array(value->t());
        if (!read) return node.unsupported(read.error().message);
        array = std::move(*read);
    } else if (const auto* real = node.attribute("value_float")) {
        array.floats = {real->f()};
    } else if (const auto* integer = node.attribute("value_int")) {
        array.integers = {integer->i()};
    } else if (const auto* reals = node.attribute("value_floats")) {
        array.floats.assign(reals->floats().begin(), reals->floats().end());
        array.dims = {static_cast<std::int64_t>(array.floats.size())};
    } else if (const auto* integers = node.attribute("value_ints")) {
        array.integers.assign(integers->ints().begin(), integers->ints().end());
        array.dims = {static_cast<std::int64_t>(array.integers.size())};
    } else {
        return node.unsupported("a constant of this kind");
    }
    return node.set_output(std::move(array));
}

Status read_constant_of_shape(NodeReader& node) {
    const Array* shape = node.array(0);
    if (!shape || !shape->is_integer()) return node.unsupported("a shape that is not constant");
    Array value;
    value.floats = {0};
    if (const auto* given = node.attribute("value")) {
        auto read = read_array(given->t());
        if (!read) return node.unsupported(read.error().message);
        value = std::move(*read);
    }
    if (value.size() != 1) return node.damaged("its value is not one number");
    Array out;
    std::int64_t total = 1;
    for (const std::int64_t dim : shape->integers) {
        if (dim < 1 || dim > kMaxComputed || (total *= dim) > kMaxComputed)
            return node.unsupported("a shape of this size");
        out.dims.push_back(dim);
    }
    if (value.is_integer())
        out.integers.assign(static_cast<std::size_t>(total), value.integers[0]);
    else
        out.floats.assign(static_cast<std::size_t>(total), value.floats[0]);
    return node.set_output(std::move(out));
}

Status read_shape(NodeReader& node) {
    Array out;
    if (const Array* array = node.array(0)) {
        out.integers = array->dims;
    } else {
        TARSIER_TRY(const View view, node.tensor(0));
        out.integers = view.dims;
    }
    const auto rank = static_cast<std::int64_t>(out.integers.size());
    const auto clamped = [&](std::int64_t i) {
        return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank);
    };
    const std::int64_t first = clamped(node.integer("start", 0));
    const std::int64_t last = std::max(first, clamped(node.integer("end", rank)));
    out.integers = Dims(out.integers.begin() + first, out.integers.begin() + last);
    out.dims = {last - first};
    return node.set_output(std::move(out));
}

Status read_cast(NodeReader& node) {
    const std::int64_t to = node.integer("to", 0);
    const bool to_float = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE;
    const bool to_integer = to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32;
    if (!to_float && !to_integer) return node.unsupported("elements of this type");
    const Array* in = node.array(0);
    if (!in) {
        if (!to_float) return node.unsupported("a tensor made integer");
        return read_identity(node);
    }
    Array out = *in;
    if (to_float && in->is_integer()) {
        out.floats.assign(in->integers.begin(), in->integers.end());
        out.integers.clear();
    } else if (to_integer && !in->is_integer()) {
        out.integers.clear();
        for (const float x : in->floats) {
            if (!(std::abs(x) < 9e18F)) return node.damaged("a number that no integer holds");
            out.integers.push_back(static_cast<std::int64_t>(x));
        }
        out.floats.clear();
    }
    return node.set_output(std::move(out));
}

Status read_floor(NodeReader& node) {
    if (!node.array(0)) return node.unsupported("a tensor as its input");
    Array out = *node.array(0);
    for (float& x : out.floats) x = std::floor(x);
    return node.set_output(std::move(out));
}

}  // namespace tarsier::infer::convert
