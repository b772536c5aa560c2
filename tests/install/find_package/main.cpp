// SPDX-License-Identifier: Apache-2.0
#include <tarsier/tarsier.h>

#include <cstdio>
#include <cstring>

int fail(const tarsier::Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
    return tarsier::exit_code(error.code);
}

int main(int argc, char** argv) {
    auto graph = tarsier::Graph::load(argc > 1 ? argv[1] : "embed.yaml");
    if (!graph) return fail(graph.error());

    int mattes = 0;
    graph->output("matte").on_packet([&](const tarsier::Packet& packet) {
        const auto& matte = *packet.payload.as<tarsier::Image>();
        std::printf("matte %d: %d x %d, 255 = person\n", ++mattes, matte.width(), matte.height());
    });
    if (auto started = graph->start(); !started) return fail(started.error());

    for (int i = 0; i < 3; ++i) {
        auto picture = tarsier::Image::allocate({640, 360}, tarsier::PixelFormat::Rgb8);
        if (!picture) return fail(picture.error());
        for (int y = 0; y < 360; ++y)  // your camera's pixels go here
            std::memset(picture->mutable_plane().row(y), 128, 640 * 3);
        auto sent = graph->input("camera").send(std::move(*picture));
        if (!sent) return fail(sent.error());
    }
    graph->input("camera").finish();
    if (auto ended = graph->wait(); !ended) return fail(ended.error());
    return mattes == 3 ? 0 : 1;
}
