// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace tarsier::peers {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kWidth = 760;
constexpr int kTop = 64;
constexpr int kBar = 13;
constexpr int kGap = 11;    ///< between networks
constexpr int kLeft = 196;  ///< of the bars
constexpr int kUnit = 200;  ///< pixels of a ratio of 1
constexpr double kLongest = 2.0;

const char* colour(const std::string& engine) {
    return engine == "tarsier"       ? "#d9480f"
           : engine == "onnxruntime" ? "#868e96"
           : engine == "xnnpack"     ? "#1c7ed6"
                                     : "#74b816";
}

/// "12.3 us", "4.56 ms": three digits.
std::string time_text(double us) {
    const double value = us < 1000 ? us : us / 1000;
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, digits, us < 1000 ? "us" : "ms");
}

std::string bar(const Row& row, int y) {
    const bool cut = row.ratio_to_ort_fp32 > kLongest;
    const double end = kLeft + std::min(row.ratio_to_ort_fp32, kLongest) * kUnit;
    std::string out =
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{:.0f}\" height=\"{}\" fill=\"{}\"/>\n", kLeft,
                    y, end - kLeft, kBar - 2, colour(row.engine));
    // A bar that would be too long is cut, and shows it.
    if (cut)
        out += fmt::format(
            "<path d=\"M{0:.0f} {1} l4 -{2} M{3:.0f} {1} l4 -{2}\" stroke=\"white\" "
            "stroke-width=\"2\"/>\n",
            end - 24, y + kBar - 2, kBar - 2, end - 19);
    const char* weight = row.engine == "tarsier" ? " font-weight=\"bold\"" : "";
    return out + fmt::format(
                     "<text x=\"{:.0f}\" y=\"{}\"{} stroke=\"white\" stroke-width=\"3\" "
                     "paint-order=\"stroke\">{:.2f}  {}, {}</text>\n",
                     end + 6, y + kBar - 3, weight, row.ratio_to_ort_fp32, row.engine,
                     time_text(row.median_us));
}

/// How many programs wanted a core during the last minute: above 0, times are too long.
std::string load() {
    std::string average;
    std::ifstream("/proc/loadavg") >> average;
    return average;
}

}  // namespace

std::string machine() {
    std::ifstream in("/proc/cpuinfo");
    std::string line;
    while (std::getline(in, line))
        if (line.rfind("model name", 0) == 0)
            return fmt::format("{}, {} cores, load {}", line.substr(line.find(':') + 2),
                               std::thread::hardware_concurrency(), load());
    return "unknown processor, load " + load();
}

std::string to_json(const std::vector<Row>& rows) {
    Json list = Json::array();
    for (const Row& row : rows) {
        Json object = {{"network", row.network},
                       {"precision", row.precision},
                       {"threads", row.threads},
                       {"engine", row.engine},
                       {"median_us", row.median_us}};
        if (row.ratio_to_ort_fp32 > 0) object["ratio_to_ort_fp32"] = row.ratio_to_ort_fp32;
        object["difference"] = row.difference;
        object["gmacs"] = row.gmacs;
        if (row.scaling > 0) object["scaling"] = row.scaling;
        list.push_back(std::move(object));
    }
    return list.dump(1) + "\n";
}

std::string to_json(const std::vector<ColdRow>& rows) {
    Json list = Json::array();
    for (const ColdRow& row : rows)
        list.push_back({{"network", row.network},
                        {"precision", row.precision},
                        {"threads", 1},
                        {"engine", row.engine},
                        {"ready_ms", row.ready_ms},
                        {"first_ms", row.first_ms},
                        {"warm_ms", row.warm_ms},
                        {"peak_kib", row.peak_kib}});
    return list.dump(1) + "\n";
}

std::string to_svg(const std::vector<Row>& rows, const std::string& machine) {
    std::string bars;
    std::string group;
    int y = kTop;
    for (const Row& row : rows) {
        if (row.threads != 1 || row.ratio_to_ort_fp32 <= 0) continue;
        const std::string name =
            row.network + (row.precision == "fp32" ? "" : ", " + row.precision);
        if (name != group) {
            y += group.empty() ? 0 : kGap;
            group = name;
            bars += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                                kLeft - 8, y + kBar - 3, name);
        }
        bars += bar(row, y);
        y += kBar;
    }
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "font-family=\"sans-serif\" font-size=\"11\" fill=\"#212529\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<text x=\"12\" y=\"22\" font-size=\"15\">Time of one inference on one thread, relative to "
        "ONNX Runtime in fp32</text>\n"
        "<text x=\"12\" y=\"40\" fill=\"#495057\">shorter is better; {2}</text>\n"
        "<path d=\"M{4} {5} V{6}\" stroke=\"#212529\" stroke-dasharray=\"2 3\"/>\n"
        "<text x=\"{4}\" y=\"{7}\" text-anchor=\"middle\">1</text>\n{3}</svg>\n",
        kWidth, y + 14, machine, bars, kLeft + kUnit, kTop - 4, y + 4, kTop - 8);
}

}  // namespace tarsier::peers
