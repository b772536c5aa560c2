// SPDX-License-Identifier: Apache-2.0
#include "check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace tarsier {
namespace {

using Names = std::vector<std::string_view>;

template <class Ports>
Names names_of(const Ports& ports) {
    Names names;
    for (const auto* port : ports) names.push_back(port->name());
    return names;
}

template <class Ports>
int index_of(const Ports& ports, std::string_view name) {
    for (std::size_t i = 0; i < ports.size(); ++i)
        if (ports[i]->name() == name) return static_cast<int>(i);
    return -1;
}

class Checker {
  public:
    Checker(const ParsedGraph& parsed, const Params& params, const Registry& registry)
        : spec_(parsed.spec), registry_(registry), params_(parsed.spec, params, out_) {
        out_.errors.insert(out_.errors.end(), parsed.errors.begin(), parsed.errors.end());
    }

    CheckedGraph run() {
        for (const NodeSpec& node : spec_.nodes) make_node(node);
        for (std::size_t i = 0; i < spec_.nodes.size(); ++i) connect(static_cast<int>(i));
        for (std::size_t i = 0; i < spec_.nodes.size(); ++i) check_ports(static_cast<int>(i));
        params_.report_unused();
        order();
        if (out_.errors.empty()) check_privacy();
        const auto by_place = [](const Error& a, const Error& b) {
            const auto place = [](const Error& e) {
                return std::tuple(e.code == Code::Usage, e.where.line, e.where.column);
            };
            return place(a) < place(b);
        };
        std::ranges::stable_sort(out_.errors, by_place);
        std::ranges::stable_sort(out_.warnings, by_place);
        return std::move(out_);
    }

  private:
    void fail(const NodeSpec& node, const SourcePos& where, std::string message,
              std::string hint = {}) {
        out_.errors.push_back(graph_error(node.id, where, std::move(message), std::move(hint)));
    }

    void make_node(const NodeSpec& spec) {
        CheckedNode checked;
        checked.id = spec.id;
        checked.where = spec.where;
        checked.skip_errors = spec.skip_errors;
        if (!spec.use.text.empty()) {
            checked.type = registry_.find(spec.use.text);
            if (checked.type) {
                checked.node = checked.type->create();
                set_options(spec, *checked.node, params_, out_);
                checked.sync = check_sync(spec, *checked.node, out_);
                checked.region = check_region(spec, *checked.node, out_);
            } else {
                Names names;
                for (const NodeClass* type : registry_.all()) names.push_back(type->name);
                fail(spec, spec.use.where, fmt::format("there is no node type '{}'", spec.use.text),
                     suggest(spec.use.text, names));
            }
        }
        out_.nodes.push_back(std::move(checked));
    }

    void connect(int index) {
        const NodeSpec& spec = spec_.nodes[static_cast<std::size_t>(index)];
        const Node* const node = out_.nodes[static_cast<std::size_t>(index)].node.get();
        for (const InputSpec& input : spec.inputs) {
            if (out_.errors.size() >= kMaxGraphErrors) return;
            int port = -1;
            if (node) {
                port = index_of(node->inputs(), input.port);
                if (port < 0) {
                    const Names names = names_of(node->inputs());
                    fail(spec, input.where,
                         fmt::format("{} has no input '{}'", spec.use.text, input.port),
                         names.empty() ? "it is a source" : suggest(input.port, names));
                }
            }
            const auto [from, output] = find_output(spec, input);
            if (from >= 0) links_.push_back({from, index, input.from.where});
            if (output >= 0 && port >= 0) join(spec, input, {from, output, index, port});
        }
    }

    /// The node and output that a connection names; -1 for what is not there.
    std::pair<int, int> find_output(const NodeSpec& spec, const InputSpec& input) {
        const std::string& text = input.from.text;
        if (text.empty()) return {-1, -1};
        const std::size_t dot = text.find('.');
        const std::string id = text.substr(0, dot);
        const auto found = std::ranges::find(spec_.nodes, id, &NodeSpec::id);
        if (found == spec_.nodes.end()) {
            Names ids;
            for (const NodeSpec& node : spec_.nodes)
                if (node.id != spec.id) ids.push_back(node.id);
            fail(spec, input.from.where, fmt::format("there is no node '{}'", id),
                 suggest(id, ids));
            return {-1, -1};
        }
        const int from = static_cast<int>(found - spec_.nodes.begin());
        const Node* const node = out_.nodes[static_cast<std::size_t>(from)].node.get();
        if (!node) return {from, -1};
        const Names outputs = names_of(node->outputs());
        if (dot == std::string::npos) {
            if (outputs.size() == 1) return {from, 0};
            fail(spec, input.from.where,
                 fmt::format("'{}' has {} outputs", id, outputs.empty() ? "no" : "several"),
                 outputs.empty() ? "" : fmt::format("write `{}.{}`", id, outputs[0]));
            return {from, -1};
        }
        const std::string port = text.substr(dot + 1);
        const int output = index_of(node->outputs(), port);
        if (output < 0)
            fail(spec, input.from.where,
                 fmt::format("{} has no output '{}'", found->use.text, port),
                 outputs.empty() ? "it is a sink" : suggest(port, outputs));
        return {from, output};
    }

    /// Capacity and policy of a connection: as written, else what its end calls for.
    static void fill_queue(const InputSpec& input, const CheckedNode& to, CheckedEdge& edge) {
        if (to.region) {
            // What waits at a door is the one item that goes in next.
            edge.capacity = 1;
            edge.full = to.region->keeps_newest ? Full::DropOldest : Full::DropNewest;
        } else if (to.sync.policy == Sync::Policy::Hold && edge.input != to.sync.leader) {
            edge.full = Full::DropOldest;
        }
        edge.capacity = input.capacity.value_or(edge.capacity);
        edge.full = input.full.value_or(edge.full);
        edge.where = input.from.where;
    }

