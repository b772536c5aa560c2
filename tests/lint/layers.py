# SPDX-License-Identifier: Apache-2.0
"""A library depends on lower ranks only, and only through tarsier_library()."""
import re

EXPECT = ["graph (rank 2) depends on infer (rank 3)", "smuggles tarsier::infer", "base has rank 1, the drawing says 0"]
RANKS = {"base": 0, "shaders": 0, "media": 1, "kernels": 2, "gpu": 2, "graph": 2, "infer": 3, "nodes": 4}


def libraries(tree):
    """name -> (CMakeLists, rank, direct dependencies)"""
    found = {}
    for path in tree.files(".txt"):
        if path.name != "CMakeLists.txt" or "tests" in path.parts:
            continue
        text = re.sub(r"#.*", "", tree.text(path))
        for name, rank, rest in re.findall(r"tarsier_library\(\s*(\w+)\s+RANK\s+(\d+)([^)]*)\)", text):
            depends = re.search(r"\bDEPENDS\b((?:\s+[a-z]\w*)*)", rest)
            found[name] = (path, int(rank), depends.group(1).split() if depends else [])
    return found


def closure(found, name):
    """The library and everything below it."""
    seen, open_names = set(), [name]
    while open_names:
        one = open_names.pop()
        if one in seen or one not in found:
            continue
        seen.add(one)
        open_names += found[one][2]
    return seen


def check(tree):
    found = libraries(tree)
    for name, (path, rank, depends) in sorted(found.items()):
        if RANKS.get(name, rank) != rank:
            yield f"{path}: {name} has rank {rank}, the drawing says {RANKS[name]}"
        for other in depends:
            if other not in found:
                yield f"{path}: {name} depends on {other}, which is no library here"
            elif found[other][1] >= rank:
                yield f"{path}: {name} (rank {rank}) depends on {other} (rank {found[other][1]})"
    for path in tree.files(".txt"):
        if path.name != "CMakeLists.txt" or path.parts[0] in ("tests", "apps", "bench"):
            continue
        for target, rest in re.findall(r"target_link_libraries\(\s*(\w+)([^)]*)\)", tree.text(path)):
            for other in re.findall(r"tarsier::(\w+)", rest):
                if other in found and not tree.allowed("layers", f"{target}:{other}"):
                    yield f"{path}: {target} smuggles tarsier::{other} past tarsier_library()"


def bad(root):
    (root / "graph").mkdir()
    (root / "sdk").mkdir()
    (root / "CMakeLists.txt").write_text("tarsier_library(base RANK 1)\n")
    (root / "sdk/CMakeLists.txt").write_text("tarsier_library(infer RANK 3 DEPENDS base SOURCES a.cpp)\n")
    (root / "graph/CMakeLists.txt").write_text(
        "tarsier_library(graph RANK 2 DEPENDS infer)\ntarget_link_libraries(tarsier_graph PRIVATE tarsier::infer)\n")
