// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>

#include <fmt/format.h>

namespace fs = std::filesystem;

namespace tarsier {

std::string_view gap_reason_name(GapReason reason) {
    constexpr std::string_view kNames[] = {"no_result", "dropped", "error", "source_lost"};
    return kNames[static_cast<int>(reason)];
}

Result<fs::path> NodeContext::find_input(const std::string& path) const {
    const fs::path beside = graph_dir / path;
    std::error_code ignored;
    if (!graph_dir.empty() && fs::exists(beside, ignored)) return beside;
    if (fs::exists(path, ignored)) return fs::path(path);
    std::string tried = fs::absolute(path, ignored).string();
    if (!graph_dir.empty() && fs::absolute(beside, ignored) != tried)
        tried = fs::absolute(beside, ignored).string() + " and " + tried;
    return {Code::NotFound, fmt::format("there is no '{}'", path), "looked for " + tried};
}

Key Node::key() const {
    for (const InBase* input : inputs_)
        if (input->has_packet()) return input->packet().key;
    return {};
}

InBase::InBase(Node* node, std::string_view name, const char* type, std::string_view doc, Need need)
    : name_(name), doc_(doc), type_(type), need_(need) {
    node->inputs_.push_back(this);
}

OutBase::OutBase(Node* node, std::string_view name, const char* type, std::string_view doc)
    : name_(name), doc_(doc), type_(type) {
    node->outputs_.push_back(this);
}

Status OutBase::put(Payload payload, std::optional<Stamp> stamp) {
    if (sent_)
        return {Code::Internal, fmt::format("output '{}' was sent to twice in one firing", name_)};
    sent_ = Sent{std::move(payload), stamp};
    return Ok{};
}

}  // namespace tarsier
