// SPDX-License-Identifier: Apache-2.0
// run_model MODEL.tsr COUNT: loads a model and runs it COUNT times on inputs of a fixed pattern.
// What one run more costs is the cost of a run. Prints the multiply-accumulates of a run and the
// level of the kernels.
#include <tarsier/infer/session.h>
#include <tarsier/kernels/kernels.h>

#include <cstdio>
#include <cstdlib>

using tarsier::infer::Model;
using tarsier::infer::Session;

namespace {

int run(const char* file, int count) {
    const auto model = Model::load(file);
    auto session = model ? Session::create(*model) : model.error();
    if (!session) {
        std::fprintf(stderr, "%s\n", session.error().to_string().c_str());
        return 65;
    }
    for (std::size_t i = 0; i < (*model)->inputs().size(); ++i) {
        const tarsier::infer::View view = (*session)->input(static_cast<int>(i));
        for (std::int64_t k = 0; k < view.shape.elements(); ++k)
            view.data[k] = static_cast<float>(k % 251) / 251;
    }
    std::vector<tarsier::infer::StepTime> steps;
    if (!(*session)->run_timed(steps)) return 1;
    double macs = 0;
    for (const auto& step : steps) macs += step.macs;
    for (int i = 0; i < count; ++i)
        if (!(*session)->run()) return 1;
    std::printf("%.0f %s\n", macs, tarsier::kernels::level_name());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3) return run(argv[1], std::atoi(argv[2]));
    std::fprintf(stderr, "usage: run_model MODEL.tsr COUNT\n");
    return 2;
}
