// SPDX-License-Identifier: Apache-2.0
// Counts every allocation of the program, so that a test can see that there is none.
#include "allocations.h"

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

long allocations() { return count; }

}  // namespace tarsier::infer
