// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/graph.h>

#include <mutex>

#include "common/samples.h"
#include "common/speech.h"

namespace fs = std::filesystem;

namespace tarsier::apps {
namespace {

/// Takes what reaches the sinks of a graph. Thread-safe.
class Collector {
  public:
    Collector(const infer::Model& model, std::size_t most)
        : model_(model), input_(free_inputs(model).front()), most_(most) {}

    void add(std::string_view node, const Packet& packet) {
        const std::lock_guard lock(mutex_);
        if (samples_.list.size() >= most_) return;
        auto values = values_of(packet);
        if (!values) {
            ++refused_;
            if (samples_.refused.empty()) {
                values.error().node = std::string(node);
                samples_.refused.push_back(std::move(values.error()));
            }
            return;
        }
        Sample sample(model_.inputs().size());
        sample[input_] = std::move(*values);
        samples_.list.push_back(std::move(sample));
    }
    std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return samples_.list.size();
    }
    /// Whether nothing fits, after more packets than a graph's sinks differ in.
    bool hopeless() const {
        constexpr std::size_t kPatience = 100;
        const std::lock_guard lock(mutex_);
        return samples_.list.empty() && refused_ >= kPatience;
    }
    Samples take() { return std::move(samples_); }

  private:
    Result<std::vector<float>> values_of(const Packet& packet) const {
        const infer::TensorInfo& input = model_.inputs()[input_];
        const Shape& shape = input.shape;
        if (const auto* image = packet.payload.as<Image>();
            image && shape.rank() == 4 && shape[0] == 1 && shape[1] == 3)
            return picture_values(*image, shape);
        if (const auto* tensor = packet.payload.as<Tensor>();
            tensor && tensor->type() == ElementType::F32 && tensor->shape() == shape)
            return std::vector<float>(tensor->floats().begin(), tensor->floats().end());
        return {Code::BadData,
                fmt::format("what reaches the sink does not fit input '{}' ({})", input.name,
                            shape.to_string()),
                "pictures for inputs 1x3xHxW, or tensors of the input's shape"};
    }

    const infer::Model& model_;
    std::size_t input_;
    std::size_t most_;
    mutable std::mutex mutex_;
    Samples samples_;
    std::size_t refused_ = 0;
};

}  // namespace

Result<Samples> run_for_samples(const infer::Model& model, const fs::path& file,
                                const SampleOptions& options) {
    if (free_inputs(model).size() != 1)
        return {Code::Unsupported, "a graph makes samples for models with one input",
                "write .npy files into a folder for each input"};
    GraphOptions graph_options;
    graph_options.headless = true;
    TARSIER_TRY(Graph graph, Graph::load(file, {}, graph_options));
    Collector collector(model, options.most);
    graph.on_sink_packet([&](std::string_view node, std::string_view, const Packet& packet) {
        collector.add(node, packet);
        const std::size_t count = collector.count();
        if (options.progress)
            options.progress(static_cast<double>(count) / static_cast<double>(options.most));
        if (count >= options.most || collector.hopeless()) graph.request_stop();
    });
    TARSIER_CHECK(graph.start());
    TARSIER_CHECK(graph.wait());
    Samples samples = collector.take();
    if (!samples.list.empty()) return samples;
    if (!samples.refused.empty()) return samples.refused.front();
    return {Code::BadData, fmt::format("{}: nothing reached its sinks", file.string())};
}

}  // namespace tarsier::apps
