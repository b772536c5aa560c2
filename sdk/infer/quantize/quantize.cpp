// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/quantize.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "compare.h"
#include "correct_bias.h"
#include "equalize.h"
#include "format/verify.h"
#include "format/writer.h"
#include "integer_net.h"

namespace tarsier::infer {
namespace {

using namespace quantize;

// Candidates are compared on so many of the samples, at most.
constexpr std::size_t kTrialSamples = 32;

/// A float network, equalized or not, and what calibration says about it.
struct Basis {
    Draft draft;
    std::shared_ptr<const NetModel> reference;
    Calibration calibration;
    int equalized = 0;
};

/// One way to make it integer, and how well that measures.
struct Candidate {
    const Basis* basis = nullptr;
    RangeMethod method = RangeMethod::MinMax;
    std::vector<Levels> levels;
    bool corrected = false;
    int corrections = 0;
    IntegerNet net;
    double worst_db = 0;
};

class Quantizer {
  public:
    Quantizer(std::span<const Sample> samples, const QuantizeOptions& options, std::string name)
        : samples_(samples), options_(options), name_(std::move(name)) {}

    Result<Candidate> run(const std::shared_ptr<const NetModel>& model) {
        TARSIER_CHECK(add_basis(model, false));
        if (options_.equalize) TARSIER_CHECK(add_basis(model, true));
        TARSIER_TRY(Candidate best, choose());
        return options_.budget_db > 0 ? within_budget(std::move(best)) : std::move(best);
    }

  private:
    void progress(double share) const {
        if (options_.progress) options_.progress(share);
    }

    /// The samples for comparisons of candidates: evenly among all, the first ones where the model
    /// has states.
    std::vector<Sample> trial_samples(const NetModel& model) const {
        const std::size_t count = std::min(samples_.size(), kTrialSamples);
        std::vector<Sample> trial;
        for (std::size_t i = 0; i < count; ++i)
            trial.push_back(samples_[model.states().empty() ? i * samples_.size() / count : i]);
        return trial;
    }

    Status add_basis(const std::shared_ptr<const NetModel>& model, bool equalized) {
        Basis basis{Draft(model), nullptr, {}, 0};
        if (equalized) basis.equalized = equalize(basis.draft);
        if (equalized && basis.equalized == 0) return Ok{};
        basis.reference = basis.draft.packed();
        TARSIER_TRY(basis.calibration, Calibration::measure(basis.reference, samples_));
        if (trial_.empty()) trial_ = trial_samples(*model);
        bases_.push_back(std::move(basis));
        progress(equalized ? 0.3 : 0.15);
        return Ok{};
    }

    Result<Candidate> build(const Basis& basis, RangeMethod method, bool correct,
                            const std::set<int>& floats) const {
        Candidate out;
        out.basis = &basis;
        out.method = method;
        out.corrected = correct;
        out.levels = choose_levels(basis.draft, basis.calibration, method);
        Draft draft = basis.draft;
        if (correct) out.corrections = correct_bias(draft, out.levels, basis.calibration, floats);
        out.net = make_integer(draft, out.levels, floats, name_);
        TARSIER_CHECK(verify(out.net.model->net()));
        TARSIER_TRY(const Comparison comparison, compare(basis.reference, out.net, trial_, false));
        out.worst_db = comparison.worst();
        return out;
    }

    /// The best of all combinations that the options allow.
    Result<Candidate> choose() const {
        std::vector<RangeMethod> methods{options_.ranges};
        if (options_.ranges == RangeMethod::Best)
            methods = {RangeMethod::MinMax, RangeMethod::Percentile, RangeMethod::MeanSquareError};
        std::vector<bool> corrections{false};
        if (options_.correct_bias) corrections.push_back(true);
        const std::size_t all = bases_.size() * methods.size() * corrections.size();
        Candidate best;
        std::size_t done = 0;
        for (const Basis& basis : bases_)
            for (const RangeMethod method : methods)
                for (const bool correct : corrections) {
                    TARSIER_TRY(Candidate candidate, build(basis, method, correct, {}));
                    if (!best.basis || candidate.worst_db > best.worst_db)
                        best = std::move(candidate);
                    progress(0.3 + 0.5 * static_cast<double>(++done) / static_cast<double>(all));
                }
        return best;
    }

