// SPDX-License-Identifier: Apache-2.0
// Damaged and hostile files: refused with a reason, or run; never a crash, never a long time.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "format/layout.h"
#include "format/reader.h"
#include "format/verify.h"
#include "format/writer.h"
#include "net_builder.h"
#include "session.h"

namespace tarsier::infer {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A network with a bit of everything: slices, a window, an addition, constants, metadata.
Bytes small_file() {
    NetBuilder builder;
    const int in = builder.tensor(5, 6, 3);
    const int both = builder.tensor(5, 6, 20);
    const int first = builder.tensor(5, 6, 17, both, 0);
    const int second = builder.tensor(5, 6, 3, both, 17);
    const int out = builder.tensor(5, 6, 20);
    const int weights = builder.constant(std::vector<float>(2 * 3 * 16, 0.5F));
    const int bias = builder.constant(std::vector<float>(32, 0.25F));
    const int window = builder.constant(std::vector<float>(9 * 16, 0.125F));
    const int none = builder.constant(std::vector<float>(16, 0.0F));
    builder.input(in);
    builder.step("conv1x1", {in}, first, {weights, bias}, {{"min", 0}, {"max", 6}});
    builder.step("depthwise", {in}, second, {window, none},
                 {{"kernel_h", 3},
                  {"kernel_w", 3},
                  {"pad_top", 1},
                  {"pad_left", 1},
                  {"pad_bottom", 1},
                  {"pad_right", 1}});
    builder.step("add", {both, both}, out);
    builder.output(out);
    builder.net.name = "small";
    builder.net.task = "none";
    builder.net.metadata = {{"licence", "Apache-2.0"}};
    return tsr_bytes(builder.net);
}

/// Gives the bytes a checksum that fits, as somebody with a bad intent would.
void seal(Bytes& file) {
    if (file.size() < sizeof(FileHeader)) return;
    const std::uint64_t sum = checksum(std::span(file).subspan(kChecksummed));
    std::memcpy(file.data() + offsetof(FileHeader, checksum), &sum, sizeof sum);
}

/// Reads the bytes, and where they are taken, plans and runs them. The copy ends where the file
/// ends, so that a sanitizer sees every byte too far. Returns the error, if any.
std::string use(const Bytes& file) {
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> copy(
        static_cast<std::uint8_t*>(std::aligned_alloc(64, (file.size() + 63) / 64 * 64)),
        &std::free);
    if (!file.empty()) std::memcpy(copy.get(), file.data(), file.size());
    auto net = read_tsr({copy.get(), file.size()}, "file");
    if (!net) return net.error().to_string();
    double work = 0;
    for (const NetTensor& tensor : net->tensors) work += static_cast<double>(tensor.elements());
    const auto model = std::make_shared<const NetModel>(std::move(*net), nullptr);
    if (work > 1e6) return {};  // sane, but nothing to wait for
    auto session = Session::create(model);
    if (!session) return session.error().to_string();
    EXPECT_TRUE((*session)->run());
    return {};
}

TEST(Format, AFileReadsBackAsItWasWritten) {
    const Bytes file = small_file();
    EXPECT_EQ(use(file), "");
    const auto copy = Pool::allocate(file.size());
    std::copy(file.begin(), file.end(), copy.get());
    const auto net = read_tsr({copy.get(), file.size()}, "file");
    ASSERT_TRUE(net);
    EXPECT_EQ(net->name, "small");
    EXPECT_EQ(net->steps.size(), 3U);
    EXPECT_EQ(net->steps[0].number("max", 0), 6);
    EXPECT_EQ(net->tensors[3].first_channel, 17);
    EXPECT_EQ(net->metadata.at("licence"), "Apache-2.0");
    EXPECT_EQ(tsr_bytes(*net), file);
    for (const NetConstant& constant : net->constants)
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(constant.bytes.data()) % 64, 0U);
}

TEST(Format, ATruncatedFileIsRefusedAtEveryLength) {
    const Bytes whole = small_file();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        ASSERT_NE(use(cut), "") << length;
        seal(cut);
        ASSERT_NE(use(cut), "") << length;
    }
}

