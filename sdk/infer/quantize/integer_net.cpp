// SPDX-License-Identifier: Apache-2.0
#include "integer_net.h"

#include <algorithm>

namespace tarsier::infer::quantize {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

const Weights* weights_of(const Draft& draft, int step) {
    const auto found = draft.weights.find(step);
    return found == draft.weights.end() ? nullptr : &found->second;
}

/// Attributes that say what their absence would.
void erase_defaults(NetStep& step) {
    const auto erase = [&](const char* key, double value) {
        const auto found = step.attributes.find(key);
        if (found != step.attributes.end() && found->second == value) step.attributes.erase(found);
    };
    for (const char* key :
         {"kernel_h", "kernel_w", "stride_h", "stride_w", "dilation_h", "dilation_w"})
        erase(key, 1);
    for (const char* key : {"pad_top", "pad_left", "pad_bottom", "pad_right", "low"}) erase(key, 0);
    erase("high", 255);
}

/// What building an integer network keeps in memory.
struct Kept {
    std::shared_ptr<const NetModel> origin;
    ConstantStore store;
};

class Builder {
  public:
    Builder(const Draft& draft, const std::vector<Levels>& levels, const std::set<int>& floats)
        : draft_(draft),
          from_(draft.net),
          levels_(levels),
          floats_(floats),
          kept_(std::make_shared<Kept>()),
          bytes_(from_.tensors.size(), -1),
          float_(from_.tensors.size(), -1) {
        kept_->origin = draft.packed();
        out_.task = from_.task;
        out_.metadata = from_.metadata;
        out_.states = from_.states;
    }

    IntegerNet build(const std::string& name) {
        out_.name = name;
        for (const NetPort& port : from_.inputs) {
            float_[index(port.tensor)] = add_float(port.tensor);
            out_.inputs.push_back({port.info, float_[index(port.tensor)]});
            if (needs_levels(port.tensor)) quantize(port.tensor);
        }
        IntegerNet result;
        for (int i = 0; i < static_cast<int>(from_.steps.size()); ++i)
            result.integer.push_back(add_step(i));
        for (const NetPort& port : from_.outputs)
            out_.outputs.push_back({port.info, as_float(port.tensor)});
        result.levels = levels_;
        for (std::size_t i = 0; i < from_.tensors.size(); ++i)
            result.twins.push_back(bytes_[i] >= 0 ? bytes_[i] : float_[i]);
        result.model = std::make_shared<const NetModel>(std::move(out_), kept_);
        return result;
    }

  private:
    /// A tensor of floats with memory of its own, of the shape of tensor i.
    int add_float(int i) {
        NetTensor tensor = from_.tensors[index(i)];
        tensor.root = -1;
        tensor.first_channel = 0;
        return add(std::move(tensor));
    }

    /// Only ports need names: what lies between is found by the steps'.
    int add(NetTensor tensor) {
        tensor.name.clear();
        out_.tensors.push_back(std::move(tensor));
        return static_cast<int>(out_.tensors.size()) - 1;
    }

    /// The tensor of levels for tensor i, a slice where that is one.
    int as_levels(int i) {
        if (bytes_[index(i)] >= 0) return bytes_[index(i)];
        NetTensor tensor = from_.tensors[index(i)];
        tensor.element = ElementType::U8;
        tensor.scale = levels_[index(i)].scale;
        tensor.zero_point = levels_[index(i)].zero_point;
        if (tensor.root >= 0) tensor.root = as_levels(tensor.root);
        return bytes_[index(i)] = add(std::move(tensor));
    }

    /// The tensor of floats for tensor i, whose values have been written.
    int as_float(int i) {
        if (float_[index(i)] >= 0) return float_[index(i)];
        float_[index(i)] = add_float(i);
        NetStep step;
        step.op = "dequantize";
        step.name = from_.tensors[index(i)].name;
        step.inputs = {as_levels(i)};
        step.output = float_[index(i)];
        out_.steps.push_back(std::move(step));
        return float_[index(i)];
    }

    void quantize(int i) {
        NetStep step;
        step.op = "quantize";
        step.name = from_.tensors[index(i)].name;
        step.inputs = {float_[index(i)]};
        step.output = as_levels(i);
        step.attributes["factor"] = static_cast<double>(1 / levels_[index(i)].scale);
        out_.steps.push_back(std::move(step));
    }

    bool stays_float(int step) const {
        return floats_.count(step) > 0 || !has_integer_form(from_.steps[index(step)]);
    }

    /// Whether the float values that are written to tensor i have to become levels: somebody reads
    /// them as such, or they are part of something larger.
    bool needs_levels(int i) const {
        const auto shares = [&](const NetTensor& tensor) { return tensor.root == i; };
        if (from_.tensors[index(i)].root >= 0 ||
            std::any_of(from_.tensors.begin(), from_.tensors.end(), shares))
            return true;
        for (int step = 0; step < static_cast<int>(from_.steps.size()); ++step) {
            const std::vector<int>& inputs = from_.steps[index(step)].inputs;
            if (!stays_float(step) && std::count(inputs.begin(), inputs.end(), i) > 0) return true;
        }
        return false;
    }

