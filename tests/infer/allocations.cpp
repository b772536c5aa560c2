// SPDX-License-Identifier: Apache-2.0
// Counts every allocation of the program, so that a test can see that there is none. Sanitizers
// bring an allocator of their own, which must not be replaced in part.
#include "allocations.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace tarsier::infer {

std::optional<long> allocations() { return std::nullopt; }

}  // namespace tarsier::infer

#else

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
constinit std::atomic<long> count{0};
}

void* operator new(std::size_t bytes) {
    ++count;
    if (void* p = std::malloc(bytes ? bytes : 1)) return p;
    std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace tarsier::infer {

std::optional<long> allocations() { return count; }

}  // namespace tarsier::infer

#endif
