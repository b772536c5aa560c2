// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tarsier/infer/model.h>

namespace tarsier::infer {

/// How the range of values that a tensor's 256 levels cover is chosen from what calibration saw.
enum class RangeMethod {
    MinMax,           ///< everything
    Percentile,       ///< all but one value in ten thousand
    MeanSquareError,  ///< where rounding within and clipping outside cost the least together
    Best,             ///< the one of these that measures best at the outputs
};

/// The values of all inputs of a model for one run, in the order of Model::inputs(), each in the
/// order of the ONNX file; empty for states, which run on from sample to sample.
using Sample = std::vector<std::vector<float>>;

struct QuantizeOptions {
    std::string name;  ///< of the model; empty = stem of the output file
    RangeMethod ranges = RangeMethod::Best;
    bool equalize = true;      ///< cross-layer equalization, kept where it measures better
    bool correct_bias = true;  ///< on the calibration data
    /// Signal-to-noise ratio in dB that every output shall reach; layers that lose too much stay
    /// float until it does. 0 = all layers become integer.
    double budget_db = 0;
    /// Called with the share of the work that is done, 0..1.
    std::function<void(double)> progress;
};

/// What became of one layer. Noise is the difference to the float network on the calibration data.
struct LayerReport {
    std::string name;
    std::string op;
    std::string shape;    ///< of the output
    bool integer = true;  ///< else it stayed float
    double sqnr_db = 0;   ///< signal-to-noise ratio of its output; 200 at most
    float low = 0;        ///< range of its output's levels
    float high = 0;
    double saturated = 0;  ///< share of the values that the range clips, 0..1
};

struct QuantizeReport {
    std::vector<LayerReport> layers;
    std::vector<double> outputs_db;  ///< signal-to-noise ratio of each output
    RangeMethod ranges = RangeMethod::MinMax;
    int equalized = 0;  ///< pairs of layers
    int corrected = 0;  ///< layers whose bias was corrected
    int float_layers = 0;
    std::size_t samples = 0;
    std::size_t bytes = 0;  ///< of the file
};

/// Makes a float model an integer one (docs/quantization.md) and writes it. Fails with Invalid
/// without samples or for such that do not fit, with Unsupported for models that are quantized
/// already or hold no layer that can be, with BadData where the samples lead to values that are not
/// finite. Lives in the library tarsier::quantize. `model` must come from Model::load or find.
Result<QuantizeReport> quantize_model(const std::shared_ptr<const Model>& model,
                                      std::span<const Sample> samples,
                                      const std::filesystem::path& file,
                                      const QuantizeOptions& options = {});

/// How weights are kept in a file whose arithmetic stays float.
enum class Storage {
    Float16,  ///< half precision, rounded to nearest even
    Int8,     ///< symmetric per output channel
};

/// Writes the model with its weights stored small; they are widened when it is loaded. Returns the
/// size of the file in bytes.
Result<std::size_t> store_small(const std::shared_ptr<const Model>& model, Storage storage,
                                const std::filesystem::path& file, const std::string& name = {});

}  // namespace tarsier::infer
