// SPDX-License-Identifier: Apache-2.0
#include "common/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

/// An open file that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    bool valid() const { return fd_ >= 0; }
    int get() const { return fd_; }
    /// False with errno when the system could not keep what was written.
    bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;
};

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

std::string quoted(const fs::path& file) { return "'" + file.string() + "'"; }

}  // namespace

Error system_error(int error_number, const std::string& doing) {
    Error error;
    error.message = doing + ": " + std::strerror(error_number);
    switch (error_number) {
        case ENOENT:
        case ENOTDIR:
        case ENXIO:
        case ENODEV:
            error.code = Code::NotFound;
            error.hint = "check the path";
            break;
        case EACCES:
        case EPERM:
        case EROFS:
            error.code = Code::Permission;
            error.hint = "check who may read and write there (ls -l)";
            break;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            error.code = Code::Exhausted;
            error.message = doing + ": disk full: " + std::strerror(error_number);
            error.hint = "free some space or write elsewhere";
            break;
        case EISDIR:
            error.code = Code::Unsupported;
            error.hint = "name a file";
            break;
        default:
            error.code = Code::Io;
            break;
    }
    return error;
}

Status check_readable(const fs::path& file) {
    const std::string doing = "cannot read " + quoted(file);
    std::error_code ignored;
    if (fs::is_directory(file, ignored)) return system_error(EISDIR, doing);
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return system_error(errno, doing);
    return Ok{};
}

Status check_writable(const fs::path& file) {
    const std::string doing = "cannot write " + quoted(file);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code ignored;
    if (!fs::exists(folder, ignored))
        return {Code::NotFound, doing + ": there is no folder " + quoted(folder),
                "create it: mkdir -p " + folder.string()};
    const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (!opened.valid()) return system_error(errno, doing);
    return Ok{};
}

Status write_atomically(const fs::path& file, std::span<const std::uint8_t> bytes) {
    const std::string doing = "cannot write " + quoted(file);
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code ignored;
    if (!fs::exists(folder, ignored))
        return {Code::NotFound, doing + ": there is no folder " + quoted(folder),
                "create it: mkdir -p " + folder.string()};
    if (fs::is_directory(file, ignored)) return system_error(EISDIR, doing);
    // Beside the target, because a rename works only within one file system.
    fs::path draft = file;
    draft += "." + std::to_string(::getpid()) + ".part";
    Descriptor opened(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!opened.valid()) return system_error(errno, doing);
    if (!write_all(opened.get(), bytes) || !opened.close() ||
        ::rename(draft.c_str(), file.c_str()) != 0) {
        const int reason = errno;
        ::unlink(draft.c_str());
        return system_error(reason, doing);
    }
    return Ok{};
}

}  // namespace tarsier::nodes
