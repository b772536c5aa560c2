// SPDX-License-Identifier: Apache-2.0
// Any bytes as an ONNX file: refused with a reason, or converted into a model that loads and runs.
#include <google/protobuf/stubs/logging.h>
#include <sys/mman.h>
#include <tarsier/infer/convert.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "budget.h"
#include "run_model.h"

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    google::protobuf::SetLogHandler(nullptr);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tarsier::infer;
    const tarsier::fuzz::Budget budget;
    const int memory = ::memfd_create("fuzz", MFD_CLOEXEC);
    if (memory < 0 || ::write(memory, data, size) != static_cast<ssize_t>(size)) std::abort();
    const fs::path onnx = "/proc/self/fd/" + std::to_string(memory);
    static const fs::path tsr =
        fs::temp_directory_path() / ("onnx_fuzz_" + std::to_string(::getpid()) + ".tsr");
    if (convert_onnx(onnx, tsr)) {
        const auto model = Model::load(tsr);
        fs::remove(tsr);
        if (!model) {
            std::fprintf(stderr, "a converted model does not load: %s\n",
                         model.error().to_string().c_str());
            std::abort();
        }
        tarsier::fuzz::run_model(std::dynamic_pointer_cast<const NetModel>(*model));
    }
    ::close(memory);
    return 0;
}
