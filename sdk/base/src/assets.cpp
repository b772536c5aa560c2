// SPDX-License-Identifier: Apache-2.0
#include <tarsier/base/assets.h>
#include <algorithm>
#include <cstdlib>
#include <string>

namespace fs = std::filesystem;

namespace tarsier {
namespace {

fs::path from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? fs::path(value) : fs::path();
}

/// $variable, or ~/fallback.
fs::path user_folder(const char* variable, const char* fallback) {
    if (fs::path folder = from_environment(variable); !folder.empty()) return folder;
    if (const fs::path home = from_environment("HOME"); !home.empty()) return home / fallback;
    return {};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::vector<fs::path> asset_folders(std::string_view kind) {
    std::vector<fs::path> folders;
    const auto add = [&](const fs::path& root) {
        if (!root.empty()) folders.push_back(root / kind);
    };
    add(from_environment("TARSIER_ASSETS"));
    if (const fs::path data = user_folder("XDG_DATA_HOME", ".local/share"); !data.empty())
        add(data / "tarsier");
    // Relative to the program: PREFIX/bin/tarsier and PREFIX/share/tarsier, build trees included.
    std::error_code ignored;
    if (const fs::path self = fs::read_symlink("/proc/self/exe", ignored); !self.empty()) {
        for (fs::path up = self.parent_path(); up.has_relative_path(); up = up.parent_path()) {
            if (fs::exists(up / "share/tarsier" / kind, ignored)) add(up / "share/tarsier");
            if (fs::exists(up / "assets" / kind, ignored)) add(up / "assets");
        }
    }
    add("/usr/local/share/tarsier");
    add("/usr/share/tarsier");
    return folders;
}

std::optional<fs::path> find_asset(std::string_view kind, std::string_view name,
                                   std::string_view extension) {
    std::error_code ignored;
    if (fs::is_regular_file(fs::path(name), ignored)) return fs::path(name);
    const std::string file = std::string(name) + std::string(extension);
    for (const fs::path& folder : asset_folders(kind))
        if (fs::is_regular_file(folder / file, ignored)) return folder / file;
    return std::nullopt;
}

fs::path media_cache() {
    if (fs::path folder = from_environment("TARSIER_MEDIA"); !folder.empty()) return folder;
    return user_folder("XDG_CACHE_HOME", ".cache") / "tarsier/media";
}

std::string_view closest(std::string_view wanted, const std::vector<std::string_view>& names) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, wanted.size() / 3) + 1;
    for (const std::string_view name : names) {
        const std::size_t distance = edit_distance(wanted, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace tarsier
