// SPDX-License-Identifier: Apache-2.0
#include "cli/quantize_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tarsier::cli {
namespace {

constexpr double kTop = 92;
constexpr double kRow = 17;
constexpr double kBars = 470;      ///< where they begin
constexpr double kBarWidth = 420;  ///< of kMostDb
constexpr double kMostDb = 60;
constexpr double kWidth = 1120;
constexpr std::size_t kLongestName = 34;

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

/// The end of a long name, which tells more than its beginning.
std::string shortened(const std::string& name) {
    if (name.size() <= kLongestName) return name;
    return ".." + name.substr(name.size() - kLongestName + 2);
}

double bar(double db) { return std::clamp(db, 0.0, kMostDb) * kBarWidth / kMostDb; }

std::string row(const infer::LayerReport& layer, const char* colour, double y) {
    return fmt::format(
        "<text x=\"20\" y=\"{:.0f}\">{}</text><text x=\"250\" y=\"{:.0f}\" fill=\"#555\">{} "
        "{}</text>\n<rect x=\"{}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\" "
        "fill-opacity=\"{}\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{:.1f}{}</text>\n"
        "<text x=\"{}\" y=\"{:.0f}\" fill=\"#555\">{:.3g} .. {:.3g}{}</text>\n",
        y + 12, escaped(shortened(layer.name)), y + 12, escaped(layer.op), layer.shape, kBars,
        y + 2, bar(layer.sqnr_db), kRow - 4, colour, layer.integer ? 1.0 : 0.35,
        kBars + bar(layer.sqnr_db) + 5, y + 12, layer.sqnr_db, layer.integer ? "" : " float",
        kBars + kBarWidth + 60, y + 12, layer.low, layer.high,
        layer.saturated >= 5e-5 ? fmt::format(", {:.2f} % cut", 100 * layer.saturated) : "");
}

std::string grid(double height) {
    std::string out;
    for (double db = 0; db <= kMostDb; db += 10)
        out += fmt::format(
            "<line x1=\"{0:.0f}\" x2=\"{0:.0f}\" y1=\"{1}\" y2=\"{2:.0f}\" stroke=\"#ddd\"/>"
            "<text x=\"{0:.0f}\" y=\"{3}\" text-anchor=\"middle\" fill=\"#555\">{4:.0f}</text>\n",
            kBars + bar(db), kTop - 4, height, kTop - 8, db);
    return out;
}

}  // namespace

std::string quantize_svg(const std::string& model, const infer::QuantizeReport& report,
                         double budget_db) {
    const double height = kTop + kRow * static_cast<double>(report.layers.size());
    std::string outputs;
    for (const double db : report.outputs_db) outputs += fmt::format(" {:.1f}", db);
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{:.0f}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
        "fill=\"white\"/>\n<text x=\"20\" y=\"28\" font-size=\"18\">{}: signal to noise of every "
        "layer</text>\n<text x=\"20\" y=\"50\">dB against the float network on {} samples; "
        "outputs:{}. On the right what the levels cover.</text>\n",
        kWidth, height + 20, escaped(model), report.samples, outputs);
    svg += grid(height);
    std::map<std::string, const char*> colours;
    double y = kTop;
    for (const infer::LayerReport& layer : report.layers) {
        const auto next = kColours[colours.size() % std::size(kColours)];
        svg += row(layer, colours.try_emplace(layer.op, next).first->second, y);
        y += kRow;
    }
    if (budget_db > 0)
        svg += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.0f}\" stroke=\"#c00\" "
            "stroke-dasharray=\"4 3\"/><text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\" "
            "fill=\"#c00\">budget of the outputs</text>\n",
            kBars + bar(budget_db), kTop - 4, height, kTop - 22);
    return svg + "</svg>\n";
}

}  // namespace tarsier::cli