TEST(Format, AnAddedByteIsRefused) {
    Bytes file = small_file();
    file.push_back(0);
    seal(file);
    EXPECT_NE(use(file), "");
}

TEST(Format, EveryFlippedBitIsNoticed) {
    const Bytes whole = small_file();
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        const std::size_t byte = bit / 8;
        Bytes file = whole;
        file[byte] = static_cast<std::uint8_t>(file[byte] ^ (1U << (bit % 8)));
        ASSERT_NE(use(file), "") << "bit " << bit;
    }
}

TEST(Format, AByteChangedAnywhereInAShippedModelIsRefused) {
    std::ifstream in(TARSIER_SOURCE_DIR "/assets/models/mmnet-256.tsr", std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const std::shared_ptr<std::uint8_t> file = Pool::allocate(bytes.size());
    std::copy(bytes.begin(), bytes.end(), file.get());
    const std::span<std::uint8_t> whole(file.get(), bytes.size());
    ASSERT_TRUE(read_tsr(whole, "file"));
    FileHeader header;
    std::memcpy(&header, file.get(), sizeof header);
    const std::size_t weights = sizeof header + header.graph_bytes;
    std::mt19937 engine(9);
    for (std::size_t at = 0; at < whole.size();) {
        const std::uint8_t before = whole[at];
        whole[at] = static_cast<std::uint8_t>(before + 1 + engine() % 255);
        ASSERT_FALSE(read_tsr(whole, "file")) << "byte " << at;
        whole[at] = before;
        // All of the header, a part of the graph, a few of the weights, the last byte.
        const std::size_t step = at < sizeof header ? 1 : at < weights ? 53 : 4099;
        at = at + 1 == whole.size() ? whole.size() : std::min(at + step, whole.size() - 1);
    }
    ASSERT_TRUE(read_tsr(whole, "file"));
}

TEST(Format, FlippedBitsUnderAGoodChecksumAreRefusedOrRun) {
    const Bytes whole = small_file();
    std::mt19937 engine(7);
    int refused = 0;
    constexpr int kTries = 20000;
    for (int i = 0; i < kTries; ++i) {
        Bytes file = whole;
        const int flips = 1 + static_cast<int>(engine() % 4);
        for (int k = 0; k < flips; ++k) {
            const std::size_t byte = engine() % file.size();
            file[byte] = static_cast<std::uint8_t>(file[byte] ^ (1U << (engine() % 8)));
        }
        seal(file);
        refused += !use(file).empty();
    }
    EXPECT_GT(refused, kTries / 10);
    EXPECT_LT(refused, kTries);
}

TEST(Format, WordsOfTheGraphReplacedByExtremesAreRefusedOrRun) {
    const Bytes whole = small_file();
    for (std::size_t at = sizeof(FileHeader); at + 4 <= whole.size(); at += 2) {
        for (const std::uint32_t word :
             {0U, 1U, 0x7fffffffU, 0x80000000U, 0xffffffffU, 0x00010000U}) {
            Bytes file = whole;
            std::memcpy(file.data() + at, &word, sizeof word);
            seal(file);
            use(file);
        }
    }
}

TEST(Format, MoreStepsThanAnyNetworkHasAreRefused) {
    NetBuilder builder;
    int last = builder.tensor(1, 1, 1);
    builder.input(last);
    for (int i = 0; i < 40'000; ++i) {
        const int next = builder.tensor(1, 1, 1);
        builder.step("clamp", {last}, next);
        last = next;
    }
    builder.output(last);
    EXPECT_NE(use(tsr_bytes(builder.net)).find("tensors"), std::string::npos);
}

TEST(Format, ANewerVersionIsUnsupportedAndSaysSo) {
    Bytes file = small_file();
    file[offsetof(FileHeader, version)] = 2;
    const auto net = read_tsr(file, "file");
    ASSERT_FALSE(net);
    EXPECT_EQ(net.error().code, Code::Unsupported);
    EXPECT_NE(net.error().message.find("version 2"), std::string::npos);
}

/// What verify() says about a network that was changed by `change`.
template <class Change>
std::string verdict(const Change& change) {
    NetBuilder builder;
    const int in = builder.tensor(4, 4, 8);
    const int out = builder.tensor(4, 4, 8);
    builder.input(in);
    builder.step("clamp", {in}, out);
    builder.output(out);
    change(builder.net);
    const Status status = verify(builder.net);
    return status ? "" : status.error().message;
}

void expect_refused(const std::string& verdict, const char* reason) {
    EXPECT_NE(verdict.find(reason), std::string::npos) << "'" << verdict << "', not " << reason;
}

TEST(Verify, TakesASaneNetwork) {
    EXPECT_EQ(verdict([](Net&) {}), "");
}

TEST(Verify, RefusesImpossibleTensors) {
    expect_refused(verdict([](Net& n) { n.tensors[0].height = 0; }), "impossible shape");
    expect_refused(verdict([](Net& n) { n.tensors[0].channels = 1 << 30; }), "impossible shape");
    expect_refused(verdict([](Net& n) {
                       n.tensors[0].root = 1;  // which comes later in the file
                       NetTensor& root = n.tensors[1];
                       root.height = root.width = root.channels = 0x7fffffff;
                   }),
                   "impossible shape");
    expect_refused(verdict([](Net& n) { n.tensors[0].root = 77; }), "slice of no tensor");
    expect_refused(verdict([](Net& n) { n.tensors[1].root = 1; }), "does not lie in");
    expect_refused(verdict([](Net& n) {
                       n.tensors[1].root = 0;
                       n.tensors[1].first_channel = 0x7fffffff;
                   }),
                   "does not lie in");
    expect_refused(verdict([](Net& n) {
                       for (int i = 0; i < 3; ++i) n.tensors.push_back(n.tensors[0]);
                       for (NetTensor& t : n.tensors) t.height = t.width = 16384;
                   }),
                   "1 GiB");
}

TEST(Verify, RefusesStepsThatReadOrWriteWrongly) {
    expect_refused(verdict([](Net& n) { n.steps[0].inputs = {9}; }), "reads no tensor");
    expect_refused(verdict([](Net& n) { n.steps[0].inputs = {-1}; }), "reads no tensor");
    expect_refused(verdict([](Net& n) { n.steps[0].inputs = {}; }), "has no input");
    expect_refused(verdict([](Net& n) { n.steps[0].inputs = {1}; }), "before it is written");
    expect_refused(verdict([](Net& n) { n.steps[0].output = -3; }), "writes no tensor");
    expect_refused(verdict([](Net& n) { n.steps[0].output = 0; }), "writes a tensor twice");
    expect_refused(verdict([](Net& n) { n.steps[0].constants = {0}; }), "reads no constant");
    expect_refused(verdict([](Net& n) { n.steps[0].op = "warp"; }), "operator 'warp'");
    expect_refused(verdict([](Net& n) { n.steps.clear(); }), "never written");
    expect_refused(verdict([](Net& n) { n.steps[0].attributes["min"] = NAN; }), "not ordered");
    expect_refused(verdict([](Net& n) { n.inputs.clear(); }), "no input");
    expect_refused(verdict([](Net& n) {
                       n.outputs[0].info.shape = Shape{1, 8, 4, 5};
                   }),
                   "does not fit");
}

TEST(Verify, RefusesWindowsWhoseNumbersAreNotSane) {
    const auto conv = [](const char* key, double value) {
        return verdict([&](Net& n) {
            static const std::vector<float> values(16 * 8, 0.0F);
            NetConstant c;
            c.bytes = {reinterpret_cast<const std::uint8_t*>(values.data()), 16 * 4};
            c.count = 16;
            n.constants = {c, c};
            n.steps[0].op = "depthwise";
            n.steps[0].constants = {0, 1};
            n.steps[0].attributes = {{key, value}};
        });
    };
    EXPECT_EQ(conv("stride_h", 1), "");
    for (const double value : {0.0, -1.0, 1.5, 1e300, static_cast<double>(NAN)})
        expect_refused(conv("stride_h", value), "stride_h");
    expect_refused(conv("kernel_w", 65), "kernel_w");
    expect_refused(conv("dilation_h", 0), "dilation_h");
    expect_refused(conv("pad_left", -1), "pad_left");
    expect_refused(conv("kernel_h", 3), "output is");
}

}  // namespace
}  // namespace tarsier::infer
