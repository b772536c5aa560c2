// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace tarsier::testing_support {

/// Whether a test has time for all that it can do. Not where an emulator plays the processor, some
/// thirty times slower: there a test takes fewer repetitions, and all of them with `./dev test
/// --long`, which sets TARSIER_LONG.
inline bool thorough() {
#ifdef TARSIER_EMULATED
    return std::getenv("TARSIER_LONG") != nullptr;
#else
    return true;
#endif
}

}  // namespace tarsier::testing_support
