// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/graph.h>
#include <memory>
#include <vector>

#include "spec.h"

namespace tarsier {

/// How the inputs of a node are paired. Longest max_age and tolerance of a graph file: an hour.
struct Sync {
    enum class Policy { Exact, Hold, Nearest, Span, Any };
    Policy policy = Policy::Exact;
    int leader = 0;       ///< hold, nearest, span: index of the input that leads
    Timestamp limit = 0;  ///< hold: greatest age; nearest: greatest distance; ns
};

/// A door: behind a live source, an item that passes takes a place, and has it until the last
/// packet that derives from it is gone.
struct Region {
    int max_in_flight = 0;     ///< 0 = what GraphOptions say
    Timestamp budget = 0;      ///< items older than this do not pass, ns; 0 = all pass
    bool keeps_newest = true;  ///< of two that wait, the newer stays
};

/// A node with its options set, not started.
struct CheckedNode {
    std::string id;
    const NodeClass* type = nullptr;
    SourcePos where;
    bool skip_errors = false;
    std::unique_ptr<Node> node;
    Sync sync;
    std::optional<Region> region;
};

/// A connection: output `output` of node `from` to input `input` of node `to`, all by index.
struct CheckedEdge {
    int from;
    int output;
    int to;
    int input;
    int capacity = kDefaultQueue;
    Full full = Full::Block;
    SourcePos where = {};  ///< of the connection in the file
};

/// What a graph means. With errors only `errors` and `warnings` are of use.
struct CheckedGraph {
    std::vector<CheckedNode> nodes;  ///< sources first, every node after those it takes from
    std::vector<CheckedEdge> edges;
    std::vector<Error> errors;  ///< in the order of the file
    std::vector<Error> warnings;
};

/// Looks up types and ports, sets options with `params` put in, orders the nodes. Opens nothing.
/// `parsed.errors` come back among the errors.
CheckedGraph check_spec(const ParsedGraph& parsed, const Params& params, const Registry& registry);

/// The values of the `params:` of a graph, and what is wrong with them.
class ParamValues {
  public:
    ParamValues(const GraphSpec& spec, const Params& given, CheckedGraph& out);
    /// The text with every `${name}` replaced; nothing (and an error) when a name is unknown.
    /// `$$` stands for `$`.
    std::optional<std::string> substitute(const Scalar& text, const std::string& node);
    /// Warns of parameters that no option mentions.
    void report_unused();

  private:
    struct Value {
        const ParamSpec* spec;
        std::optional<std::string> text;
        bool used = false;
    };
    std::map<std::string, Value, std::less<>> values_;
    CheckedGraph& out_;
};

/// Sets and applies the options of a node.
void set_options(const NodeSpec& spec, Node& node, ParamValues& params, CheckedGraph& out);

/// What `sync:` of a node means; errors go to `out`.
Sync check_sync(const NodeSpec& spec, const Node& node, CheckedGraph& out);

/// What `region:` of a node means; errors go to `out`.
std::optional<Region> check_region(const NodeSpec& spec, const Node& node, CheckedGraph& out);

/// The ways that raw pictures and sound take from sources out of a graph without errors.
std::vector<RawFlow> find_raw_flows(const CheckedGraph& graph);
/// What each pairing but `exact` between one source's branches costs, in words.
std::vector<PairingCost> find_pairing_costs(const CheckedGraph& graph);
/// The most items that may be inside at once.
HeldItems count_items(const CheckedGraph& graph);

/// An error about a graph file.
Error graph_error(const std::string& node, const SourcePos& where, std::string message,
                  std::string hint = {});

}  // namespace tarsier
