// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/packet.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

typedef struct _GChecksum GChecksum;

namespace tarsier::apps {

/// One SHA-256 over everything that reaches the sinks of a graph, the same for any number of
/// threads.
///
/// Every input of a sink has a SHA-256 of its own over its packets in order: epoch, time, type; of
/// pictures format, width, height and the rows of all planes without padding; of tensors element
/// type, shape and elements; of sound rate, channels and samples. The result is the SHA-256 over
/// node, port and digest of each, ordered by node and port. Numbers are 64 bits, least significant
/// byte first. Thread-safe.
class Checksum {
  public:
    /// Takes one packet. Made for Graph::on_sink_packet().
    void add(std::string_view node, std::string_view port, const Packet& packet);
    /// The sum so far: 64 hexadecimal digits.
    std::string hex() const;

  private:
    struct Free {
        void operator()(GChecksum* sum) const;
    };
    using Sum = std::unique_ptr<GChecksum, Free>;

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Sum> sums_;  // by node and port
};

}  // namespace tarsier::apps
