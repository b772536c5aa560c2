// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tarsier/base/assets.h>
#include <tarsier/infer/model.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "format/reader.h"

namespace fs = std::filesystem;

namespace tarsier::infer {
namespace {

/// A file's bytes in memory, read-only.
struct Mapping {
    std::span<const std::uint8_t> bytes;

    explicit Mapping(std::span<const std::uint8_t> b) : bytes(b) {}
    ~Mapping() {
        if (!bytes.empty()) ::munmap(const_cast<std::uint8_t*>(bytes.data()), bytes.size());
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
};

Error file_error(const fs::path& file, int number) {
    const Code code = number == ENOENT || number == ENOTDIR ? Code::NotFound
                      : number == EACCES                    ? Code::Permission
                                                            : Code::Io;
    return {code, fmt::format("{}: {}", file.string(), std::strerror(number)), {}, {}, {}, {}};
}

Result<std::shared_ptr<const Mapping>> map_file(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return file_error(file, errno);
    struct stat status {};
    const bool known = ::fstat(fd, &status) == 0;
    if (!known || !S_ISREG(status.st_mode)) {
        ::close(fd);
        return {Code::NotFound, file.string() + ": not a regular file"};
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    // All of it is about to be read: mapped at once it costs less than page by page.
    void* data =
        size ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0) : nullptr;
    const int number = errno;
    ::close(fd);
    if (data == MAP_FAILED) return file_error(file, number);
    return std::make_shared<const Mapping>(std::span(static_cast<const std::uint8_t*>(data), size));
}

/// The stems of all model files, sorted.
std::set<std::string> available() {
    std::set<std::string> names;
    for (const fs::path& folder : asset_folders("models")) {
        std::error_code ignored;
        for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end;
             it.increment(ignored))
            if (it->path().extension() == ".tsr") names.insert(it->path().stem().string());
    }
    return names;
}

Error no_model(std::string_view name) {
    const std::set<std::string> names = available();
    const std::vector<std::string_view> views(names.begin(), names.end());
    Error error{Code::NotFound, fmt::format("there is no model '{}'", name), {}, {}, {}, {}};
    if (const std::string_view close = closest(name, views); !close.empty())
        error.hint = fmt::format("did you mean {}? ", close);
    error.hint += names.empty() ? "no model is installed; TARSIER_ASSETS names the folder of assets"
                                : fmt::format("there are: {}", fmt::join(names, ", "));
    return error;
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::load(const fs::path& file) {
    TARSIER_TRY(const std::shared_ptr<const Mapping> mapping, map_file(file));
    TARSIER_TRY(Net net, read_tsr(mapping->bytes, file.string()));
    return std::shared_ptr<const Model>(std::make_shared<const NetModel>(std::move(net), mapping));
}

Result<std::shared_ptr<const Model>> Model::find(std::string_view name) {
    const auto file = find_asset("models", name, ".tsr");
    if (!file) return no_model(name);
    return load(*file);
}

}  // namespace tarsier::infer
