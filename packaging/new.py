# SPDX-License-Identifier: Apache-2.0
"""Writes the files of one addition and the lines that make it known: new.py ROOT node|kernel NAME

  node vision.threshold        nodes/vision/threshold.cpp, its line in nodes/CMakeLists.txt, tests/nodes/threshold_test.cpp
  kernel image.threshold_u8    sdk/kernels/src/scalar/threshold_u8.cpp, its entry in the table, tests/kernels/threshold_u8_test.cpp

What is written builds and passes at once; it does the least that there is, and is meant to be changed.
"""
import re
import sys
from pathlib import Path

LICENSE = "// SPDX-License-Identifier: Apache-2.0\n"
DOMAINS = ["source", "vision", "audio", "render", "sink", "event"]
KERNEL_DOMAINS = ["image", "tensor"]

NODE = LICENSE + '''#include <tarsier/graph/node.h>

namespace tarsier::nodes {{

struct {Class} final : Node {{
    In<Image> image{{this, "image", "the frame"}};
    Out<Image> result{{this, "result", "the frame as it came"}};

    Status process() override {{ return result.send(image.share()); }}
}};

TARSIER_NODE({Class}, "{domain}.{name}", "Passes frames on.");

}}  // namespace tarsier::nodes
'''

NODE_TEST = LICENSE + '''#include "run_node.h"

namespace tarsier::testing {{
namespace {{

TEST({Class}, PassesTheFrameOn) {{
    Result<Image> frame = Image::allocate({{4, 2}}, PixelFormat::Gray8);
    ASSERT_TRUE(frame);
    const Outputs out = run_node("{domain}.{name}", {{}}, {{{{"image", payload(std::move(*frame))}}}});
    ASSERT_TRUE(out.ok()) << out.status.error().to_string();
    EXPECT_EQ(out.get<Image>("result")->size(), (Size{{4, 2}}));
}}

}}  // namespace
}}  // namespace tarsier::testing
'''

KERNEL = LICENSE + '''#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {{

void {name}(const std::uint8_t* src, std::uint8_t* dst, int n) {{
    for (int i = 0; i < n; ++i) dst[i] = src[i];
}}

}}  // namespace tarsier::kernels::scalar
'''

KERNEL_TEST = LICENSE + '''#include <gtest/gtest.h>
#include <tarsier/kernels/kernels.h>

#include <vector>

namespace tarsier::kernels {{
namespace {{

TEST({Class}, IsTheSameOnEveryLevel) {{
    for (const int n : {{0, 1, 31, 32, 33, 4099}}) {{
        std::vector<std::uint8_t> src(static_cast<std::size_t>(n));
        for (int i = 0; i < n; ++i) src[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i * 7);
        for (const Level& level : levels()) {{
            if (!level.supported()) continue;
            std::vector<std::uint8_t> dst(src.size());
            table_at(level).{name}(src.data(), dst.data(), n);
            EXPECT_EQ(dst, src) << level.name << ", n = " << n;
        }}
    }}
}}

}}  // namespace
}}  // namespace tarsier::kernels
'''


class Additions:
    """New files and changed ones, written together at the end or not at all."""

    def __init__(self, root):
        self.root = root
        self.files = {}

    def create(self, path, text):
        if (self.root / path).exists():
            sys.exit(f"new: {path} exists already")
        self.files[path] = text

    def change(self, path, pattern, replacement):
        """Replaces the first match; that there is none is our mistake, not the user's."""
        file = self.root / path
        text = self.files.get(path) or (file.read_text() if file.exists() else "")
        text, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE | re.DOTALL)
        if not count:
            sys.exit(f"new: {path} has no place for the new line (looked for {pattern})")
        self.files[path] = text

    def append(self, path, line):
        file = self.root / path
        text = file.read_text() if file.exists() else "# SPDX-License-Identifier: Apache-2.0\n"
        self.files[path] = text + line

    def write(self):
        for path, text in self.files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            print(path)


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def new_node(add, domain, name):
    # source.video and sink.video are two: their classes and files carry the domain.
    unit = f"{name}_{domain}" if domain in ("source", "sink") else name
    names = {"domain": domain, "name": name, "Class": camel(unit)}
    add.create(f"nodes/{domain}/{unit}.cpp", NODE.format(**names))
    add.create(f"tests/nodes/{unit}_test.cpp", NODE_TEST.format(**names))
    build = (add.root / "nodes/CMakeLists.txt").read_text()
    call = re.search(rf"tarsier_nodes\({domain}([^)]*)\)", build)
    if call:
        classes = sorted(call.group(1).split() + [camel(unit)])
        multiline = "\n" in call.group(1)
        space = re.search(r"\n\s*", call.group(1)).group(0) if multiline else " "
        line = f"tarsier_nodes({domain}{space}{space.join(classes)})"
        add.change("nodes/CMakeLists.txt", rf"tarsier_nodes\({domain}[^)]*\)", line)
    else:
        add.change("nodes/CMakeLists.txt", r"^tarsier_node_registry\(\)",
                   f"tarsier_nodes({domain} {camel(unit)})\ntarsier_node_registry()")
    add.append("tests/nodes/CMakeLists.txt", f"tarsier_test({unit}_test LIBS tarsier::nodes SOURCES {unit}_test.cpp)\n")


def new_kernel(add, domain, name):
    names = {"name": name, "Class": camel(name)}
    signature = "(const std::uint8_t* src, std::uint8_t* dst, int n)"
    add.create(f"sdk/kernels/src/scalar/{name}.cpp", KERNEL.format(**names))
    add.create(f"tests/kernels/{name}_test.cpp", KERNEL_TEST.format(**names))
    add.change(f"sdk/kernels/include/tarsier/kernels/{domain}.h", rf"(^struct {camel(domain)}Kernels \{{.*?)^\}};",
               rf"\1    /// dst[i] = src[i]. src may be dst.\n    void (*{name}){signature};\n}};")
    add.change("sdk/kernels/src/scalar/improve.cpp", r"^void improve\(Table& t\) \{\n",
               f"void {name}{signature};\n\nvoid improve(Table& t) {{\n    t.{name} = {name};\n")
    add.change("sdk/kernels/CMakeLists.txt", r"(?=src/scalar/improve\.cpp)", f"src/scalar/{name}.cpp ")
    add.append("tests/kernels/CMakeLists.txt", f"tarsier_test({name}_test LIBS tarsier::kernels SOURCES {name}_test.cpp)\n")


def main():
    kinds = {"node": (new_node, DOMAINS), "kernel": (new_kernel, KERNEL_DOMAINS)}
    if len(sys.argv) != 4 or sys.argv[2] not in kinds:
        sys.stderr.write("new: usage: ./dev new node vision.threshold, or ./dev new kernel image.threshold_u8\n")
        sys.exit(2)
    make, domains = kinds[sys.argv[2]]
    domain, _, name = sys.argv[3].partition(".")
    if domain not in domains or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.stderr.write(f"new: '{sys.argv[3]}' should be <domain>.<snake_name>; domains: {', '.join(domains)}\n")
        sys.exit(2)
    add = Additions(Path(sys.argv[1]))
    make(add, domain, name)
    add.write()


if __name__ == "__main__":
    main()
