// SPDX-License-Identifier: Apache-2.0
#include "cli/layers_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>

namespace tarsier::cli {
namespace {

constexpr double kWidth = 1200;
constexpr double kMargin = 20;
constexpr double kTop = 60;
constexpr double kHeight = 240;
constexpr double kLegend = 22;  ///< height of a line of the legend

constexpr const char* kColours[] = {"#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2",
                                    "#edc948", "#b07aa1", "#9c755f", "#ff9da7", "#bab0ac"};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else
            out += c;
    }
    return out;
}

/// Time and colour of each operator.
struct Kind {
    double microseconds = 0;
    const char* colour = nullptr;
};

std::map<std::string, Kind> kinds_of(const std::vector<infer::StepTime>& steps) {
    std::map<std::string, Kind> kinds;
    for (const infer::StepTime& step : steps) kinds[step.op].microseconds += step.microseconds;
    std::size_t next = 0;
    for (auto& [op, kind] : kinds) kind.colour = kColours[next++ % std::size(kColours)];
    return kinds;
}

std::string bar(const infer::StepTime& step, const char* colour, double x, double width,
                double share) {
    const double filled = std::clamp(share, 0.0, 1.0) * kHeight;
    const std::string level = step.level.empty() ? "" : ", " + step.level;
    return fmt::format(
        "<g><title>{}: {} {}{}, {:.1f} us, {:.0f} % of peak</title>"
        "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\" "
        "fill-opacity=\"0.25\"/>"
        "<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\"/></g>\n",
        escaped(step.name), escaped(step.op), step.shape, level, step.microseconds, 100 * share, x,
        kTop, width, kHeight, colour, x, kTop + kHeight - filled, width, filled, colour);
}

}  // namespace

Status write_layers_svg(const std::filesystem::path& file, const std::string& title,
                        const std::vector<infer::StepTime>& steps, double peak) {
    double total = 0;
    for (const infer::StepTime& step : steps) total += step.microseconds;
    const auto kinds = kinds_of(steps);
    const double height = kTop + kHeight + kMargin + kLegend * static_cast<double>(kinds.size());
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "font-family=\"sans-serif\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" "
        "fill=\"white\"/>\n<text x=\"{}\" y=\"26\" font-size=\"18\">{}</text>\n<text x=\"{}\" "
        "y=\"48\">width: time; filled: share of the peak of {:.1f} GMAC/s</text>\n",
        kWidth + 2 * kMargin, height + kMargin, kMargin, escaped(title), kMargin, peak / 1e3);
    double x = kMargin;
    for (const infer::StepTime& step : steps) {
        const double width = total > 0 ? kWidth * step.microseconds / total : 0;
        const double share =
            step.microseconds > 0 && peak > 0 ? step.macs / step.microseconds / peak : 0;
        svg += bar(step, kinds.at(step.op).colour, x, width, share);
        x += width;
    }
    double y = kTop + kHeight + kMargin;
    for (const auto& [op, kind] : kinds) {
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"14\" fill=\"{}\"/><text x=\"{}\" "
            "y=\"{}\">{} {:.0f} us, {:.1f} %</text>\n",
            kMargin, y, kind.colour, kMargin + 20, y + 12, escaped(op), kind.microseconds,
            total > 0 ? 100 * kind.microseconds / total : 0);
        y += kLegend;
    }
    svg += "</svg>\n";
    std::ofstream out(file, std::ios::binary);
    out << svg;
    out.close();
    if (out) return Ok{};
    return {errno == EACCES ? Code::Permission : Code::NotFound,
            fmt::format("{}: cannot be written", file.string()),
            "is there such a folder, and may you write to it?"};
}

}  // namespace tarsier::cli
