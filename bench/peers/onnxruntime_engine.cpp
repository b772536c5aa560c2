// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime through its C library, opened at run time. The library hands out a table of
// functions whose order never changes; the places that are used are declared here.
#include <dlfcn.h>

#include <cstdlib>

#include "engine.h"

namespace tarsier::peers {
namespace {

struct OrtStatus;
struct OrtEnv;
struct OrtSessionOptions;
struct OrtSession;
struct OrtMemoryInfo;
struct OrtValue;

struct ApiBase {
    void* const* (*get_api)(std::uint32_t version);
    const char* (*version)();
};

/// Places in the table of functions, from its first version on.
enum Place {
    kGetErrorMessage = 2,
    kCreateEnv = 3,
    kCreateSession = 7,
    kRun = 9,
    kCreateSessionOptions = 10,
    kSetGraphOptimization = 23,
    kSetIntraOpThreads = 24,
    kSetInterOpThreads = 25,
    kCreateTensor = 49,
    kGetTensorData = 51,
    kGetElementCount = 64,
    kGetTensorShape = 65,
    kCreateCpuMemoryInfo = 69,
    kReleaseStatus = 93,
    kReleaseSession = 95,
    kReleaseValue = 96,
    kReleaseShape = 99,
    kReleaseSessionOptions = 100,
};

constexpr int kLogErrors = 3;
constexpr int kAllOptimizations = 99;
constexpr int kArenaAllocator = 1;
constexpr int kDefaultMemory = 0;
constexpr int kFloat = 1;

void* const* api = nullptr;
OrtEnv* env = nullptr;

template <class... Arguments>
Status call(Place place, Arguments... arguments) {
    const auto function = reinterpret_cast<OrtStatus* (*)(Arguments...)>(api[place]);
    OrtStatus* status = function(arguments...);
    if (!status) return Ok{};
    const auto message = reinterpret_cast<const char* (*)(OrtStatus*)>(api[kGetErrorMessage]);
    Error error{Code::Internal, message(status), {}, {}, {}, {}};
    reinterpret_cast<void (*)(OrtStatus*)>(api[kReleaseStatus])(status);
    return error;
}

template <class T>
void release(Place place, T* object) {
    if (object) reinterpret_cast<void (*)(T*)>(api[place])(object);
}

class Ort : public Runner {
  public:
    explicit Ort(const Network& network) : network_(network) {}
    ~Ort() override {
        for (OrtValue* value : inputs_) release(kReleaseValue, value);
        for (OrtValue* value : outputs_) release(kReleaseValue, value);
        release(kReleaseSession, session_);
    }

    Status load(int threads) {
        OrtSessionOptions* options = nullptr;
        TARSIER_CHECK(call(kCreateSessionOptions, &options));
        TARSIER_CHECK(call(kSetGraphOptimization, options, kAllOptimizations));
        TARSIER_CHECK(call(kSetIntraOpThreads, options, threads));
        TARSIER_CHECK(call(kSetInterOpThreads, options, 1));
        const Status status = call(kCreateSession, static_cast<const OrtEnv*>(env),
                                   network_.onnx.c_str(), options, &session_);
        release(kReleaseSessionOptions, options);
        TARSIER_CHECK(status);
        return make_tensors();
    }

    Status run() override {
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            std::copy(network_.inputs[i].values.begin(), network_.inputs[i].values.end(),
                      buffers_[i].begin());
        for (OrtValue*& value : outputs_) {
            release(kReleaseValue, value);
            value = nullptr;
        }
        return call(kRun, session_, static_cast<const void*>(nullptr), input_names_.data(),
                    inputs_.data(), inputs_.size(), output_names_.data(), output_names_.size(),
                    outputs_.data());
    }

    std::vector<float> output(std::size_t i) override {
        struct Shape;
        Shape* shape = nullptr;
        std::size_t count = 0;
        void* data = nullptr;
        if (!call(kGetTensorShape, outputs_[i], &shape) || !call(kGetElementCount, shape, &count) ||
            !call(kGetTensorData, outputs_[i], &data))
            return {};
        release(kReleaseShape, shape);
        return {static_cast<float*>(data), static_cast<float*>(data) + count};
    }

  private:
    Status make_tensors() {
        OrtMemoryInfo* memory = nullptr;
        TARSIER_CHECK(call(kCreateCpuMemoryInfo, kArenaAllocator, kDefaultMemory, &memory));
        for (const Input& input : network_.inputs) {
            std::vector<float>& buffer = buffers_.emplace_back(input.values);
            OrtValue*& value = inputs_.emplace_back(nullptr);
            TARSIER_CHECK(call(kCreateTensor, static_cast<const OrtMemoryInfo*>(memory),
                               static_cast<void*>(buffer.data()), buffer.size() * sizeof(float),
                               input.dims.data(), input.dims.size(), kFloat, &value));
            input_names_.push_back(input.name.c_str());
        }
        for (const std::string& name : network_.outputs) output_names_.push_back(name.c_str());
        outputs_.assign(output_names_.size(), nullptr);
        return Ok{};
    }

    const Network& network_;
    OrtSession* session_ = nullptr;
    std::vector<std::vector<float>> buffers_;
    std::vector<OrtValue*> inputs_, outputs_;
    std::vector<const char*> input_names_, output_names_;
};

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    auto runner = std::make_unique<Ort>(network);
    TARSIER_CHECK(runner->load(threads));
    return std::unique_ptr<Runner>(std::move(runner));
}

}  // namespace

Result<Engine> onnxruntime_engine() {
    const char* file = std::getenv("ONNXRUNTIME");
    if (!file)
        return {Code::Unavailable, "ONNXRUNTIME names no library",
                "`./dev bench peers` fetches the npm package onnxruntime-node"};
    void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) return {Code::Unavailable, ::dlerror()};
    const auto base = reinterpret_cast<const ApiBase* (*)()>(::dlsym(library, "OrtGetApiBase"));
    if (!base) return {Code::Unavailable, std::string(file) + " is not ONNX Runtime"};
    api = base()->get_api(11);
    if (!api) return {Code::Unavailable, std::string(base()->version()) + " lacks interface 11"};
    TARSIER_CHECK(call(kCreateEnv, kLogErrors, "peers", &env));
    return Engine{
        "onnxruntime",
        std::string(base()->version()) +
            ", all graph optimizations, memory arena, spinning; 8 bits by QuantizeLinear and "
            "DequantizeLinear",
        load};
}

}  // namespace tarsier::peers
