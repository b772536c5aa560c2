# SPDX-License-Identifier: Apache-2.0
"""Every library is the same four things, build files stay short, the runner knows no operator, the README shows
the program that tests/install builds."""
import layers

EXPECT = ["sdk/base: no README.md", "sdk/base/CMakeLists.txt: 41 lines", "README.md: does not show",
          "walk.cpp names the operator Softmax"]
PROGRAM = "tests/install/find_package/main.cpp"


def program_text(tree):
    """The program without its licence line, as the README shows it."""
    return tree.text(PROGRAM).split("\n", 1)[1].strip()


def check(tree):
    for name, (path, _, _) in sorted(layers.libraries(tree).items()):
        home = path.parent
        about = tree.root / home / "README.md"
        if not about.exists():
            yield f"{home}: no README.md"
        elif len(about.read_text().splitlines()) > 40:
            yield f"{home}/README.md: more than 40 lines"
        lines = len(tree.text(path).splitlines())
        if lines > 40 and not tree.allowed("house", path):
            yield f"{path}: {lines} lines, at most 40"
    if len(tree.text("CMakeLists.txt").splitlines()) > 80:
        yield "CMakeLists.txt: more than 80 lines"
    if program_text(tree) not in tree.text("README.md"):
        yield f"README.md: does not show {PROGRAM} as it is"
    operators = [f.stem for f in tree.files(".cpp") if str(f).startswith("sdk/infer/src/ops/")]
    names = ["".join(part.capitalize() for part in stem.split("_")) for stem in operators]
    for path in tree.files(".h", ".cpp"):
        if str(path).startswith("sdk/infer/src/run/"):
            for name in names:
                if name in tree.text(path):
                    yield f"{path.name} names the operator {name}"


def bad(root):
    for folder in ("sdk/base", "sdk/infer/src/ops", "sdk/infer/src/run", "tests/install/find_package"):
        (root / folder).mkdir(parents=True)
    (root / "CMakeLists.txt").write_text("\n")
    (root / "sdk/base/CMakeLists.txt").write_text("tarsier_library(base RANK 0)\n" + "\n" * 40)
    (root / "sdk/infer/src/ops/softmax.cpp").write_text("\n")
    (root / "sdk/infer/src/run/walk.cpp").write_text("if (op == Softmax) {}\n")
    (root / PROGRAM).write_text("// SPDX-License-Identifier: Apache-2.0\nint main() {}\n")
    (root / "README.md").write_text("nothing\n")
