// SPDX-License-Identifier: Apache-2.0
#include "format/reader.h"

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>
#include <tsr_generated.h>

#include <cstring>

#include "format/layout.h"
#include "format/verify.h"
#include "format/widen.h"

namespace tarsier::infer {
namespace {

// Bounds on what a file may claim; they keep a hostile one from costing more than a moment.
constexpr std::uint32_t kMaxTables = 1U << 18;
constexpr std::uint32_t kMaxDepth = 8;
constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kMaxValue = 1U << 16;
constexpr std::size_t kMaxEntries = 256;
constexpr std::size_t kMaxItems = 1U << 15;  ///< tensors, steps, constants: planning looks at pairs
constexpr std::size_t kMaxOperands = 64;

Error damaged(const std::string& what) {
    return {
        Code::BadData, what, {}, {}, "the file is damaged or not a model: convert it again", {}};
}

template <class T>
std::size_t count(const flatbuffers::Vector<T>* items) {
    return items ? items->size() : 0;
}

Status within(const char* what, std::size_t n, std::size_t limit) {
    if (n <= limit) return Ok{};
    return damaged(fmt::format("{} {}, at most {} are allowed", n, what, limit));
}

Result<std::string> text(const flatbuffers::String* string, std::size_t limit = kMaxName) {
    if (!string) return std::string();
    TARSIER_CHECK(within("characters in a name", string->size(), limit));
    return string->str();
}

Result<ElementType> element(tsr::Element element) {
    if (element > tsr::Element::MAX) return damaged("unknown type of elements");
    return static_cast<ElementType>(element);
}

struct Sections {
    std::span<const std::uint8_t> graph;
    std::span<const std::uint8_t> weights;
};

Result<Sections> sections(std::span<const std::uint8_t> file) {
    FileHeader header;
    if (file.size() < sizeof header) return damaged("too short for a model");
    std::memcpy(&header, file.data(), sizeof header);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
        return damaged("not a .tsr file: it does not begin with TARSIER");
    if (header.version != kVersion)
        return {Code::Unsupported,
                fmt::format("format version {}, this program reads {}", header.version, kVersion),
                "install a newer Tarsier, or convert the model with this one"};
    const auto body = file.subspan(sizeof header);
    if (header.graph_bytes > body.size() || align_up(header.graph_bytes) > body.size() ||
        header.weight_bytes != body.size() - align_up(header.graph_bytes))
        return damaged(
            fmt::format("{} bytes long, its header says otherwise: truncated?", file.size()));
    if (checksum(file.subspan(kChecksummed)) != header.checksum)
        return damaged("its checksum is wrong");
    return Sections{body.first(header.graph_bytes), body.subspan(align_up(header.graph_bytes))};
}

Status read_tensors(const tsr::Model& model, Net& net) {
    TARSIER_CHECK(within("tensors", model.tensors()->size(), kMaxItems));
    for (const tsr::Tensor* t : *model.tensors()) {
        NetTensor tensor;
        TARSIER_TRY(tensor.name, text(t->name()));
        TARSIER_TRY(tensor.element, element(t->element()));
        tensor.height = t->height();
        tensor.width = t->width();
        tensor.channels = t->channels();
        tensor.root = t->root();
        tensor.first_channel = t->first_channel();
        tensor.scale = t->scale();
        tensor.zero_point = t->zero_point();
        net.tensors.push_back(std::move(tensor));
    }
    return Ok{};
}

Status read_constants(const tsr::Model& model, std::span<const std::uint8_t> weights, Net& net) {
    TARSIER_CHECK(within("constants", count(model.constants()), kMaxItems));
    if (!model.constants()) return Ok{};
    for (const tsr::Constant* c : *model.constants()) {
        NetConstant constant;
        TARSIER_TRY(constant.element, element(c->element()));
        constant.count = c->count();
        const std::uint64_t size = element_bytes(constant.element);
        if (c->offset() % kAlignment != 0 || c->offset() > weights.size() ||
            c->count() > (weights.size() - c->offset()) / size)
            return damaged("a constant lies outside the weights section");
        constant.scales = c->scales();
        constant.block = c->block();
        constant.bytes = weights.subspan(c->offset(), c->count() * size);
        net.constants.push_back(constant);
    }
    return Ok{};
}

Result<std::vector<int>> indices(const flatbuffers::Vector<std::int32_t>* list) {
    TARSIER_CHECK(within("operands", count(list), kMaxOperands));
    return list ? std::vector<int>(list->begin(), list->end()) : std::vector<int>();
}

Status read_steps(const tsr::Model& model, Net& net) {
    TARSIER_CHECK(within("steps", model.steps()->size(), kMaxItems));
    for (const tsr::Step* s : *model.steps()) {
        NetStep step;
        TARSIER_TRY(step.op, text(s->op()));
        TARSIER_TRY(step.name, text(s->name()));
        TARSIER_TRY(step.inputs, indices(s->inputs()));
        TARSIER_TRY(step.constants, indices(s->constants()));
        step.output = s->output();
        TARSIER_CHECK(within("attributes", count(s->attributes()), kMaxOperands));
        for (std::size_t i = 0; i < count(s->attributes()); ++i) {
            const tsr::Attribute* a = s->attributes()->Get(static_cast<unsigned>(i));
            TARSIER_TRY(std::string key, text(a->name()));
            step.attributes[std::move(key)] = a->value();
        }
        net.steps.push_back(std::move(step));
    }
    return Ok{};
}

using Ports = flatbuffers::Vector<flatbuffers::Offset<tsr::Port>>;

Status read_ports(const Ports& ports, std::vector<NetPort>& out) {
    TARSIER_CHECK(within("inputs or outputs", ports.size(), kMaxEntries));
    for (const tsr::Port* p : ports) {
        NetPort port;
        TARSIER_TRY(port.info.name, text(p->name()));
        TARSIER_CHECK(within("dimensions", p->shape()->size(), Shape::kMaxRank));
        const std::vector<std::int64_t> dims(p->shape()->begin(), p->shape()->end());
        port.info.shape = Shape(dims);
        port.tensor = p->tensor();
        out.push_back(std::move(port));
    }
    return Ok{};
}

Status read_states(const tsr::Model& model, Net& net) {
    TARSIER_CHECK(within("states", count(model.states()), kMaxEntries));
    for (std::size_t i = 0; i < count(model.states()); ++i) {
        const tsr::State* state = model.states()->Get(static_cast<unsigned>(i));
        net.states.push_back({state->input(), state->output()});
    }
    return Ok{};
}

Status read_metadata(const tsr::Model& model, Net& net) {
    TARSIER_CHECK(within("metadata entries", count(model.metadata()), kMaxEntries));
    for (std::size_t i = 0; i < count(model.metadata()); ++i) {
        const tsr::Entry* entry = model.metadata()->Get(static_cast<unsigned>(i));
        TARSIER_TRY(std::string key, text(entry->key()));
        TARSIER_TRY(net.metadata[std::move(key)], text(entry->value(), kMaxValue));
    }
    return Ok{};
}

Result<Net> read(std::span<const std::uint8_t> file) {
    TARSIER_TRY(const Sections parts, sections(file));
    flatbuffers::Verifier verifier(parts.graph.data(), parts.graph.size(), kMaxDepth, kMaxTables);
    if (!tsr::VerifyModelBuffer(verifier)) return damaged("its graph section is malformed");
    const tsr::Model& model = *tsr::GetModel(parts.graph.data());
    Net net;
    TARSIER_TRY(net.name, text(model.name()));
    TARSIER_TRY(net.task, text(model.task()));
    TARSIER_CHECK(read_tensors(model, net));
    TARSIER_CHECK(read_constants(model, parts.weights, net));
    TARSIER_CHECK(read_steps(model, net));
    TARSIER_CHECK(read_ports(*model.inputs(), net.inputs));
    TARSIER_CHECK(read_ports(*model.outputs(), net.outputs));
    TARSIER_CHECK(read_metadata(model, net));
    TARSIER_CHECK(read_states(model, net));
    TARSIER_CHECK(widen(net, parts.weights.size()));
    TARSIER_CHECK(verify(net));
    return net;
}

}  // namespace

Result<Net> read_tsr(std::span<const std::uint8_t> file, const std::string& name) {
    auto net = read(file);
    if (!net) net.error().message = name + ": " + net.error().message;
    return net;
}

}  // namespace tarsier::infer
