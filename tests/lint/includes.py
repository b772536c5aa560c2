# SPDX-License-Identifier: Apache-2.0
"""A library includes what it depends on and nothing above; outside libraries stay in their folders."""
import re

import layers

EXPECT = ["<gst/gst.h> only in", "tarsier/graph/node.h: infer does not depend on graph", "<immintrin.h> only in",
          "<QWidget> only in", "<vulkan/vulkan.h> only in", "<onnx/onnx_pb.h> only in"]

# What may be included where: (pattern of the include, folders).
OUTSIDE = [
    (r"gst/", ["nodes/source", "nodes/sink", "tests/nodes"]),
    (r"opencv2/", ["nodes", "apps", "bench", "tests"]),
    (r"(imm|x86|emm|xmm|smm)intrin\.h", ["sdk/kernels/src/avx2", "sdk/kernels/src/avx512", "sdk/kernels/src/vnni"]),
    (r"arm_neon\.h", ["sdk/kernels/src/neon", "sdk/kernels/src/dotprod", "sdk/kernels/src/i8mm"]),
    (r"vulkan/", ["sdk/gpu"]),
    (r"Q[A-Z]\w*$", ["apps"]),
    (r"(google/protobuf|onnx)/", ["sdk/infer/src/import", "sdk/infer/convert", "sdk/convert", "tests"]),
    (r"pango/|cairo", ["nodes", "tests"]),
    (r"yaml-cpp/", ["graph/src", "tests"]),
    (r"spdlog/", ["sdk/base/src"]),
]


def inside(path, folders):
    return any(str(path).startswith(folder.rstrip("/") + "/") for folder in folders)


def check(tree):
    found = layers.libraries(tree)
    homes = sorted(((str(row[0].parent), name) for name, row in found.items()), reverse=True)
    for path in tree.files(".h", ".cpp", ".inl"):
        library = next((name for home, name in homes if str(path).startswith(home + "/")), None)
        below = layers.closure(found, library) if library else None
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not include or tree.allowed("includes", f"{path}:{include.group(1)}"):
                continue
            name = include.group(1)
            place = f"{path}:{number}: "
            ours = re.match(r"tarsier/(\w+)/", name)
            if ours and below and ours.group(1) in found and ours.group(1) not in below:
                yield f"{place}{name}: {library} does not depend on {ours.group(1)}"
            if name == "tarsier/tarsier.h" and library:
                yield f"{place}libraries include what they need, not the umbrella"
            for pattern, folders in OUTSIDE:
                if re.match(pattern, name) and not inside(path, folders):
                    yield f"{place}<{name}> only in {', '.join(folders)}"


def bad(root):
    for folder in ("sdk/infer/src", "graph", "nodes/vision"):
        (root / folder).mkdir(parents=True)
    (root / "graph/CMakeLists.txt").write_text("tarsier_library(graph RANK 2)\n")
    (root / "sdk/infer/CMakeLists.txt").write_text("tarsier_library(infer RANK 3)\n")
    (root / "nodes/vision/a.cpp").write_text("#include <gst/gst.h>\n#include <immintrin.h>\n#include <QWidget>\n")
    (root / "sdk/infer/src/a.cpp").write_text(
        "#include <tarsier/graph/node.h>\n#include <vulkan/vulkan.h>\n#include <onnx/onnx_pb.h>\n")
