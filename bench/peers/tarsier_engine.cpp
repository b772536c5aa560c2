// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/convert.h>
#include <tarsier/infer/session.h>
#include <tarsier/kernels/kernels.h>
#include <unistd.h>

#include "engine.h"

namespace fs = std::filesystem;

namespace tarsier::peers {
namespace {

class Ours : public Runner {
  public:
    Ours(const Network& network, std::unique_ptr<infer::Session> session)
        : network_(network), session_(std::move(session)) {
        // Inputs that the plan keeps as states are not fed.
        for (const infer::TensorInfo& info : session_->model().inputs())
            for (const Input& input : network_.inputs)
                if (input.name == info.name) inputs_.push_back(&input);
    }

    Status run() override {
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            TARSIER_CHECK(session_->set_input(static_cast<int>(i), inputs_[i]->values));
        return session_->run();
    }

    std::vector<float> first_output() override {
        std::vector<float> values(
            static_cast<std::size_t>(session_->model().outputs()[0].shape.elements()));
        if (!session_->get_output(0, values)) values.clear();
        return values;
    }

  private:
    const Network& network_;
    std::unique_ptr<infer::Session> session_;
    std::vector<const Input*> inputs_;
};

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    const fs::path file =
        fs::temp_directory_path() / (network.name + "-" + std::to_string(::getpid()) + ".tsr");
    TARSIER_CHECK(infer::convert_onnx(network.onnx, file));
    auto model = infer::Model::load(file);
    fs::remove(file);
    if (!model) return model.error();
    TARSIER_TRY(auto session, infer::Session::create(*model, {.threads = threads}));
    return std::unique_ptr<Runner>(std::make_unique<Ours>(network, std::move(session)));
}

}  // namespace

Result<Engine> tarsier_engine() {
    return Engine{"tarsier", std::string("level ") + kernels::level_name(), load};
}

}  // namespace tarsier::peers
