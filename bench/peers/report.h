// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tarsier::peers {

/// What one engine took for one network.
struct Row {
    std::string network;
    std::string precision;  ///< "fp32" or "int8"
    int threads = 1;
    std::string engine;
    double median_us = 0;
    double ratio_to_ort_fp32 = 0;  ///< 0 where ONNX Runtime did not run
    double difference = 0;         ///< of its outputs from ours, relative to the largest value
    double gmacs = 0;              ///< multiply-accumulates per second, in 10^9
    double scaling = 0;            ///< what as many loops without memory reach; 0 for one thread
};

/// What one engine takes in a process that has run nothing before.
struct ColdRow {
    std::string network;
    std::string precision;
    std::string engine;
    double ready_ms = 0;  ///< from the file to the plan
    double first_ms = 0;  ///< from the file to the first result
    double warm_ms = 0;   ///< the median of later runs
    double peak_kib = 0;  ///< peak resident memory less that before the file was opened
};

/// Rows as a JSON list of objects.
std::string to_json(const std::vector<Row>& rows);
std::string to_json(const std::vector<ColdRow>& rows);
/// Bars of the times on one thread relative to ONNX Runtime's, as SVG.
std::string to_svg(const std::vector<Row>& rows, const std::string& machine);
/// Processor, cores and load of this machine.
std::string machine();

}  // namespace tarsier::peers
