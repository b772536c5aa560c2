// SPDX-License-Identifier: Apache-2.0
// Any bytes as a .tsr file: refused with a reason, or taken and run.
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "budget.h"
#include "format/layout.h"
#include "format/reader.h"
#include "run_model.h"

namespace {

struct FreeAligned {
    void operator()(std::uint8_t* bytes) const {
        ::operator delete (bytes, std::align_val_t{tarsier::infer::kAlignment});
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tarsier::infer;
    const tarsier::fuzz::Budget budget;
    // Aligned as a mapping is, and exactly as long as the file: a read behind it shows.
    const std::shared_ptr<std::uint8_t> file(
        static_cast<std::uint8_t*>(::operator new (size, std::align_val_t{kAlignment})),
        FreeAligned{});
    std::memcpy(file.get(), data, size);
    if (size >= sizeof(FileHeader)) {
        // The checksum stops accidents; somebody with a bad intent makes one that fits.
        const std::uint64_t sum = checksum({file.get() + kChecksummed, size - kChecksummed});
        std::memcpy(file.get() + offsetof(FileHeader, checksum), &sum, sizeof sum);
    }
    auto net = read_tsr({file.get(), size}, "file");
    if (net) tarsier::fuzz::run_model(std::make_shared<const NetModel>(std::move(*net), file));
    return 0;
}
