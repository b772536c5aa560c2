// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#ifdef TARSIER_HAVE_OPENCV_DNN
#include <opencv2/dnn.hpp>
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

    std::vector<float> first_output() override {
        const float* values = outputs_[0].ptr<float>();
        return {values, values + outputs_[0].total()};
    }

  private:
    const Network& network_;
    cv::dnn::Net net_;
    std::vector<cv::Mat> blobs_;
    std::vector<cv::String> names_;
    std::vector<cv::Mat> outputs_;
};

Result<std::unique_ptr<Runner>> load(const Network& network, int threads) {
    try {
        cv::setNumThreads(threads);
        cv::dnn::Net net = cv::dnn::readNetFromONNX(network.onnx.string());
        net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        return std::unique_ptr<Runner>(std::make_unique<OpenCv>(network, std::move(net)));
    } catch (const cv::Exception& e) {
        return {Code::Unsupported, e.err};
    }
}

}  // namespace

Result<Engine> opencv_engine() {
    return Engine{"opencv", std::string(CV_VERSION) + ", its own backend, fusion on", load};
}
#else
Result<Engine> opencv_engine() {
    return {Code::Unavailable, "built without OpenCV's dnn module",
            "install libopencv-dnn-dev and configure again"};
}
#endif

}  // namespace tarsier::peers
