// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#ifdef TARSIER_HAVE_ISA_neon
#include <sys/auxv.h>
#endif

#include <cstdlib>
#include <cstring>
#include <string>

namespace tarsier::kernels {

namespace scalar {
void improve(Table&);
}
namespace avx2 {
void improve(Table&);
}
namespace avx512 {
void improve(Table&);
}
namespace vnni {
void improve(Table&);
}
namespace neon {
void improve(Table&);
}
namespace dotprod {
void improve(Table&);
}
namespace i8mm {
void improve(Table&);
}

namespace {

bool always() { return true; }
#ifdef TARSIER_HAVE_ISA_avx2
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif
#ifdef TARSIER_HAVE_ISA_avx512
bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif
#ifdef TARSIER_HAVE_ISA_vnni
bool has_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
#endif
#ifdef TARSIER_HAVE_ISA_neon
bool has_neon() { return (getauxval(AT_HWCAP) & HWCAP_ASIMD) != 0; }
#endif
#ifdef TARSIER_HAVE_ISA_dotprod
bool has_dotprod() { return has_neon() && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }
#endif
#ifdef TARSIER_HAVE_ISA_i8mm
bool has_i8mm() { return has_dotprod() && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0; }
#endif

// Lowest first. A level starts from the table below it and overrides what it improves.
constexpr Level kLevels[] = {
    {"scalar", always, scalar::improve},
#ifdef TARSIER_HAVE_ISA_avx2
    {"avx2", has_avx2, avx2::improve},
#endif
#ifdef TARSIER_HAVE_ISA_avx512
    {"avx512", has_avx512, avx512::improve},
#endif
#ifdef TARSIER_HAVE_ISA_vnni
    {"vnni", has_vnni, vnni::improve},
#endif
#ifdef TARSIER_HAVE_ISA_neon
    {"neon", has_neon, neon::improve},
#endif
#ifdef TARSIER_HAVE_ISA_dotprod
    {"dotprod", has_dotprod, dotprod::improve},
#endif
#ifdef TARSIER_HAVE_ISA_i8mm
    {"i8mm", has_i8mm, i8mm::improve},
#endif
};

const Level* find_level(const char* name) {
    for (const Level& level : kLevels)
        if (!std::strcmp(level.name, name)) return &level;
    return nullptr;
}

struct Choice {
    Table table;
    const char* name = "scalar";
};

Choice build(const Level* cap) {
    Choice choice{};
    for (const Level& level : kLevels) {
        if (level.supported()) {
            level.improve(choice.table);
            choice.name = level.name;
        }
        if (&level == cap) break;
    }
    return choice;
}

const Choice& chosen() {
    static const Choice choice = [] {
        const char* cap = std::getenv("TARSIER_ISA");
        return build(cap && *cap ? find_level(cap) : nullptr);
    }();
    return choice;
}

}  // namespace

Levels levels() { return {kLevels, static_cast<int>(sizeof kLevels / sizeof *kLevels)}; }

const Table& table() { return chosen().table; }

const char* level_name() { return chosen().name; }

const char* environment_error() {
    static const std::string message = [] {
        const char* cap = std::getenv("TARSIER_ISA");
        if (!cap || !*cap || find_level(cap)) return std::string();
        std::string text =
            "TARSIER_ISA=" + std::string(cap) + " names no level of this architecture; there are:";
        for (const Level& level : kLevels) text += std::string(" ") + level.name;
        return text;
    }();
    return message.empty() ? nullptr : message.c_str();
}

Table table_at(const Level& level) { return build(&level).table; }

const char* level_of(void (*entry)()) {
    if (!entry) return nullptr;
    for (const Level& level : kLevels) {
        // A table is nothing but pointers to functions.
        const Table table = table_at(level);
        decltype(entry) entries[sizeof table / sizeof entry];
        static_assert(sizeof entries == sizeof table);
        std::memcpy(entries, &table, sizeof table);
        for (const auto other : entries)
            if (other == entry) return level.name;
    }
    return nullptr;
}

}  // namespace tarsier::kernels
