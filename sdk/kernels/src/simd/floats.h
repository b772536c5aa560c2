// SPDX-License-Identifier: Apache-2.0
// What the float kernels that every level has in common say about vectors. A level brings a type V:
// V::Vector, kLanes floats with + - * /; set(x); load(p), store(p, x); load_first(p, count,
// otherwise), store_first(p, x, count) for the first 1 to kLanes lanes; larger(a, b), smaller(a,
// b); where_positive(a, x, y), x where a > 0, else y; nearest(x), whole numbers; scaled(x, n), x *
// 2^n; largest(x), sum(x) of all lanes; store_pairs(p, a, b), a0 b0 a1 b1 and so on.
#pragma once

#include <cstddef>

namespace tarsier::kernels {
namespace {

/// A whole vector.
template <class V>
struct Whole {
    using Vector = typename V::Vector;
    Vector load(const float* p, Vector = Vector{}) const { return V::load(p); }
    void store(float* p, Vector x) const { V::store(p, x); }
};

/// The first `count` lanes of one.
template <class V>
struct First {
    using Vector = typename V::Vector;
    std::ptrdiff_t count;
    Vector load(const float* p, Vector otherwise = Vector{}) const {
        return V::load_first(p, count, otherwise);
    }
    void store(float* p, Vector x) const { V::store_first(p, x, count); }
};

/// Calls body(i, lanes) for every vector of `count` floats, `lanes` of it from float i on. Short
/// counts are frequent, hence part of their callers.
template <class V, class Body>
[[gnu::always_inline]] inline void for_vectors(std::ptrdiff_t count, const Body& body) {
    std::ptrdiff_t i = 0;
    for (; i + V::kLanes <= count; i += V::kLanes) body(i, Whole<V>{});
    if (i < count) body(i, First<V>{count - i});
}

template <class V>
typename V::Vector clamp(typename V::Vector x, typename V::Vector min, typename V::Vector max) {
    return V::smaller(V::larger(x, min), max);
}

/// exp(x) within 2 units in the last place: 2^n * p(r) with x = n ln 2 + r, |r| <= ln 2 / 2, p the
/// Taylor polynomial of degree 7. Saturates at the ends of the float range instead of overflowing.
template <class V>
typename V::Vector exp(typename V::Vector x) {
    x = clamp<V>(x, V::set(-87.0F), V::set(88.0F));
    const auto n = V::nearest(x * V::set(1.44269504F));
    const auto r = x - n * V::set(0.693359375F) + n * V::set(2.12194440e-4F);
    auto p = V::set(1.0F / 5040);
    p = p * r + V::set(1.0F / 720);
    p = p * r + V::set(1.0F / 120);
    p = p * r + V::set(1.0F / 24);
    p = p * r + V::set(1.0F / 6);
    p = p * r + V::set(0.5F);
    p = p * r + V::set(1.0F);
    p = p * r + V::set(1.0F);
    return V::scaled(p, n);
}

/// 1 / (1 + exp(-x)).
template <class V>
typename V::Vector sigmoid(typename V::Vector x) {
    const auto one = V::set(1.0F);
    return one / (one + exp<V>(-x));
}

}  // namespace
}  // namespace tarsier::kernels
