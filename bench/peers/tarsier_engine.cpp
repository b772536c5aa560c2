// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/session.h>
#include <tarsier/kernels/kernels.h>

#include <algorithm>

#include "engine.h"

namespace tarsier::peers {
namespace {

class Ours : public Runner {
  public:
    Ours(const Network& network, std::unique_ptr<infer::Session> session)
        : network_(network), session_(std::move(session)) {
        // States stay in the plan from run to run; others get theirs with each run.
        const infer::Model& model = session_->model();
        for (std::size_t i = 0; i < model.inputs().size(); ++i) {
            const auto keeps = [&](const infer::StateInfo& state) {
                return state.input == static_cast<int>(i);
            };
            if (std::any_of(model.states().begin(), model.states().end(), keeps)) continue;
            for (const Input& input : network_.inputs)
                if (input.name == model.inputs()[i].name)
                    inputs_.push_back({static_cast<int>(i), &input});
        }
    }

    Status run() override {
        for (const auto& [i, input] : inputs_) TARSIER_CHECK(session_->set_input(i, input->values));
        return session_->run();
    }

    std::vector<float> output(std::size_t i) override {
        const auto& infos = session_->model().outputs();
        for (std::size_t k = 0; k < infos.size(); ++k) {
            if (infos[k].name != network_.outputs[i]) continue;
            std::vector<float> values(static_cast<std::size_t>(infos[k].shape.elements()));
            if (session_->get_output(static_cast<int>(k), values)) return values;
        }
        return {};
    }

  private:
    const Network& network_;
    std::unique_ptr<infer::Session> session_;
    std::vector<std::pair<int, const Input*>> inputs_;
};

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    TARSIER_TRY(auto model, infer::Model::load(network.tsr));
    TARSIER_TRY(auto session, infer::Session::create(model, {.threads = threads}));
    return std::unique_ptr<Runner>(std::make_unique<Ours>(network, std::move(session)));
}

}  // namespace

Result<Engine> tarsier_engine() {
    return Engine{"tarsier", std::string("level ") + kernels::level_name(), load};
}

}  // namespace tarsier::peers
