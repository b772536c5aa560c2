// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <tarsier/graph/registry.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tarsier::testing {

using Options = std::map<std::string, OptionValue>;
using Payloads = std::map<std::string, Payload>;

/// A payload for an input: `{"image", payload(std::move(picture))}`.
template <class T>
Payload payload(T&& value) {
    using Value = std::remove_cvref_t<T>;
    return Payload::of<Value>(std::make_shared<const Value>(std::forward<T>(value)));
}

/// A node of the registry with these options set and current. Fails with Usage for an unknown node
/// or option, with Invalid for a value that the option refuses.
inline Result<std::unique_ptr<Node>> make_node(std::string_view name, const Options& options = {},
                                               const Registry& registry = builtin_registry()) {
    const NodeClass* type = registry.find(name);
    if (!type) return {Code::Usage, "no node type '" + std::string(name) + "'"};
    std::unique_ptr<Node> node = type->create();
    for (const auto& [option_name, value] : options) {
        OptionBase* option = nullptr;
        for (OptionBase* candidate : node->options())
            if (candidate->name() == option_name) option = candidate;
        if (!option) return {Code::Usage, "no option '" + option_name + "'"};
        TARSIER_CHECK(option->set(value));
        option->apply();
    }
    return node;
}

/// What a node sent in one firing, or why it failed.
struct Outputs {
    Status status = Ok{};
    Payloads sent;
    std::map<std::string, Stamp> stamps;  ///< of sources

    bool ok() const { return status.has_value(); }
    bool has(const std::string& port) const { return sent.contains(port); }
    /// What was sent there as a T; null when nothing was, or something else.
    template <class T>
    const T* get(const std::string& port) const {
        const auto found = sent.find(port);
        return found == sent.end() ? nullptr : found->second.as<T>();
    }
    const Payload& operator[](const std::string& port) const { return sent.at(port); }
};

/// Fires one node by hand, many times: for nodes with state. Stops it when it goes. Thread-bound.
class NodeRunner {
  public:
    /// Makes and starts the node; `status()` says how that went.
    explicit NodeRunner(std::string_view name, const Options& options = {},
                        const Registry& registry = builtin_registry()) {
        context_.id = "node";
        context_.headless = true;
        context_.stop = stop_.get_token();
        Result<std::unique_ptr<Node>> made = make_node(name, options, registry);
        if (!made) {
            status_ = std::move(made.error());
            return;
        }
        node_ = std::move(*made);
        node_->attach(&context_);
        status_ = node_->start();
    }
    ~NodeRunner() { (void)stop(); }
    NodeRunner(const NodeRunner&) = delete;
    NodeRunner& operator=(const NodeRunner&) = delete;

    const Status& status() const { return status_; }
    Node& node() { return *node_; }

    /// One firing with these inputs at this time. Without a stamp the firings are 40 ms apart.
    Outputs fire(const Payloads& inputs = {}, std::optional<Key> key = {}) {
        Outputs out;
        out.status = status_;
        if (!status_) return out;
        const Key at = key.value_or(Key{0, 40 * kMillisecond * static_cast<Timestamp>(firings_)});
        const auto origin = std::make_shared<Origin>(0, firings_++, monotonic_now());
        for (const auto& [port, value] : inputs) {
            InBase* input = find(port);
            const std::string_view wanted = input ? input->type() : "";
            if (!input || (wanted != value.type && wanted != kAnyType)) {
                out.status = {Code::Usage, "no input '" + port + "' of type " + value.type};
                return out;
            }
            input->put(Packet{at, 0, origin, value});
        }
        for (const InBase* input : node_->inputs())
            if (input->required() && !input->has_packet()) {
                out.status = {Code::Usage, "input '" + std::string(input->name()) + "' is missing"};
                return out;
            }
        out.status = node_->process();
        for (OutBase* output : node_->outputs())
            if (auto sent = output->take()) {
                out.sent.emplace(output->name(), std::move(sent->payload));
                if (sent->stamp) out.stamps.emplace(output->name(), *sent->stamp);
            }
        for (InBase* input : node_->inputs()) input->put(std::nullopt);
        return out;
    }
    /// Asks waits inside the node to give up, as a stopping graph does.
    void request_stop() { stop_.request_stop(); }
    /// Node::stop(), once.
    Status stop() {
        if (!node_ || stopped_ || !status_) return Ok{};
        stopped_ = true;
        return node_->stop();
    }

  private:
    InBase* find(std::string_view name) {
        for (InBase* input : node_->inputs())
            if (input->name() == name) return input;
        return nullptr;
    }

    std::stop_source stop_;
    NodeContext context_;
    std::unique_ptr<Node> node_;
    Status status_ = Ok{};
    bool stopped_ = false;
    std::uint64_t firings_ = 0;
};

/// One firing of a fresh node: `run_node("vision.threshold", {{"level", 100}}, {{"image",
/// payload(...)}})`.
inline Outputs run_node(std::string_view name, const Options& options = {},
                        const Payloads& inputs = {},
                        const Registry& registry = builtin_registry()) {
    return NodeRunner(name, options, registry).fire(inputs);
}

}  // namespace tarsier::testing

/// Expects that a Result failed with this code and that its message or hint mentions the text.
#define EXPECT_ERROR(expression, expected_code, text)                                  \
    do {                                                                               \
        const auto& result_ = (expression);                                            \
        ASSERT_FALSE(result_.has_value());                                             \
        EXPECT_EQ(result_.error().code, expected_code) << result_.error().to_string(); \
        EXPECT_NE(result_.error().to_string().find(text), std::string::npos)           \
            << result_.error().to_string();                                            \
    } while (false)
