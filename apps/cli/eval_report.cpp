// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace fs = std::filesystem;

namespace tarsier::cli {
namespace {

constexpr const char* kStyle =
    "body{font:15px sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "td,th{padding:3px 9px;border-bottom:1px solid #ddd;text-align:right}"
    "th:first-child,td:first-child{text-align:left}svg{background:#fafafa}"
    "figure{display:inline-block;margin:6px;width:240px;font-size:12px}img{max-width:240px}";
constexpr const char* kColours[] = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd"};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string link_to(const fs::path& file) {
    std::error_code error;
    const fs::path whole = fs::absolute(file, error);
    return "file://" + escaped((error ? file : whole).string());
}

/// A row for each part, under each measure a column for each model.
std::string measures_table(const std::vector<Evaluated>& models) {
    std::string out = "<table><tr><th>part</th><th>count</th>";
    const std::vector<Measures>& parts = models.front().findings.parts;
    std::size_t columns = 0;
    for (const Measures& part : parts) columns = std::max(columns, part.values.size());
    const auto widest = std::find_if(parts.begin(), parts.end(), [&](const Measures& part) {
        return part.values.size() == columns;
    });
    for (const auto& [name, value] : widest->values)
        for (const Evaluated& model : models)
            out += fmt::format("<th>{}<br>{}</th>", escaped(name), escaped(model.model));
    out += "</tr>\n";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        out += fmt::format("<tr><td>{}</td><td>{}</td>", escaped(parts[i].part), parts[i].count);
        for (const auto& [name, unused] : widest->values)
            for (const Evaluated& model : models) {
                const Measures& part = model.findings.parts[i];
                const auto found = std::find_if(part.values.begin(), part.values.end(),
                                                [&](const auto& v) { return v.first == name; });
                out += found == part.values.end() ? "<td></td>"
                                                  : fmt::format("<td>{:.4g}</td>", found->second);
            }
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

/// One curve of every model in the same axes.
std::string plot(const std::vector<Evaluated>& models, std::size_t which) {
    constexpr double kWidth = 460;
    constexpr double kHeight = 260;
    constexpr double kMargin = 45;
    double most_x = 1e-9;
    double most_y = 1e-9;
    for (const Evaluated& model : models)
        for (const auto& [x, y] : model.findings.curves[which].points) {
            most_x = std::max(most_x, x);
            most_y = std::max(most_y, y);
        }
    const Curve& first = models.front().findings.curves[which];
    std::string out = fmt::format(
        "<h2>{}</h2><svg width=\"{}\" height=\"{}\" font-size=\"12\"><text x=\"{}\" y=\"{}\">{}: 0 "
        "to {:.4g}</text><text x=\"4\" y=\"14\">{}: 0 to {:.4g}</text>\n",
        escaped(first.title), kWidth + 2 * kMargin, kHeight + 2 * kMargin, kMargin,
        kHeight + 1.7 * kMargin, escaped(first.x), most_x, escaped(first.y), most_y);
    for (std::size_t i = 0; i < models.size(); ++i) {
        const char* colour = kColours[i % std::size(kColours)];
        std::string points;
        for (const auto& [x, y] : models[i].findings.curves[which].points)
            points += fmt::format("{:.1f},{:.1f} ", kMargin + x / most_x * kWidth,
                                  kMargin + (1 - y / most_y) * kHeight);
        out += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/><text x=\"{}\" y=\"{}\" "
            "fill=\"{}\">{}</text>\n",
            points, colour, kWidth - 120, kMargin + 16.0 * static_cast<double>(i + 1), colour,
            escaped(models[i].model));
    }
    return out + "</svg>\n";
}

std::string confusion_table(const Findings& findings) {
    if (findings.confusion.empty()) return "";
    std::string out = "<h3>What was said (rows) and heard (columns)</h3><table><tr><th></th>";
    for (const std::string& label : findings.labels)
        out += fmt::format("<th>{}</th>", escaped(label));
    out += "</tr>\n";
    for (std::size_t i = 0; i < findings.labels.size(); ++i) {
        out += fmt::format("<tr><td>{}</td>", escaped(findings.labels[i]));
        const std::vector<int>& row = findings.confusion[i];
        int all = 0;
        for (const int count : row) all += count;
        for (std::size_t k = 0; k < row.size(); ++k)
            out += fmt::format("<td style=\"background:rgba({},0,{},{:.2f})\">{}</td>",
                               i == k ? 0 : 255, i == k ? 255 : 0,
                               0.6 * row[k] / std::max(1.0, static_cast<double>(all)), row[k]);
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

/// A grey picture as an uncompressed Windows bitmap, which every browser shows.
Status write_bitmap(const fs::path& file, const std::vector<float>& values, int width) {
    const int height = static_cast<int>(values.size()) / width;
    const int stride = (width + 3) / 4 * 4;
    constexpr int kHead = 14 + 40 + 256 * 4;
    std::string out = "BM";
    const auto number = [&](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    };
    for (const int value : {kHead + stride * height, 0, kHead, 40, width, height})
        number(static_cast<std::uint32_t>(value), 4);
    number(1, 2);
    number(8, 2);
    for (const int value : {0, stride * height, 2835, 2835, 256, 0})
        number(static_cast<std::uint32_t>(value), 4);
    for (std::uint32_t grey = 0; grey < 256; ++grey) number(grey * 0x010101U, 4);
    for (int y = height - 1; y >= 0; --y)
        for (int x = 0; x < stride; ++x) {
            const float value = x < width ? values[static_cast<std::size_t>(y * width + x)] : 0.0F;
            out.push_back(static_cast<char>(std::clamp(value, 0.0F, 1.0F) * 255 + 0.5F));
        }
    std::ofstream stream(file, std::ios::binary);
    stream << out;
    if (!stream.flush()) return {Code::Io, fmt::format("{}: cannot be written", file.string())};
    return Ok{};
}

std::string dots(const std::vector<apps::Point>& points, const char* colour, double radius) {
    std::string out;
    for (const apps::Point& point : points)
        out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>",
                           point.x, point.y, radius, colour);
    return out;
}

/// A picture with what was found drawn on it, or a player for sound.
Result<std::string> example_figure(const fs::path& folder, const std::string& name,
                                   const Example& example) {
    const std::string link = link_to(example.file);
    std::string shown;
    if (!example.found.empty()) {
        shown = fmt::format(
            "<svg width=\"240\" height=\"240\" viewBox=\"{:.1f} {:.1f} {:.1f} {:.1f}\"><image "
            "href=\"{}\"/>{}{}</svg>",
            example.view.corner.x, example.view.corner.y, example.view.side, example.view.side,
            link, dots(example.truth, "#d62728", example.view.side / 150),
            dots(example.found, "#2ca02c", example.view.side / 150));
    } else if (!example.alpha.empty()) {
        TARSIER_CHECK(write_bitmap(folder / (name + ".bmp"), example.alpha, example.width));
        shown = fmt::format("<img src=\"{}\"><img src=\"{}.bmp\">", link, escaped(name));
    } else {
        shown = fmt::format("<audio controls src=\"{}\"></audio>", link);
    }
    return fmt::format("<figure>{}<figcaption>{}: {}</figcaption></figure>\n", shown,
                       escaped(example.file.filename().string()), escaped(example.text));
}

Result<std::string> page(const fs::path& folder, const std::string& title,
                         const std::vector<Evaluated>& models) {
    std::string out = fmt::format(
        "<!doctype html><meta charset=\"utf-8\"><title>{0}</title><style>{1}</style>"
        "<h1>{0}</h1>\n",
        escaped(title), kStyle);
    out += measures_table(models);
    for (std::size_t i = 0; i < models.front().findings.curves.size(); ++i) out += plot(models, i);
    for (std::size_t m = 0; m < models.size(); ++m) {
        out += fmt::format("<h2>{}</h2>\n", escaped(models[m].model));
        out += confusion_table(models[m].findings);
        if (!models[m].findings.worst.empty()) out += "<h3>Worst examples</h3>\n";
        for (std::size_t i = 0; i < models[m].findings.worst.size(); ++i) {
            TARSIER_TRY(const std::string figure, example_figure(folder, fmt::format("{}-{}", m, i),
                                                                 models[m].findings.worst[i]));
            out += figure;
        }
    }
    return out;
}

}  // namespace

void keep_worst(Findings& findings, Example example) {
    constexpr std::size_t kKept = 12;
    std::vector<Example>& worst = findings.worst;
    const auto place =
        std::upper_bound(worst.begin(), worst.end(), example,
                         [](const Example& a, const Example& b) { return a.error > b.error; });
    if (place == worst.end() && worst.size() >= kKept) return;
    worst.insert(place, std::move(example));
    if (worst.size() > kKept) worst.pop_back();
}

Status write_eval_report(const fs::path& folder, const std::string& title,
                         const std::vector<Evaluated>& models) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return {error == std::errc::permission_denied ? Code::Permission : Code::Io,
                fmt::format("{}: {}", folder.string(), error.message()),
                "--report takes a folder that can be made and written"};
    TARSIER_TRY(const std::string text, page(folder, title, models));
    std::ofstream out(folder / "index.html", std::ios::binary);
    out << text;
    if (!out.flush())
        return {Code::Io, fmt::format("{}: cannot be written", (folder / "index.html").string())};
    return Ok{};
}

}  // namespace tarsier::cli
