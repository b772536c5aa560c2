// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tarsier/base/result.h>
#include <tarsier/media/pool.h>

namespace tarsier {

enum class ElementType : std::uint8_t { F32, F16, I8, U8, I32 };

/// Bytes of one element.
std::size_t element_bytes(ElementType type);
/// "f32", "f16", "i8", "u8", "i32".
std::string_view element_name(ElementType type);

/// Up to six dimensions, outermost first.
class Shape {
  public:
    static constexpr int kMaxRank = 6;

    Shape() = default;
    Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
    /// Takes at most kMaxRank dimensions.
    explicit Shape(std::span<const std::int64_t> dims);

    int rank() const { return rank_; }
    std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
    std::int64_t& operator[](int i) { return dims_[static_cast<std::size_t>(i)]; }
    std::span<const std::int64_t> dims() const {
        return {dims_.data(), static_cast<std::size_t>(rank_)};
    }
    /// Product of the dimensions; -1 when one is negative or the product leaves 2^40.
    std::int64_t elements() const;
    /// "1x3x256x256".
    std::string to_string() const;
    bool operator==(const Shape& other) const;

  private:
    std::array<std::int64_t, kMaxRank> dims_{};
    int rank_ = 0;
};

/// A dense array, the last dimension contiguous. Movable, not copyable; immutable once sent.
/// Reentrant.
class Tensor {
  public:
    static constexpr const char* kTypeName = "Tensor";

    Tensor() = default;
    Tensor(Tensor&&) noexcept = default;
    Tensor& operator=(Tensor&&) noexcept = default;
    Tensor(const Tensor&) = delete;
    Tensor& operator=(const Tensor&) = delete;

    /// Content undefined. Fails with Invalid for an impossible shape, with Exhausted without
    /// memory.
    static Result<Tensor> allocate(const Shape& shape, ElementType type, Pool* pool = nullptr);

    const Shape& shape() const { return shape_; }
    ElementType type() const { return type_; }
    std::size_t bytes() const {
        return static_cast<std::size_t>(shape_.elements()) * element_bytes(type_);
    }
    const std::uint8_t* data() const { return data_.get(); }
    std::uint8_t* data() { return data_.get(); }
    /// The elements as floats; only for ElementType::F32.
    std::span<const float> floats() const;
    std::span<float> floats();

  private:
    Shape shape_;
    ElementType type_ = ElementType::F32;
    std::shared_ptr<std::uint8_t> data_;
};

}  // namespace tarsier
