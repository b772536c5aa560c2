// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/clock.h>

#include <string>
#include <vector>

namespace tarsier {

/// Something that happened: a word was said, somebody came in.
struct Event {
    std::string kind;     ///< "keyword"
    std::string label;    ///< which: "left"
    float score = 0;      ///< 0..1, how sure it is
    Timestamp since = 0;  ///< ns, on the clock of its packet: where the evidence begins
};

/// What happened at the time of its packet; seldom more than one thing.
struct Events {
    static constexpr const char* kTypeName = "Events";

    std::vector<Event> events;
};

}  // namespace tarsier
