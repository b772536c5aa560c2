// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarsier {

/// A scalar of a graph file: its text, whatever its YAML type, and where it stands.
struct Scalar {
    std::string text;
    SourcePos where;
};

struct ParamSpec {
    std::string name;
    std::optional<std::string> initial;  ///< without one the parameter must be given
    std::string doc;
    SourcePos where;
};

struct OptionSpec {
    std::string name;  ///< with dots for members of groups
    SourcePos where;
    Scalar value;
};

/// What a connection behind a live source does when it is full. Behind files it always blocks.
enum class Full { Block, DropOldest, DropNewest, Error };
/// Their names in graph files.
inline constexpr std::array<std::string_view, 4> kFullNames = {"block", "drop_oldest",
                                                               "drop_newest", "error"};

struct InputSpec {
    std::string port;
    SourcePos where;
    Scalar from;                  ///< `node.port`, or `node` alone
    std::optional<int> capacity;  ///< in items
    std::optional<Full> full;
};

/// `region:` of a node: how much may be inside behind it at once.
struct RegionSpec {
    SourcePos where;
    std::optional<int> max_in_flight;
    std::optional<Scalar> budget;
    bool keeps_newest = true;  ///< `drop: oldest`
};

/// `sync:` as it is written: `hold`, or `{hold: image, max_age: 100ms}`.
struct SyncSpec {
    Scalar policy{"exact", {}};
    std::optional<Scalar> leader;  ///< the input that leads
    Scalar limit_name;             ///< `max_age` or `tolerance`
    std::optional<Scalar> limit;
};
/// The pairings that a graph file may name, in the order of Sync::Policy.
inline constexpr std::array<std::string_view, 5> kPairings = {"exact", "hold", "nearest", "span",
                                                              "any"};

struct NodeSpec {
    std::string id;
    SourcePos where;
    Scalar use;
    SyncSpec sync;
    std::optional<RegionSpec> region;
    std::vector<InputSpec> inputs;
    std::vector<OptionSpec> options;
    bool skip_errors = false;  ///< `on_error: skip`
};

/// What a graph file says, before anybody asked what it means.
struct GraphSpec {
    std::string file;
    std::string title;
    std::string description;
    std::vector<ParamSpec> params;
    std::vector<NodeSpec> nodes;
    std::vector<Scalar> deny_raw;  ///< `disk`, `network`
};

/// Capacity of a connection that names none, in items.
inline constexpr int kDefaultQueue = 2;
inline constexpr int kMaxQueue = 1024;
/// Checking ends after so many errors: nobody reads more, and a hostile file has millions.
inline constexpr std::size_t kMaxGraphErrors = 200;

struct ParsedGraph {
    GraphSpec spec;  ///< whatever could be read
    std::vector<Error> errors;
};

/// Reads the YAML of a graph file. Bounded in time and memory for any text; never throws.
ParsedGraph parse_graph(std::string_view text, const std::string& name);

/// "did you mean 'x'?" when one of the names is close, else "known: a, b, c", else nothing.
std::string suggest(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace tarsier
