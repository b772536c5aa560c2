// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/graph/option.h>
#include <tarsier/graph/packet.h>
#include <tarsier/media/image.h>
#include <tarsier/media/pool.h>

namespace tarsier {

class InBase;
class OutBase;

/// Latency of the running graph, for nodes that show it. Thread-safe to read.
struct LatencySummary {
    double p50_ms = 0;  ///< from capture to the point where it is asked for
    double p95_ms = 0;
    double fps = 0;             ///< items that reached this point per second of wall time
    std::uint64_t dropped = 0;  ///< items dropped anywhere in the graph so far
};

/// What a node may know about where it runs. Provided by the engine (or by a test). Thread-bound to
/// the node.
class NodeContext {
  public:
    virtual ~NodeContext() = default;
    std::string id;                   ///< the node's name in its graph
    std::filesystem::path graph_dir;  ///< folder of the graph file; empty for graphs from text
    bool headless = false;            ///< no window may be opened
    bool live = false;                ///< a live source is upstream; known in start()
    /// Every wait takes it. Requested for sources when the graph stops, for the other nodes when
    /// what was inside did not drain in time. A node that gives up returns Cancelled.
    std::stop_token stop;

    /// An input file of an option: beside the graph file, then relative to the working directory.
    /// Fails with NotFound and says where it looked.
    Result<std::filesystem::path> find_input(const std::string& path) const;
    virtual LatencySummary latency() const { return {}; }
};

/// A unit of work in a graph. Subclasses declare ports and options as members and implement
/// process(); nothing else is required. One node never runs twice at once, so node code needs no
/// locks. Thread-bound.
class Node {
  public:
    Node() = default;
    virtual ~Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// True for nodes that wait for the outside (devices, windows, files): they get a thread of
    /// their own.
    static constexpr bool kBlocking = false;

    /// Opens what the node needs; options have their values. Called once before the first
    /// process().
    virtual Status start() { return Ok{}; }
    /// One firing: the inputs hold the packets that `sync:` of the graph file brings together, by
    /// default those of one key. Nodes without inputs are
    /// sources: they are fired while there is room behind them, and call finish() when nothing more
    /// comes. Cancelled, without having been asked to stop, ends the graph politely: no error, and
    /// what is inside drains (a closed window).
    virtual Status process() = 0;
    /// Closes what start() opened and finishes files. Called once, also after errors.
    virtual Status stop() { return Ok{}; }
    /// Sources only: whether time does not wait for us (a camera). Asked after start().
    virtual bool live() const { return false; }

    const std::vector<InBase*>& inputs() const { return inputs_; }
    const std::vector<OutBase*>& outputs() const { return outputs_; }
    const std::vector<OptionBase*>& options() const { return options_; }
    /// Set by the engine before start().
    void attach(NodeContext* context) { context_ = context; }
    bool finished() const { return finished_; }

  protected:
    /// Sources: this firing was the last one.
    void finish() { finished_ = true; }
    const NodeContext& context() const { return *context_; }
    /// The key of this firing (of the first connected input that has a packet).
    Key key() const;

  private:
    friend class InBase;
    friend class OutBase;
    friend class OptionBase;
    std::vector<InBase*> inputs_;
    std::vector<OutBase*> outputs_;
    std::vector<OptionBase*> options_;
    NodeContext* context_ = nullptr;
    bool finished_ = false;
};

enum class Need { Required, Optional };

/// The type of an input that takes packets of every type.
inline constexpr const char* kAnyType = "any";

/// The typeless part of an input.
class InBase {
  public:
    InBase(Node* node, std::string_view name, const char* type, std::string_view doc, Need need);
    virtual ~InBase() = default;
    InBase(const InBase&) = delete;
    InBase& operator=(const InBase&) = delete;

    std::string_view name() const { return name_; }
    std::string_view doc() const { return doc_; }
    const char* type() const { return type_; }
    bool required() const { return need_ == Need::Required; }

