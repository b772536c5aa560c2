# SPDX-License-Identifier: Apache-2.0
"""Runs one rule of the house: lint.py RULE ROOT [--self-test] [--accept] [name=value...]

A rule is a module beside this file:
  check(tree)   yields what is wrong, one sentence each that begins with the place
  bad(root)     writes the smallest tree that breaks the rule, for the self-test
  EXPECT        texts that check() must then say, or None when the rule says so in its docstring
Exceptions stand with their reason in allow.txt.
"""
import importlib
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDERS = ["sdk", "graph", "nodes", "shaders", "apps", "assets", "tests", "bench", "packaging", "docs", ".ci"]
TOP_FILES = ["CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "dev"]


class Tree:
    """The source tree under check, and what may break a rule in it."""

    def __init__(self, root, options=None, allow=None):
        self.root = Path(root).resolve()
        self.options = options or {}
        self.allow = allow or []

    def files(self, *suffixes):
        """Paths relative to the root, sorted; all files, or those with one of the suffixes."""
        found = [Path(name) for name in TOP_FILES if (self.root / name).is_file()]
        for folder in FOLDERS:
            for path, folders, names in os.walk(self.root / folder):
                folders[:] = [name for name in folders if name != "__pycache__"]
                found += [Path(path, name).relative_to(self.root) for name in names]
        return sorted(f for f in found if not suffixes or f.suffix in suffixes)

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="surrogateescape")

    def allowed(self, rule, what):
        """Whether allow.txt excuses `what` (a path, a symbol) from the rule."""
        return any(row[0] == rule and row[1] == str(what) for row in self.allow)


def read_allow(path):
    """Rows (rule, what); every row must carry a reason."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split(maxsplit=2)
        if len(parts) < 3:
            sys.exit(f"{path}:{number}: an exception needs rule, name and reason")
        rows.append(parts)
    return rows


def self_test(rule):
    """The rule must find what is wrong with its bad tree."""
    with tempfile.TemporaryDirectory() as folder:
        options = rule.bad(Path(folder))
        said = "\n".join(rule.check(Tree(folder, options)))
    missing = [text for text in rule.EXPECT if text not in said]
    for text in missing:
        print(f"the rule did not say '{text}' about its bad tree; it said:\n{said}")
    return not missing


def main():
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    name, root, *pairs = [a for a in sys.argv[1:] if not a.startswith("--")]
    rule = importlib.import_module(name)
    if "--self-test" in flags:
        sys.exit(0 if self_test(rule) else 1)
    options = dict(pair.split("=", 1) for pair in pairs)
    tree = Tree(root, options, read_allow(HERE / "allow.txt"))
    wrong = list(rule.check(tree))
    for sentence in wrong:
        print(sentence)
    print(f"{name}: {len(wrong)} found" if wrong else f"{name}: fine")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(HERE))
    main()