    /// Keeps steps float, those first without which the outputs gain most, until the budget is met.
    Result<Candidate> within_budget(Candidate best) const {
        const Basis& basis = *best.basis;
        const auto try_with = [&](const std::set<int>& floats) {
            return build(basis, best.method, best.corrected, floats);
        };
        std::vector<std::pair<double, int>> gains;
        const std::size_t steps = best.net.integer.size();
        for (std::size_t i = 0; i < steps && best.worst_db < options_.budget_db; ++i) {
            if (!best.net.integer[i]) continue;
            TARSIER_TRY(const Candidate without, try_with({static_cast<int>(i)}));
            gains.emplace_back(without.worst_db, static_cast<int>(i));
            progress(0.8 + 0.1 * static_cast<double>(i) / static_cast<double>(steps));
        }
        std::sort(gains.rbegin(), gains.rend());
        std::set<int> floats;
        for (const auto& [gain, step] : gains) {
            if (best.worst_db >= options_.budget_db) break;
            floats.insert(step);
            TARSIER_TRY(best, try_with(floats));
        }
        return best;
    }

    std::span<const Sample> samples_;
    const QuantizeOptions& options_;
    std::string name_;
    std::vector<Sample> trial_;
    std::deque<Basis> bases_;  ///< candidates point into it
};

Result<std::shared_ptr<const NetModel>> float_model(const std::shared_ptr<const Model>& model) {
    auto net_model = std::dynamic_pointer_cast<const NetModel>(model);
    if (!net_model) return {Code::Invalid, "a model from Model::load or Model::find is needed"};
    bool any = false;
    for (const NetStep& step : net_model->net().steps) any = any || has_integer_form(step);
    for (const NetTensor& tensor : net_model->net().tensors)
        if (tensor.element != ElementType::F32)
            return {Code::Unsupported,
                    fmt::format("model '{}' is quantized already", model->name()),
                    "begin with the float model"};
    if (any) return net_model;
    return {Code::Unsupported,
            fmt::format("model '{}' has no layer that can be quantized", model->name())};
}

Status check_samples(const Model& model, std::span<const Sample> samples) {
    if (samples.empty()) return {Code::Invalid, "there are no samples to calibrate on"};
    for (const Sample& sample : samples)
        for (std::size_t i = 0; i < sample.size(); ++i)
            if (std::any_of(sample[i].begin(), sample[i].end(),
                            [](float x) { return !std::isfinite(x); }))
                return {Code::BadData, fmt::format("a sample for '{}' holds values that are not "
                                                   "finite",
                                                   model.inputs()[i].name)};
    return Ok{};
}

std::vector<LayerReport> layer_reports(const Candidate& chosen, const Comparison& comparison) {
    const Net& net = chosen.basis->draft.net;
    std::vector<LayerReport> layers;
    for (std::size_t i = 0; i < net.steps.size(); ++i) {
        const NetStep& step = net.steps[i];
        const auto output = static_cast<std::size_t>(step.output);
        const Noise& noise = comparison.steps[i];
        const Levels& levels = chosen.levels[output];
        LayerReport layer;
        layer.name = step.name;
        layer.op = step.op;
        layer.shape = net.tensors[output].shape_text();
        layer.integer = chosen.net.integer[i];
        layer.sqnr_db = noise.db();
        layer.low = static_cast<float>(levels.value(0));
        layer.high = static_cast<float>(levels.value(255));
        layer.saturated = noise.count > 0 ? noise.clipped / noise.count : 0;
        layers.push_back(std::move(layer));
    }
    return layers;
}

}  // namespace

Result<QuantizeReport> quantize_model(const std::shared_ptr<const Model>& model,
                                      std::span<const Sample> samples,
                                      const std::filesystem::path& file,
                                      const QuantizeOptions& options) {
    TARSIER_TRY(const auto net_model, float_model(model));
    TARSIER_CHECK(check_samples(*model, samples));
    Quantizer quantizer(samples, options,
                        options.name.empty() ? file.stem().string() : options.name);
    TARSIER_TRY(const Candidate chosen, quantizer.run(net_model));
    TARSIER_TRY(const Comparison comparison,
                compare(chosen.basis->reference, chosen.net, samples, true));
    TARSIER_CHECK(write_tsr(chosen.net.model->net(), file));
    QuantizeReport report;
    report.layers = layer_reports(chosen, comparison);
    for (const Noise& output : comparison.outputs) report.outputs_db.push_back(output.db());
    report.ranges = chosen.method;
    report.equalized = chosen.basis->equalized;
    report.corrected = chosen.corrections;
    report.float_layers =
        static_cast<int>(std::count(chosen.net.integer.begin(), chosen.net.integer.end(), false));
    report.samples = samples.size();
    std::error_code ignored;
    report.bytes = std::filesystem::file_size(file, ignored);
    if (options.progress) options.progress(1);
    return report;
}

}  // namespace tarsier::infer