    /// Whether this firing brought a packet here; always true for required inputs during process().
    bool has_packet() const { return packet_.has_value(); }
    const Packet& packet() const { return *packet_; }
    /// For the engine and tests.
    void put(std::optional<Packet> packet) { packet_ = std::move(packet); }

  private:
    std::string_view name_;
    std::string_view doc_;
    const char* type_;
    Need need_;
    std::optional<Packet> packet_;
};

/// An input. `image->width()` is the picture of this firing.
template <class T>
class In final : public InBase {
  public:
    In(Node* node, std::string_view name, std::string_view doc, Need need = Need::Required)
        : InBase(node, name, T::kTypeName, doc, need) {}
    const T& operator*() const { return *static_cast<const T*>(packet().payload.data.get()); }
    const T* operator->() const { return &**this; }
    /// The payload, to keep beyond this firing or to send on.
    std::shared_ptr<const T> share() const {
        return std::static_pointer_cast<const T>(packet().payload.data);
    }
};

/// When an item is; what a source gives with each of its items.
struct Stamp {
    Timestamp ts = 0;        ///< ns: media time for files, monotonic for live sources
    Timestamp duration = 0;  ///< ns; 0 when unknown
};

/// The typeless part of an output.
class OutBase {
  public:
    OutBase(Node* node, std::string_view name, const char* type, std::string_view doc);
    virtual ~OutBase() = default;
    OutBase(const OutBase&) = delete;
    OutBase& operator=(const OutBase&) = delete;

    std::string_view name() const { return name_; }
    std::string_view doc() const { return doc_; }
    const char* type() const { return type_; }
    Pool& pool() { return pool_; }

    /// What was sent in this firing, not yet taken by the engine (or a test).
    struct Sent {
        Payload payload;
        std::optional<Stamp> stamp;
    };
    std::optional<Sent> take() { return std::exchange(sent_, std::nullopt); }

  protected:
    Status put(Payload payload, std::optional<Stamp> stamp);

  private:
    std::string_view name_;
    std::string_view doc_;
    const char* type_;
    Pool pool_;
    std::optional<Sent> sent_;
};

/// An output. At most one item a firing; an output that stayed silent gets a gap from the engine.
template <class T>
class Out final : public OutBase {
  public:
    Out(Node* node, std::string_view name, std::string_view doc)
        : OutBase(node, name, T::kTypeName, doc) {}

    /// A picture from this port's pool (only for Out<Image>).
    Result<Image> allocate(Size size, PixelFormat format) requires std::is_same_v<T, Image> {
        return Image::allocate(size, format, &pool());
    }
    /// Sends a payload with the time of this firing. Internal when called twice in one firing.
    Status send(T&& value) {
        return put(Payload::of<T>(std::make_shared<const T>(std::move(value))), {});
    }
    /// Sends what another holder has too, an input's payload say.
    Status send(std::shared_ptr<const T> value) {
        return put(Payload::of<T>(std::move(value)), {});
    }
    /// Sources: sends a payload with its time. Other nodes: moves this item, and the gaps after it,
    /// to another time; what would not come after the item before is stamped 1 ns after it.
    Status send(T&& value, Stamp stamp) {
        return put(Payload::of<T>(std::make_shared<const T>(std::move(value))), stamp);
    }
    Status send(std::shared_ptr<const T> value, Stamp stamp) {
        return put(Payload::of<T>(std::move(value)), stamp);
    }
};

/// One node type: a row of a registry.
struct NodeClass {
    std::string_view name;  ///< `domain.snake_name`
    std::string_view doc;   ///< one sentence
    bool blocking;
    std::unique_ptr<Node> (*create)();
};

}  // namespace tarsier

/// Last line of a node's file:
/// `TARSIER_NODE(Threshold, "vision.threshold", "Binarises a grey image.");`
#define TARSIER_NODE(Type, name, doc)                                                         \
    extern const ::tarsier::NodeClass Type##_class;                                           \
    constinit const ::tarsier::NodeClass Type##_class {                                       \
        name, doc, Type::kBlocking, [] { return std::unique_ptr<::tarsier::Node>(new Type); } \
    }
