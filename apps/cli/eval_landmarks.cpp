// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/nodes/media_file.h>

#include <algorithm>
#include <cmath>

#include "cli/eval.h"

namespace tarsier::cli {
namespace {

constexpr std::size_t kLeftEye = 36;  // outer corners, whose distance is the unit of the error
constexpr std::size_t kRightEye = 45;
constexpr double kFailure = 10;  // percent

double distance(const apps::Point& a, const apps::Point& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

/// The mean error of the points in percent of the distance of the eyes.
double error_of(const std::vector<apps::Point>& points, const std::vector<apps::Point>& truth) {
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) sum += distance(points[i], truth[i]);
    return 100 * sum / static_cast<double>(truth.size()) /
           distance(truth[kLeftEye], truth[kRightEye]);
}

Measures measures_of(const std::string& part, std::vector<double> errors) {
    std::sort(errors.begin(), errors.end());
    const auto count = static_cast<double>(errors.size());
    double sum = 0;
    double failures = 0;
    double area = 0;
    for (const double error : errors) {
        sum += error / count;
        failures += error > kFailure ? 100 / count : 0;
        area += 100 * std::max(0.0, 1 - error / kFailure) / count;
    }
    return {part,
            errors.size(),
            {{"nme", sum},
             {"median", errors[errors.size() / 2]},
             {"fr10", failures},
             {"auc_10", area}}};
}

/// Share of faces by the error that they do not exceed.
Curve cumulative(std::vector<double> errors) {
    Curve curve{"Cumulative error", "error in % of the distance of the eyes", "share of faces, %"};
    std::sort(errors.begin(), errors.end());
    for (std::size_t i = 0; i < errors.size() && errors[i] <= 2 * kFailure; ++i)
        curve.points.emplace_back(
            errors[i], 100 * static_cast<double>(i + 1) / static_cast<double>(errors.size()));
    return curve;
}

/// The points that the model finds in a crop, in coordinates of the picture.
Result<std::vector<apps::Point>> find_points(infer::Session& session, const Image& picture,
                                             const apps::Crop& crop, int size) {
    TARSIER_CHECK(session.set_input(0, apps::cut(picture, crop, size)));
    TARSIER_CHECK(session.run());
    const infer::View out = session.output(0);
    std::vector<apps::Point> points;
    for (std::int64_t i = 0; i < out.shape.elements(); i += 2)
        points.push_back(
            {crop.corner.x + crop.side * out.data[i], crop.corner.y + crop.side * out.data[i + 1]});
    return points;
}

}  // namespace

Result<Findings> eval_landmarks(infer::Session& session, const std::filesystem::path& folder,
                                const EvalOptions& options) {
    TARSIER_TRY(const std::vector<apps::Face> faces, apps::read_faces(folder, options.offsets));
    const Shape in = session.input(0).shape;
    const auto values = static_cast<std::int64_t>(2 * faces.front().points.size());
    if (in.rank() != 4 || in[3] != 3 || in[1] != in[2] ||
        session.output(0).shape.elements() != values)
        return {Code::Unsupported, fmt::format("model '{}' does not find {} points in a face",
                                               session.model().name(), values / 2)};
    Findings findings;
    std::map<std::string, std::vector<double>> errors;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        options.progress(static_cast<double>(i) / static_cast<double>(faces.size()));
        TARSIER_TRY(const Image picture, nodes::read_picture_file(faces[i].picture));
        const apps::Crop crop = apps::crop_around(faces[i].points);
        TARSIER_TRY(const std::vector<apps::Point> points,
                    find_points(session, picture, crop, static_cast<int>(in[2])));
        const double error = error_of(points, faces[i].points);
        errors[faces[i].group].push_back(error);
        keep_worst(findings, {error, fmt::format("{:.1f} % of the distance of the eyes", error),
                              faces[i].picture, points, faces[i].points, crop});
    }
    std::vector<double> all;
    for (const auto& [group, values_of_group] : errors)
        all.insert(all.end(), values_of_group.begin(), values_of_group.end());
    findings.parts.push_back(measures_of("all", all));
    findings.curves.push_back(cumulative(all));
    for (const auto& [group, values_of_group] : errors)
        findings.parts.push_back(measures_of(group, values_of_group));
    return findings;
}

}  // namespace tarsier::cli
