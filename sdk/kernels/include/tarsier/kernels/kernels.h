// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/image.h>
#include <tarsier/kernels/tensor.h>
#include <tarsier/kernels/tensor_i8.h>

namespace tarsier::kernels {

/// Every kernel of one instruction-set level: plain function pointers, no allocation, no errors.
struct Table : ImageKernels, TensorKernels, TensorKernelsI8 {};

/// An instruction-set level is a patch on the levels below it.
struct Level {
    const char* name;
    bool (*supported)();      ///< whether this processor has it
    void (*improve)(Table&);  ///< overrides what this level does better
};

/// The levels of this architecture, lowest first.
struct Levels {
    const Level* first;
    int count;
    const Level* begin() const { return first; }
    const Level* end() const { return first + count; }
};
Levels levels();

/// The table of this processor, capped by the environment variable TARSIER_ISA (a level's name).
/// Chosen once; thread-safe. An unknown name ends in environment_error().
const Table& table();
/// The highest level in table().
const char* level_name();
/// What is wrong with TARSIER_ISA, or null. Programs ask at start-up and exit with 2.
const char* environment_error();

/// The table capped at `level`, for tests: levels above it and levels the processor lacks are left
/// out.
Table table_at(const Level& level);

/// The level that an entry of a table comes from: the lowest whose own table has it. Null for what
/// is no entry.
const char* level_of(void (*entry)());

}  // namespace tarsier::kernels
