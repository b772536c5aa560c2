// SPDX-License-Identifier: Apache-2.0
// What TARSIER_ISA does. A process chooses its table once, so each name is tried in a child.
#include <gtest/gtest.h>
#include <tarsier/kernels/kernels.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace tarsier::kernels {
namespace {

using testing::ExitedWithCode;

/// The name of the highest level up to `cap` that this processor has.
std::string highest(const Level& cap) {
    std::string name;
    for (const Level& level : levels()) {
        if (level.supported()) name = level.name;
        if (&level == &cap) break;
    }
    return name;
}

/// Ends this process with 0 if TARSIER_ISA=`level` gives the table that it should.
[[noreturn]] void try_level(const Level& level) {
    setenv("TARSIER_ISA", level.name, 1);
    const Table expected = table_at(level);
    const bool same = std::memcmp(&table(), &expected, sizeof expected) == 0;
    std::exit(same && !environment_error() && level_name() == highest(level) ? 0 : 1);
}

TEST(Levels, EveryNameInTheEnvironmentCapsTheTable) {
    for (const Level& level : levels())
        EXPECT_EXIT(try_level(level), ExitedWithCode(0), "") << level.name;
}

TEST(Levels, TheLowestIsTheScalarOneAndFillsTheWholeTable) {
    const Level& lowest = *levels().begin();
    EXPECT_STREQ(lowest.name, "scalar");
    const Table table = table_at(lowest);
    void (*entries[sizeof table / sizeof(void (*)())])();
    static_assert(sizeof entries == sizeof table);
    std::memcpy(entries, &table, sizeof table);
    for (const auto entry : entries) EXPECT_NE(entry, nullptr);
}

TEST(Levels, AnEmptyNameCapsNothing) {
    const auto empty = [] {
        setenv("TARSIER_ISA", "", 1);
        std::exit(level_name() == highest(*(levels().end() - 1)) && !environment_error() ? 0 : 1);
    };
    EXPECT_EXIT(empty(), ExitedWithCode(0), "");
}

TEST(Levels, AnUnknownNameIsToldBesideThoseThatThereAre) {
    const auto unknown = [] {
        setenv("TARSIER_ISA", "mmx", 1);
        const char* const error = environment_error();
        bool told = error && std::strstr(error, "TARSIER_ISA=mmx");
        for (const Level& level : levels()) told = told && std::strstr(error, level.name);
        std::exit(told ? 0 : 1);
    };
    EXPECT_EXIT(unknown(), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tarsier::kernels
