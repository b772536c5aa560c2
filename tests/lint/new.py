# SPDX-License-Identifier: Apache-2.0
"""`./dev new` writes what builds: in a copy of the tree, whose new sources compile and are known to the build."""
import shutil
import subprocess
import tempfile
from pathlib import Path

EXPECT = ["did not write"]
CASES = [("node", "vision.lint_probe", ["nodes/vision/lint_probe.cpp", "tests/nodes/lint_probe_test.cpp"],
          [("nodes/CMakeLists.txt", "LintProbe"), ("tests/nodes/CMakeLists.txt", "lint_probe_test.cpp")]),
         ("kernel", "image.lint_probe_u8",
          ["sdk/kernels/src/scalar/lint_probe_u8.cpp", "sdk/kernels/src/scalar/improve.cpp", "tests/kernels/lint_probe_u8_test.cpp"],
          [("sdk/kernels/CMakeLists.txt", "src/scalar/lint_probe_u8.cpp"),
           ("tests/kernels/CMakeLists.txt", "lint_probe_u8_test.cpp")])]


def compile_all(copy, sources):
    includes = [f"-I{folder}" for folder in sorted(copy.glob("sdk/*/include")) + [copy / "graph/include", copy / "tests/support"]]
    for source in sources:
        done = subprocess.run(["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *includes, str(copy / source)],
                              capture_output=True, text=True)
        if done.returncode:
            yield f"{source} does not compile: {done.stderr[:600]}"


def check(tree):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("sdk", "graph", "nodes", "tests", "packaging"):
            if (tree.root / part).exists():
                shutil.copytree(tree.root / part, copy / part)
        for kind, name, sources, lines in CASES:
            program = copy / "packaging/new.py"
            done = subprocess.run(["/usr/bin/python3", str(program), str(copy), kind, name], capture_output=True, text=True)
            missing = [source for source in sources if not (copy / source).exists()]
            if done.returncode or missing:
                yield f"new {kind} {name} did not write {', '.join(missing)}: {done.stderr}"
                continue
            for file, text in lines:
                if text not in (copy / file).read_text():
                    yield f"new {kind} {name} left {file} without {text}"
            yield from compile_all(copy, sources)
            again = subprocess.run(["/usr/bin/python3", str(program), str(copy), kind, name], capture_output=True, text=True)
            if again.returncode == 0:
                yield f"new {kind} {name} overwrote what it had written"


def bad(root):
    (root / "packaging").mkdir()
    (root / "packaging/new.py").write_text("print('nothing')\n")
