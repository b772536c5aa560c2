// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/node.h>
#include <tarsier/infer/session.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/media/event.h>
#include <tarsier/media/tensor.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "audio/keyword_decision.h"

namespace tarsier::nodes {

/// Networks that were trained on clips look at a sliding window, silence before the beginning;
/// those that keep states take each frame once (TC-ResNet, Choi et al. 2019). The model's file says
/// which: it has states or not.
struct KeywordSpotting final : Node {
    In<Tensor> mfcc{this, "mfcc", "frames x 40 floats, one frame each 10 ms, of audio.mfcc"};
    Out<Events> events{this, "events", "the words, each when it counts as said"};
    Option<std::string> model{this, "model", "tcresnet8-wake-en", "network that knows the words",
                              a_model()};
    Option<Duration> every{this, "every", Duration{80 * kMillisecond},
                           "from one look to the next, of networks without states",
                           within(0.01, 1)};
    Option<int> looks{this, "looks", 4, "whose mean decides", within(1, 100)};
    Option<int> agreeing{this, "agreeing", 2, "looks in which the word is the likeliest",
                         within(1, 100)};
    Option<float> threshold{this, "threshold", 0.8F, "of the mean, at which a word counts",
                            within(0, 1)};
    Option<float> rearm{this, "rearm", 0.4F, "the mean falls below this between two equal words",
                        within(0, 1)};
    Option<Duration> refractory{this, "refractory", Duration{kSecond},
                                "in which the same word does not count again", within(0, 60)};

    Status start() override;
    Status process() override;

  private:
    Status check_model();
    void begin_anew();
    Result<std::optional<KeywordDecision::Word>> look(Timestamp ts);

    static constexpr std::size_t kCoefficients = kernels::Mfcc::kCoefficients;
    static constexpr Timestamp kFrame = kernels::Mfcc::kHop * kSecond / kernels::Mfcc::kSampleRate;

    std::unique_ptr<infer::Session> session_;
    std::vector<std::string> labels_;
    std::optional<KeywordDecision> decision_;
    std::size_t window_ = 0;      ///< frames that the network takes
    std::size_t step_ = 0;        ///< frames from look to look
    std::size_t since_look_ = 0;  ///< frames
    std::vector<float> frames_;   ///< the newest ones, window_ of them
    std::uint32_t epoch_ = 0;
};

namespace {

/// What is said when no word is.
bool is_word(const std::string& label) {
    const std::string others[] = {"__null__", "silence", "unknown", "_silence_", "_unknown_"};
    return std::ranges::find(others, label) == std::end(others);
}

}  // namespace

Status KeywordSpotting::check_model() {
    const auto wrong = [&](const std::string& what) {
        return make_error(Code::Unsupported,
                          "model '" + session_->model().name() + "' cannot spot keywords: " + what,
                          "`tarsier models` lists the models and their tasks");
    };
    const infer::Model& loaded = session_->model();
    if (loaded.inputs().empty() || loaded.outputs().empty())
        return wrong("it has no input or output");
    const Shape in = session_->input(0).shape;
    if (in.rank() != 4 || in[0] != 1 || in[1] != 1 ||
        in[3] != static_cast<std::int64_t>(kCoefficients))
        return wrong("its input is " + loaded.inputs()[0].shape.to_string() +
                     ", not 1x40x1xframes of MFCC");
    labels_.clear();
    if (const auto found = loaded.metadata().find("labels"); found != loaded.metadata().end()) {
        std::istringstream text(found->second);
        for (std::string label; std::getline(text, label, ',');) labels_.push_back(label);
    }
    if (labels_.empty() ||
        static_cast<std::int64_t>(labels_.size()) != session_->output(0).shape.elements())
        return wrong(fmt::format("its file has {} labels for {} outputs", labels_.size(),
                                 session_->output(0).shape.elements()));
    return Ok{};
}

Status KeywordSpotting::start() {
    TARSIER_TRY(auto loaded, infer::Model::find(*model));
    TARSIER_TRY(session_, infer::Session::create(std::move(loaded), {}));
    TARSIER_CHECK(check_model());
    std::vector<bool> counts;
    for (const std::string& label : labels_) counts.push_back(is_word(label));
    decision_.emplace(std::move(counts), KeywordDecision::Settings{
                                             static_cast<std::size_t>(*looks),
                                             static_cast<std::size_t>(std::min(*agreeing, *looks)),
                                             *threshold, *rearm, refractory->ns});
    window_ = static_cast<std::size_t>(session_->input(0).shape[2]);
    const auto frames = static_cast<std::size_t>(std::max<Timestamp>(1, every->ns / kFrame));
    step_ = session_->model().states().empty() ? frames : window_;
    begin_anew();
    return Ok{};
}

void KeywordSpotting::begin_anew() {
    const std::vector<float> silence(kernels::Mfcc::kWindow, 0);
    std::vector<float> frame(kCoefficients);
    kernels::Mfcc().frame(std::span<const float, kernels::Mfcc::kWindow>(silence),
                          std::span<float, kCoefficients>(frame));
    frames_.clear();
    for (std::size_t i = 0; i < window_; ++i)
        frames_.insert(frames_.end(), frame.begin(), frame.end());
    since_look_ = 0;
    decision_->reset();
    session_->reset();
}

Result<std::optional<KeywordDecision::Word>> KeywordSpotting::look(Timestamp ts) {
    std::copy(frames_.begin(), frames_.end(), session_->input(0).data);
    TARSIER_CHECK(session_->run());
    const infer::View out = session_->output(0);
    return decision_->look({out.data, labels_.size()}, ts);
}

Status KeywordSpotting::process() {
    const Shape shape = mfcc->shape();
    if (mfcc->type() != ElementType::F32 || shape.rank() != 2 ||
        shape[1] != static_cast<std::int64_t>(kCoefficients))
        return {Code::Invalid,
                "the tensor is " + shape.to_string() + ", expected frames x 40 floats",
                "connect the output of audio.mfcc"};
    if (key().epoch != epoch_) begin_anew();
    epoch_ = key().epoch;
    Events said;
    const std::span<const float> values = mfcc->floats();
    for (std::size_t at = 0; at < values.size(); at += kCoefficients) {
        // Of numbers that are none nothing follows, not even for the next windows.
        frames_.erase(frames_.begin(), frames_.begin() + kCoefficients);
        for (std::size_t c = 0; c < kCoefficients; ++c)
            frames_.push_back(std::isfinite(values[at + c]) ? values[at + c] : 0);
        if (++since_look_ < step_) continue;
        since_look_ = 0;
        TARSIER_TRY(const std::optional<KeywordDecision::Word> word, look(key().ts));
        if (word)
            said.events.push_back({"keyword", labels_[word->label], word->score,
                                   key().ts - static_cast<Timestamp>(window_) * kFrame});
    }
    if (said.events.empty()) return Ok{};
    return events.send(std::move(said));
}

TARSIER_NODE(KeywordSpotting, "audio.keyword_spotting", "Hears the words that a network knows.");

}  // namespace tarsier::nodes
