// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>
#include <tarsier/infer/session.h>
#include <tarsier/kernels/model_input.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "vision/matte.h"
#include "vision/refine.h"

namespace tarsier::nodes {

struct PortraitMatting final : Node {
    In<Image> image{this, "image", "frame in an 8-bit format"};
    Out<Image> matte{this, "matte", "gray8 of the frame's size, 255 where a person is, else 0"};
    Option<std::string> model{this, "model", "mmnet-256", "network that finds people", a_model()};
    Option<float> smoothing{this, "smoothing", 0.7f,
                            "steadies the matte over time; 0 = each frame for itself",
                            within(0, 1)};
    Option<bool> refine{this, "refine", true, "draw the matte along the edges of the frame"};
    Option<int> radius{this, "radius", 2, "reach of the refinement in pixels of the network",
                       within(1, 16)};
    Option<int> threads{this, "threads", 1, "that share one inference", within(1, 64)};

    Status start() override;
    Status process() override;

  private:
    std::unique_ptr<infer::Session> session_;
    std::optional<kernels::ModelInput> input_;
    std::uint32_t epoch_ = 0;
    std::vector<float> rgb_;  ///< the input, which the session may overwrite while it runs
    FloatPlane alpha_;
    FloatPlane luma_;
    ColorSnap snap_;
    MatteCleaner cleaner_;
    MatteSmoother smoother_;
    MatteRefiner refiner_;
};

namespace {

/// Pictures in, a probability for each pixel and class out, at the same size.
Status check_shapes(infer::Session& session) {
    const auto wrong = [&](const std::string& what) {
        return make_error(Code::Unsupported,
                          "model '" + session.model().name() + "' cannot do matting: " + what,
                          "`tarsier models` lists the models and their tasks");
    };
    const infer::Model& model = session.model();
    if (model.inputs().empty() || model.outputs().empty())
        return wrong("it has no input or output");
    const Shape in = session.input(0).shape;
    const Shape out = session.output(0).shape;
    if (in.rank() != 4 || in[0] != 1 || in[3] != 3 || in[1] % 4 != 0 || in[2] % 4 != 0)
        return wrong("its input is " + in.to_string() + ", not one picture of three channels");
    if (out.rank() != 4 || out[1] != in[1] || out[2] != in[2] || out[3] < 1)
        return wrong("its output is " + out.to_string() + ", not a plane of its input's size");
    return Ok{};
}

}  // namespace

Status PortraitMatting::start() {
    TARSIER_TRY(auto loaded, infer::Model::find(*model));
    TARSIER_TRY(session_,
                infer::Session::create(std::move(loaded), {.threads = *threads, .levels = true}));
    TARSIER_CHECK(check_shapes(*session_));
    const Shape shape = session_->input(0).shape;
    const int width = static_cast<int>(shape[2]);
    const int height = static_cast<int>(shape[1]);
    input_.emplace(width, height);
    rgb_.resize(static_cast<std::size_t>(shape.elements()));
    alpha_ = FloatPlane(width, height);
    luma_ = FloatPlane(width, height);
    smoother_.reset();
    return Ok{};
}

Status PortraitMatting::process() {
    const infer::LevelView levels = session_->input_levels(0);
    TARSIER_CHECK(
        input_->write(*image, rgb_.data(), {levels.data, levels.factor, levels.zero_point}));
    if (!levels.data) std::copy(rgb_.begin(), rgb_.end(), session_->input(0).data);
    guide_of_input(rgb_.data(), *image, luma_);
    TARSIER_CHECK(session_->run());

    // The person is the last class.
    const infer::View out = session_->output(0);
    const auto classes = static_cast<std::size_t>(out.shape[3]);
    for (std::size_t i = 0; i < alpha_.values.size(); ++i)
        alpha_.values[i] = out.data[(i + 1) * classes - 1];

    if (key().epoch != epoch_) smoother_.reset();
    epoch_ = key().epoch;
    if (*refine) snap_.snap(rgb_.data(), alpha_);
    cleaner_.clean(alpha_);
    smoother_.smooth(*smoothing, luma_, alpha_);
    TARSIER_TRY(Image result, matte.allocate(image->size(), PixelFormat::Gray8));
    MatteRefiner::Settings settings;
    settings.radius = *refine ? *radius : 0;
    refiner_.refine(alpha_, luma_, *image, settings, result);
    return matte.send(std::move(result));
}

TARSIER_NODE(PortraitMatting, "vision.portrait_matting",
             "Finds people: a matte that says how much of each pixel is a person.");

}  // namespace tarsier::nodes
