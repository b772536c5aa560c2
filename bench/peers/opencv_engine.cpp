// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#ifdef TARSIER_HAVE_OPENCV_DNN
#include <cstring>
#include <fstream>
#include <map>
#include <opencv2/dnn.hpp>

#include "onnx_proto.h"
#endif

namespace tarsier::peers {

#ifdef TARSIER_HAVE_OPENCV_DNN
namespace {

class OpenCv : public Runner {
  public:
    OpenCv(const Network& network, cv::dnn::Net net) : network_(network), net_(std::move(net)) {
        for (const Input& input : network_.inputs)
            blobs_.emplace_back(std::vector<int>(input.dims.begin(), input.dims.end()), CV_32F,
                                const_cast<float*>(input.values.data()));
        names_.assign(network_.outputs.begin(), network_.outputs.end());
    }

    Status run() override {
        try {
            for (std::size_t i = 0; i < blobs_.size(); ++i)
                net_.setInput(blobs_[i], network_.inputs[i].name);
            net_.forward(outputs_, names_);
        } catch (const cv::Exception& e) {
            return {Code::Internal, e.err};
        }
        return Ok{};
    }

    std::vector<float> output(std::size_t i) override {
        const float* values = outputs_[i].ptr<float>();
        return {values, values + outputs_[i].total()};
    }

  private:
    const Network& network_;
    cv::dnn::Net net_;
    std::vector<cv::Mat> blobs_;
    std::vector<cv::String> names_;
    std::vector<cv::Mat> outputs_;
};

/// OpenCV 4.6 wants the bounds of a Clip as attributes, as before opset 11.
std::string with_old_clips(const std::string& file) {
    onnx::ModelProto model;
    std::ifstream in(file, std::ios::binary);
    model.ParseFromIstream(&in);
    std::map<std::string, float> constants;
    const auto remember = [&](const std::string& name, const onnx::TensorProto& tensor) {
        if (tensor.data_type() != onnx::TensorProto::FLOAT) return;
        float value = 0;
        if (tensor.raw_data().size() == sizeof value)
            std::memcpy(&value, tensor.raw_data().data(), sizeof value);
        else if (tensor.float_data_size() == 1)
            value = tensor.float_data(0);
        else
            return;
        constants[name] = value;
    };
    for (const auto& tensor : model.graph().initializer()) remember(tensor.name(), tensor);
    for (auto& node : *model.mutable_graph()->mutable_node()) {
        if (node.op_type() == "Constant" && node.attribute(0).has_t())
            remember(node.output(0), node.attribute(0).t());
        if (node.op_type() != "Clip") continue;
        for (int i = 1; i < node.input_size(); ++i) {
            if (constants.count(node.input(i)) == 0) continue;
            onnx::AttributeProto* bound = node.add_attribute();
            bound->set_name(i == 1 ? "min" : "max");
            bound->set_type(onnx::AttributeProto::FLOAT);
            bound->set_f(constants[node.input(i)]);
        }
        const std::string data = node.input(0);
        node.clear_input();
        node.add_input(data);
    }
    return model.SerializeAsString();
}

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    try {
        cv::setNumThreads(threads);
        const std::string model = with_old_clips(network.onnx.string());
        cv::dnn::Net net = cv::dnn::readNetFromONNX(model.data(), model.size());
        net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        return std::unique_ptr<Runner>(std::make_unique<OpenCv>(network, std::move(net)));
    } catch (const cv::Exception& e) {
        return {Code::Unsupported, e.err};
    }
}

}  // namespace

Result<Engine> opencv_engine() {
    return Engine{.name = "opencv",
                  .settings = std::string(CV_VERSION) + ", its own backend, fusion on",
                  .load = load,
                  .fp32_only = true};
}
#else
Result<Engine> opencv_engine() {
    return {Code::Unavailable, "built without OpenCV's dnn module",
            "install libopencv-dnn-dev and configure again"};
}
#endif

}  // namespace tarsier::peers
