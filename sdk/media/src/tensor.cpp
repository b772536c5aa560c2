// SPDX-License-Identifier: Apache-2.0
#include <tarsier/media/tensor.h>
#include <algorithm>

namespace tarsier {
namespace {

struct ElementRow {
    std::string_view name;
    std::size_t bytes;
};

// In the order of enum ElementType.
constexpr ElementRow kElements[] = {{"f32", 4}, {"f16", 2}, {"i8", 1}, {"u8", 1}, {"i32", 4}};
constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

}  // namespace

std::size_t element_bytes(ElementType type) { return kElements[static_cast<int>(type)].bytes; }
std::string_view element_name(ElementType type) { return kElements[static_cast<int>(type)].name; }

Shape::Shape(std::span<const std::int64_t> dims)
    : rank_(static_cast<int>(std::min<std::size_t>(dims.size(), kMaxRank))) {
    std::copy_n(dims.begin(), rank_, dims_.begin());
}

std::int64_t Shape::elements() const {
    std::int64_t product = 1;
    for (const std::int64_t dim : dims()) {
        if (dim < 0) return -1;
        if (dim > 0 && product > kMaxElements / dim) return -1;
        product *= dim;
    }
    return product;
}

std::string Shape::to_string() const {
    std::string text;
    for (const std::int64_t dim : dims()) text += (text.empty() ? "" : "x") + std::to_string(dim);
    return text;
}

bool Shape::operator==(const Shape& other) const {
    return std::ranges::equal(dims(), other.dims());
}

Result<Tensor> Tensor::allocate(const Shape& shape, ElementType type, Pool* pool) {
    const std::int64_t elements = shape.elements();
    if (elements < 0) return {Code::Invalid, "impossible tensor shape " + shape.to_string()};
    Tensor tensor;
    tensor.shape_ = shape;
    tensor.type_ = type;
    const std::size_t bytes = tensor.bytes();
    tensor.data_ = pool ? pool->acquire(bytes) : Pool::allocate(bytes);
    if (!tensor.data_)
        return {Code::Exhausted, "no memory for a tensor of " + std::to_string(bytes) + " bytes"};
    return tensor;
}

std::span<const float> Tensor::floats() const {
    return {reinterpret_cast<const float*>(data_.get()),
            static_cast<std::size_t>(shape_.elements())};
}

std::span<float> Tensor::floats() {
    return {reinterpret_cast<float*>(data_.get()), static_cast<std::size_t>(shape_.elements())};
}

}  // namespace tarsier
