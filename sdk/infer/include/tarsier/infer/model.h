// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/media/tensor.h>

namespace tarsier::infer {

/// An input or output of a model, as named in the ONNX file it came from.
struct TensorInfo {
    std::string name;
    Shape shape;  ///< in the order of the ONNX file, NCHW for pictures
    ElementType type = ElementType::F32;
};

/// A tensor that a model keeps from run to run, as an input and an output by their numbers in
/// Model::inputs() and Model::outputs(): what the output holds after a run, the input holds before
/// the next one.
struct StateInfo {
    int input = 0;
    int output = 0;
};

/// A `.tsr` file, mapped read-only and verified whole before anything of it is used
/// (docs/model-format.md). Immutable; shared by any number of sessions. Thread-safe.
class Model {
  public:
    /// Fails with NotFound, Permission, or BadData with the reason; a hostile file costs bounded
    /// time and memory.
    static Result<std::shared_ptr<const Model>> load(const std::filesystem::path& file);
    /// A model by the stem of a file in assets/models or by path. NotFound lists the models there
    /// are.
    static Result<std::shared_ptr<const Model>> find(std::string_view name);

    virtual ~Model() = default;
    virtual const std::string& name() const = 0;
    /// "matting", "landmarks", "detection", "gesture", "keywords", or empty for models of no known
    /// task.
    virtual const std::string& task() const = 0;
    virtual const std::vector<TensorInfo>& inputs() const = 0;
    virtual const std::vector<TensorInfo>& outputs() const = 0;
    /// Key and value pairs that the file carries: preprocessing, labels, licence.
    virtual const std::map<std::string, std::string>& metadata() const = 0;
    /// Empty for models that remember nothing.
    virtual const std::vector<StateInfo>& states() const = 0;
};

}  // namespace tarsier::infer
