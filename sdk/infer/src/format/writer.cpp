// SPDX-License-Identifier: Apache-2.0
#include "format/writer.h"

#include <flatbuffers/flatbuffers.h>
#include <fmt/format.h>
#include <tsr_generated.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include "format/layout.h"

namespace tarsier::infer {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

std::vector<Offset<tsr::Tensor>> tensors(FlatBufferBuilder& builder, const Net& net) {
    std::vector<Offset<tsr::Tensor>> out;
    for (const NetTensor& t : net.tensors)
        out.push_back(tsr::CreateTensor(builder, builder.CreateSharedString(t.name), t.height,
                                        t.width, t.channels, static_cast<tsr::Element>(t.element),
                                        t.root, t.first_channel, t.scale, t.zero_point));
    return out;
}

/// Attributes, those that are alike once.
class Attributes {
  public:
    using List = Offset<flatbuffers::Vector<Offset<tsr::Attribute>>>;

    explicit Attributes(FlatBufferBuilder& builder) : builder_(builder) {}

    List add(const std::map<std::string, double>& attributes) {
        if (const auto found = lists_.find(attributes); found != lists_.end()) return found->second;
        std::vector<Offset<tsr::Attribute>> list;
        for (const auto& attribute : attributes) list.push_back(add_one(attribute));
        return lists_[attributes] = builder_.CreateVector(list);
    }

  private:
    Offset<tsr::Attribute> add_one(const std::pair<const std::string, double>& attribute) {
        const auto [at, added] = attributes_.try_emplace(attribute);
        if (added)
            at->second = tsr::CreateAttribute(
                builder_, builder_.CreateSharedString(attribute.first), attribute.second);
        return at->second;
    }

    FlatBufferBuilder& builder_;
    std::map<std::pair<std::string, double>, Offset<tsr::Attribute>> attributes_;
    std::map<std::map<std::string, double>, List> lists_;
};

std::vector<Offset<tsr::Step>> steps(FlatBufferBuilder& builder, const Net& net) {
    std::vector<Offset<tsr::Step>> out;
    Attributes attributes(builder);
    for (const NetStep& step : net.steps)
        out.push_back(tsr::CreateStep(
            builder, builder.CreateSharedString(step.op), builder.CreateSharedString(step.name),
            builder.CreateVector(step.inputs), step.output, builder.CreateVector(step.constants),
            attributes.add(step.attributes)));
    return out;
}

std::vector<Offset<tsr::Port>> ports(FlatBufferBuilder& builder, const std::vector<NetPort>& in) {
    std::vector<Offset<tsr::Port>> out;
    for (const NetPort& port : in) {
        const auto dims = port.info.shape.dims();
        const std::vector<int> shape(dims.begin(), dims.end());
        out.push_back(tsr::CreatePort(builder, builder.CreateString(port.info.name),
                                      builder.CreateVector(shape), port.tensor));
    }
    return out;
}

void build_graph(FlatBufferBuilder& builder, const Net& net) {
    std::vector<Offset<tsr::Constant>> constants;
    std::uint64_t offset = 0;
    for (const NetConstant& c : net.constants) {
        constants.push_back(tsr::CreateConstant(
            builder, offset, c.count, static_cast<tsr::Element>(c.element), c.scales, c.block));
        offset += align_up(c.bytes.size());
    }
    std::vector<Offset<tsr::Entry>> metadata;
    for (const auto& [key, value] : net.metadata)
        metadata.push_back(
            tsr::CreateEntry(builder, builder.CreateString(key), builder.CreateString(value)));
    std::vector<Offset<tsr::State>> states;
    for (const StateInfo& state : net.states)
        states.push_back(tsr::CreateState(builder, state.input, state.output));
    const auto name = builder.CreateString(net.name);
    const auto task = builder.CreateString(net.task);
    const auto model = tsr::CreateModel(
        builder, name, task, builder.CreateVector(tensors(builder, net)),
        builder.CreateVector(constants), builder.CreateVector(steps(builder, net)),
        builder.CreateVector(ports(builder, net.inputs)),
        builder.CreateVector(ports(builder, net.outputs)), builder.CreateVector(metadata),
        states.empty() ? 0 : builder.CreateVector(states));
    tsr::FinishModelBuffer(builder, model);
}

}  // namespace

std::vector<std::uint8_t> tsr_bytes(const Net& net) {
    FlatBufferBuilder builder;
    build_graph(builder, net);
    std::uint64_t weight_bytes = 0;
    for (const NetConstant& c : net.constants) weight_bytes += align_up(c.bytes.size());

    std::vector<std::uint8_t> file(sizeof(FileHeader) + align_up(builder.GetSize()) + weight_bytes);
    std::memcpy(file.data() + sizeof(FileHeader), builder.GetBufferPointer(), builder.GetSize());
    std::uint8_t* weights = file.data() + sizeof(FileHeader) + align_up(builder.GetSize());
    for (const NetConstant& c : net.constants) {
        std::memcpy(weights, c.bytes.data(), c.bytes.size());
        weights += align_up(c.bytes.size());
    }
    FileHeader header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.graph_bytes = builder.GetSize();
    header.weight_bytes = weight_bytes;
    std::memcpy(file.data(), &header, sizeof header);
    header.checksum = checksum(std::span(file).subspan(kChecksummed));
    std::memcpy(file.data(), &header, sizeof header);
    return file;
}

Status write_tsr(const Net& net, const std::filesystem::path& file) {
    const std::vector<std::uint8_t> bytes = tsr_bytes(net);
    const std::filesystem::path partial = file.string() + ".part";
    const auto failed = [&](const char* doing) -> Status {
        const int number = errno;
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        return {number == EACCES || number == EROFS ? Code::Permission : Code::Io,
                fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(number)),
                "check that the folder exists, is writable and has room"};
    };
    errno = 0;
    std::ofstream out(partial, std::ios::binary);
    if (!out) return failed("open for writing");
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) return failed("write");
    if (std::rename(partial.c_str(), file.c_str()) != 0) return failed("replace");
    return Ok{};
}

}  // namespace tarsier::infer
