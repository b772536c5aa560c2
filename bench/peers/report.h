// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tarsier::peers {

/// What one engine took for one network.
struct Row {
    std::string network;
    int threads;
    std::string engine;
    double median_us;
    double ratio_to_ort_fp32;  ///< 0 where ONNX Runtime did not run
};

/// Rows as a JSON list of objects.
std::string to_json(const std::vector<Row>& rows);
/// Bars of the times on one thread relative to ONNX Runtime's, as SVG.
std::string to_svg(const std::vector<Row>& rows, const std::string& machine);
/// Processor, cores and load of this machine.
std::string machine();

}  // namespace tarsier::peers
