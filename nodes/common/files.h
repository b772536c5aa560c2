// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace tarsier::nodes {

/// What an errno of the system means for us: NotFound, Permission, Exhausted ("disk full") or Io,
/// with a hint. `doing` begins the message: "cannot write 'out/demo.mp4'".
Error system_error(int error_number, const std::string& doing);

/// Ok when the file can be opened for reading; NotFound, Permission, Unsupported (a folder)
/// otherwise.
Status check_readable(const std::filesystem::path& file);

/// Ok when the file can be opened for writing. Creates it when it is absent, changes nothing when
/// it is there.
Status check_writable(const std::filesystem::path& file);

/// Replaces `file` by these bytes in one step: readers see the old or the new content, never a
/// part.
Status write_atomically(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);

}  // namespace tarsier::nodes
