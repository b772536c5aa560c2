// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/graph.h>

#include <filesystem>
#include <mutex>
#include <vector>

namespace tarsier::cli {

/// Collects firings and writes them as Trace Event JSON, which Perfetto and chrome://tracing open:
/// a lane for each node, and arrows that follow each item of a source through the nodes.
/// Thread-safe.
class Trace {
  public:
    /// Firings beyond this number are counted and not kept, so that memory stays bounded.
    static constexpr std::size_t kMaxFirings = 2'000'000;

    void add(const Firing& firing);
    /// Io when the file cannot be written.
    Status write(const std::filesystem::path& file) const;

  private:
    struct Event {
        std::size_t lane;
        int source;
        std::uint64_t sequence;
        Timestamp begin;
        Timestamp end;
    };

    mutable std::mutex mutex_;
    std::vector<std::string> lanes_;  ///< names of the nodes, in the order of their first firing
    std::vector<Event> events_;
    std::size_t left_out_ = 0;
};

}  // namespace tarsier::cli
