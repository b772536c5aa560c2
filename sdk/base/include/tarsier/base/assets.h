// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace tarsier {

/// The folders that are searched for assets of a kind ("models", "graphs"), first match wins:
/// $TARSIER_ASSETS/<kind>, the user's data folder, the installed one, the source tree of a
/// development build.
std::vector<std::filesystem::path> asset_folders(std::string_view kind);

/// The file `<name><extension>` in those folders; a name that is a path to a file is taken as it
/// is.
std::optional<std::filesystem::path> find_asset(std::string_view kind, std::string_view name,
                                                std::string_view extension);

/// Where sample media are kept: $TARSIER_MEDIA, else $XDG_CACHE_HOME/tarsier/media, else
/// ~/.cache/tarsier/media.
std::filesystem::path media_cache();

/// The name of `names` that is closest to `wanted` by edit distance; empty when none is close.
/// For "did you mean".
std::string_view closest(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace tarsier
