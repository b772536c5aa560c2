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

constexpr int kBarHeight = 12;
constexpr int kLeft = 190;
constexpr int kUnit = 220;  ///< pixels of a ratio of 1
constexpr double kLongest = 2.2;

const char* colour(const std::string& engine) {
    return engine == "tarsier"       ? "#d9480f"
           : engine == "onnxruntime" ? "#868e96"
           : engine == "xnnpack"     ? "#1c7ed6"
                                     : "#74b816";
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
    std::string network;
    int y = 34;
    for (const Row& row : rows) {
        if (row.threads != 1 || row.ratio_to_ort_fp32 <= 0) continue;
        if (row.network != network) {
            network = row.network;
            y += 10;
            bars += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                                kLeft - 8, y + kBarHeight - 2, network);
        }
        const double length = std::min(row.ratio_to_ort_fp32, kLongest) * kUnit;
        bars += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{:.0f}\" height=\"{}\" fill=\"{}\"/>\n"
            "<text x=\"{:.0f}\" y=\"{}\">{:.2f} {} ({:.0f} us)</text>\n",
            kLeft, y, length, kBarHeight - 1, colour(row.engine), kLeft + length + 5,
            y + kBarHeight - 3, row.ratio_to_ort_fp32, row.engine, row.median_us);
        y += kBarHeight;
    }
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"{}\" "
        "font-family=\"sans-serif\" font-size=\"11\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<text x=\"8\" y=\"18\" font-size=\"14\">Time of one inference, fp32, one thread, relative "
        "to ONNX Runtime (shorter is better)</text>\n"
        "<text x=\"8\" y=\"33\" fill=\"#555\">{}</text>\n{}</svg>\n",
        y + 14, machine, bars);
}

}  // namespace tarsier::peers