    /// Returns whether the step became integer.
    bool add_step(int i) {
        if (stays_float(i)) return add_float_step(i), false;
        const LeveledStep from = leveled(draft_, i, levels_);
        LeveledStep direct = from;
        direct.output = fixed_levels(from.step).value_or(from.output);
        auto step = integer_form(direct, out_, kept_->store);
        if (!step) return add_float_step(i), false;
        erase_defaults(*step);
        for (int& input : step->inputs) input = as_levels(input);
        const int output = as_levels(from.step.output);
        step->output = direct.output == from.output ? output : add_levels(output, direct.output);
        out_.steps.push_back(*step);
        if (step->output != output) {
            NetStep convert = convert_levels(direct.output, from.output, out_, kept_->store);
            convert.name = step->name + "/levels";
            convert.inputs = {step->output};
            convert.output = output;
            out_.steps.push_back(std::move(convert));
        }
        return true;
    }

    /// A tensor of its own like `tensor`, with other levels.
    int add_levels(int like, const Levels& levels) {
        NetTensor tensor = out_.tensors[index(like)];
        tensor.root = -1;
        tensor.first_channel = 0;
        tensor.scale = levels.scale;
        tensor.zero_point = levels.zero_point;
        return add(std::move(tensor));
    }

    void add_float_step(int i) {
        const Net& packed = kept_->origin->net();
        NetStep step = packed.steps[index(i)];
        for (int& input : step.inputs) input = as_float(input);
        for (int& constant : step.constants) {
            out_.constants.push_back(packed.constants[index(constant)]);
            constant = static_cast<int>(out_.constants.size()) - 1;
        }
        const int output = step.output;
        step.output = float_[index(output)] = add_float(output);
        out_.steps.push_back(std::move(step));
        if (needs_levels(output)) quantize(output);
    }

    const Draft& draft_;
    const Net& from_;
    const std::vector<Levels>& levels_;
    const std::set<int>& floats_;
    std::shared_ptr<Kept> kept_;
    Net out_;
    std::vector<int> bytes_;  ///< by tensor of the draft: its levels; -1 = none yet
    std::vector<int> float_;  ///< the same of its floats
};

}  // namespace

LeveledStep leveled(const Draft& draft, int i, const std::vector<Levels>& levels) {
    const NetStep& step = draft.net.steps[index(i)];
    LeveledStep out{step, weights_of(draft, i), {}, levels[index(step.output)]};
    if (step.op == "prelu")
        out.slopes = {draft.net.constants[index(step.constants[0])].floats(),
                      index(draft.net.tensors[index(step.output)].channels)};
    for (const int input : step.inputs) out.inputs.push_back(levels[index(input)]);
    return out;
}

std::vector<Levels> choose_levels(const Draft& draft, const Calibration& calibration,
                                  RangeMethod method) {
    const Net& net = draft.net;
    std::vector<Levels> levels;  // of groups, at the tensor that they are known by
    for (const Histogram& histogram : calibration.histograms)
        levels.push_back(Levels::cover(histogram.choose(method)));
    const auto group = [&](int tensor) { return index(calibration.groups[index(tensor)]); };
    std::vector<int> writers(net.tensors.size());
    for (const NetStep& step : net.steps) ++writers[group(step.output)];
    for (const NetPort& port : net.inputs) ++writers[group(port.tensor)];
    for (const NetStep& step : net.steps) {
        if (step.op == "sigmoid" && writers[group(step.output)] == 1)
            levels[group(step.output)] = Levels::cover({0, 1});
        if (const auto fixed = fixed_levels(step); fixed && writers[group(step.output)] == 1)
            levels[group(step.output)] = *fixed;
    }
    // Twice, for a state's levels are read before the step that widens them.
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < static_cast<int>(net.steps.size()); ++i) {
            std::vector<Levels> all(net.tensors.size());
            const NetStep& step = net.steps[index(i)];
            all[index(step.output)] = levels[group(step.output)];
            for (const int input : step.inputs) all[index(input)] = levels[group(input)];
            Levels& output = levels[group(step.output)];
            output.scale =
                std::max(output.scale, static_cast<float>(least_scale(leveled(draft, i, all))));
        }
    }
    std::vector<Levels> out;
    for (std::size_t i = 0; i < net.tensors.size(); ++i)
        out.push_back(levels[index(calibration.groups[i])]);
    return out;
}

IntegerNet make_integer(const Draft& draft, const std::vector<Levels>& levels,
                        const std::set<int>& floats, const std::string& name) {
    return Builder(draft, levels, floats).build(name);
}

}  // namespace tarsier::infer::quantize
