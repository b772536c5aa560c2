// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/nodes/media_file.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/eval.h"
#include "common/samples.h"

namespace fs = std::filesystem;

namespace tarsier::cli {
namespace {

/// Intersection over union of the pixels that two tests choose.
double overlap(const std::vector<bool>& a, const std::vector<bool>& b) {
    double both = 0;
    double any = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += a[i] && b[i] ? 1 : 0;
        any += a[i] || b[i] ? 1 : 0;
    }
    return both / std::max(any, 1.0);
}

/// Mean over the pixels that have all neighbours of the norm of the difference of two pictures'
/// gradients, by derivatives of a Gaussian (Rhemann et al., CVPR 2009, with sigma 1.4).
double gradient_error(const std::vector<float>& alpha, const std::vector<float>& mask, int width) {
    constexpr int kReach = 4;
    constexpr double kSigma = 1.4;
    std::array<double, 2 * kReach + 1> bell{};
    double total = 0;
    for (int i = -kReach; i <= kReach; ++i) {
        bell[static_cast<std::size_t>(i + kReach)] = std::exp(-i * i / (2 * kSigma * kSigma));
        total += bell[static_cast<std::size_t>(i + kReach)];
    }
    const int height = static_cast<int>(mask.size()) / width;
    double sum = 0;
    for (int y = kReach; y < height - kReach; ++y)
        for (int x = kReach; x < width - kReach; ++x) {
            double across = 0;
            double down = 0;
            for (int v = -kReach; v <= kReach; ++v)
                for (int u = -kReach; u <= kReach; ++u) {
                    const auto at = static_cast<std::size_t>((y + v) * width + x + u);
                    const double weight = bell[static_cast<std::size_t>(v + kReach)] *
                                          bell[static_cast<std::size_t>(u + kReach)] *
                                          (alpha[at] - mask[at]);
                    across += u * weight;
                    down += v * weight;
                }
            sum += std::hypot(across, down) / (total * total * kSigma * kSigma);
        }
    return sum / ((height - 2.0 * kReach) * (width - 2.0 * kReach));
}

struct Sums {
    double person = 0, mean = 0, difference = 0, gradient = 0;

    /// Returns the mean of both classes' intersection over union.
    double add(const std::vector<float>& alpha, const std::vector<float>& mask, int width) {
        std::vector<bool> a, m, not_a, not_m;
        double sum = 0;
        for (std::size_t i = 0; i < mask.size(); ++i) {
            a.push_back(alpha[i] > 0.5F);
            m.push_back(mask[i] > 0.5F);
            not_a.push_back(!a.back());
            not_m.push_back(!m.back());
            sum += std::abs(alpha[i] - mask[i]);
        }
        const double iou = overlap(a, m);
        person += iou;
        mean += (iou + overlap(not_a, not_m)) / 2;
        difference += sum / static_cast<double>(mask.size());
        gradient += gradient_error(alpha, mask, width);
        return (iou + overlap(not_a, not_m)) / 2;
    }
};

/// The file in a folder with this stem.
Result<fs::path> partner(const fs::path& folder, const fs::path& picture) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->path().stem() == picture.stem()) return it->path();
    return {Code::NotFound, fmt::format("{}: there is no mask for '{}'", folder.string(),
                                        picture.filename().string())};
}

/// The person's part of the output, its last channel.
std::vector<float> alpha_of(infer::Session& session) {
    const infer::View out = session.output(0);
    const std::int64_t classes = out.shape[3];
    std::vector<float> alpha;
    for (std::int64_t i = classes - 1; i < out.shape.elements(); i += classes)
        alpha.push_back(out.data[i]);
    return alpha;
}

}  // namespace

Result<Findings> eval_matting(infer::Session& session, const fs::path& folder,
                              const EvalOptions& options) {
    const Shape in = session.input(0).shape;
    const Shape out = session.output(0).shape;
    if (in.rank() != 4 || in[3] != 3 || out.rank() != 4 || out[1] != in[1] || out[2] != in[2])
        return {Code::Unsupported,
                fmt::format("model '{}' does no matting", session.model().name())};
    const Shape shape{1, 3, in[1], in[2]};
    std::error_code error;
    std::vector<fs::path> pictures;
    for (fs::directory_iterator it(folder / "image", error), end; !error && it != end;
         it.increment(error))
        pictures.push_back(it->path());
    if (pictures.empty())
        return {Code::NotFound, fmt::format("{}: holds no pictures", (folder / "image").string()),
                "a folder with image/ and mask/ is needed"};
    std::sort(pictures.begin(), pictures.end());
    Findings findings;
    Sums sums;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        options.progress(static_cast<double>(i) / static_cast<double>(pictures.size()));
        TARSIER_TRY(const fs::path mask_file, partner(folder / "mask", pictures[i]));
        TARSIER_TRY(const Image picture, nodes::read_picture_file(pictures[i]));
        TARSIER_TRY(const Image mask, nodes::read_picture_file(mask_file));
        TARSIER_TRY(const std::vector<float> values, apps::picture_values(picture, shape));
        TARSIER_TRY(std::vector<float> truth, apps::picture_values(mask, shape));
        truth.resize(truth.size() / 3);  // a grey picture: all channels are the same
        TARSIER_CHECK(session.set_input(0, values));
        TARSIER_CHECK(session.run());
        const int width = static_cast<int>(in[2]);
        const std::vector<float> alpha = alpha_of(session);
        const double miou = sums.add(alpha, truth, width);
        Example example{1 - miou, fmt::format("mIoU {:.3f}", miou), pictures[i]};
        example.alpha = alpha;
        example.width = width;
        keep_worst(findings, std::move(example));
    }
    const auto count = static_cast<double>(pictures.size());
    findings.parts.push_back({"all",
                              pictures.size(),
                              {{"iou_person", sums.person / count},
                               {"miou", sums.mean / count},
                               {"mad", sums.difference / count},
                               {"gradient_error", sums.gradient / count}}});
    return findings;
}

}  // namespace tarsier::cli