    void join(const NodeSpec& spec, const InputSpec& input, CheckedEdge edge) {
        const CheckedNode& from = out_.nodes[static_cast<std::size_t>(edge.from)];
        const CheckedNode& to = out_.nodes[static_cast<std::size_t>(edge.to)];
        const OutBase& output = *from.node->outputs()[static_cast<std::size_t>(edge.output)];
        const std::string_view wanted =
            to.node->inputs()[static_cast<std::size_t>(edge.input)]->type();
        fill_queue(input, to, edge);
        out_.edges.push_back(edge);
        if (wanted == kAnyType || wanted == output.type()) return;
        std::string hint;
        for (const OutBase* other : from.node->outputs())
            if (other->type() == wanted)
                hint = fmt::format("'{}.{}' gives {}", from.id, other->name(), wanted);
        fail(spec, input.from.where,
             fmt::format("input '{}' takes {}, but '{}.{}' gives {}", input.port, wanted, from.id,
                         output.name(), output.type()),
             hint);
    }

    void check_ports(int index) {
        const NodeSpec& spec = spec_.nodes[static_cast<std::size_t>(index)];
        const Node* const node = out_.nodes[static_cast<std::size_t>(index)].node.get();
        if (!node) return;
        const auto mentioned = [&](std::string_view name) {
            return std::ranges::find(spec.inputs, name, &InputSpec::port) != spec.inputs.end();
        };
        for (const InBase* input : node->inputs())
            if (input->required() && !mentioned(input->name()))
                fail(spec, spec.where,
                     fmt::format("input '{}' ({}) is not connected", input->name(), input->type()),
                     fmt::format("write `in: {{{}: NODE.OUTPUT}}`", input->name()));
        if (!node->inputs().empty() && spec.inputs.empty() &&
            std::ranges::none_of(node->inputs(), &InBase::required))
            fail(spec, spec.where, "no input is connected, so it never runs");
        if (!node->outputs().empty() &&
            std::ranges::none_of(links_, [&](const Link& link) { return link.from == index; }))
            out_.warnings.push_back(graph_error(spec.id, spec.where, "nothing takes its outputs"));
    }

    /// What `deny_raw` forbids is an error at the node that lets it out.
    void check_privacy() {
        for (const RawFlow& flow : find_raw_flows(out_))
            for (const Scalar& denied : spec_.deny_raw)
                if (denied.text == flow.to)
                    out_.errors.push_back(graph_error(
                        flow.node, flow.where,
                        fmt::format("raw {} can reach {} '{}': {}", flow.what,
                                    flow.to == "disk" ? "the file" : "the network at", flow.target,
                                    flow.path),
                        fmt::format("'deny_raw' in line {} forbids it", denied.where.line)));
    }

    /// Puts every node after those it takes from, keeping the order of the file where it can.
    void order() {
        const std::size_t count = out_.nodes.size();
        std::vector<int> place(count, -1), waits_for(count, 0);
        for (const Link& link : links_) ++waits_for[static_cast<std::size_t>(link.to)];
        std::set<int> free;
        for (std::size_t i = 0; i < count; ++i)
            if (waits_for[i] == 0) free.insert(static_cast<int>(i));
        int next = 0;
        while (!free.empty()) {
            const int node = *free.begin();
            free.erase(free.begin());
            place[static_cast<std::size_t>(node)] = next++;
            for (const Link& link : links_)
                if (link.from == node && --waits_for[static_cast<std::size_t>(link.to)] == 0)
                    free.insert(link.to);
        }
        if (next < static_cast<int>(count)) return report_cycle(place);
        std::vector<CheckedNode> ordered(count);
        for (std::size_t i = 0; i < count; ++i)
            ordered[static_cast<std::size_t>(place[i])] = std::move(out_.nodes[i]);
        out_.nodes = std::move(ordered);
        for (CheckedEdge& edge : out_.edges) {
            edge.from = place[static_cast<std::size_t>(edge.from)];
            edge.to = place[static_cast<std::size_t>(edge.to)];
        }
    }

    /// Walks backwards from a node that could not be placed until one comes again.
    void report_cycle(const std::vector<int>& place) {
        const auto unplaced = [&](int node) { return place[static_cast<std::size_t>(node)] < 0; };
        int node = 0;
        while (!unplaced(node)) ++node;
        std::vector<const Link*> path;
        std::vector<bool> seen(place.size());
        while (!seen[static_cast<std::size_t>(node)]) {
            seen[static_cast<std::size_t>(node)] = true;
            const auto link = std::ranges::find_if(
                links_, [&](const Link& l) { return l.to == node && unplaced(l.from); });
            path.push_back(&*link);
            node = link->from;
        }
        // What was walked before the cycle was reached is not part of it.
        path.erase(path.begin(), std::ranges::find(path, node, &Link::to));
        const auto id = [&](int i) { return spec_.nodes[static_cast<std::size_t>(i)].id; };
        std::string text = id(node);
        for (auto link = path.rbegin(); link != path.rend(); ++link)
            text += " -> " + id((*link)->to);
        fail(spec_.nodes[static_cast<std::size_t>(node)], path.front()->where,
             "the graph has a cycle: " + text, "a node cannot wait for its own result");
    }

    struct Link {
        int from;
        int to;
        SourcePos where;
    };

    const GraphSpec& spec_;
    const Registry& registry_;
    CheckedGraph out_;
    ParamValues params_;
    std::vector<Link> links_;
};

}  // namespace

CheckedGraph check_spec(const ParsedGraph& parsed, const Params& params, const Registry& registry) {
    return Checker(parsed, params, registry).run();
}

}  // namespace tarsier
