# SPDX-License-Identifier: Apache-2.0
"""The 30-second map of the README tells the truth: its paths exist, and so do those that other pages name."""
import re

EXPECT = ["there is no nodes/vision/", "there is no tests/gone.cpp", "README.md: no 30-second map",
          "there is no sdk/away.h"]
HEADING = "## The 30-second map"
PAGES = ["docs/architecture.md", "CHANGELOG.md"]
TOP = r"(?:sdk|graph|nodes|shaders|apps|assets|tests|bench|packaging|docs)/"


def paths(text):
    """Paths in `code`, cut before the first <name>, glob or brace."""
    for code in re.findall(r"`([^`\n]+)`", text):
        if re.match(TOP, code) and " " not in code:
            yield re.split(r"[<*{]", code)[0], code


def check(tree):
    readme = tree.text("README.md")
    if HEADING not in readme:
        yield f"README.md: no 30-second map ('{HEADING}')"
    texts = [("README.md", readme)] + [(page, tree.text(page)) for page in PAGES if (tree.root / page).exists()]
    for page, text in texts:
        for path, code in paths(text):
            folder = path if path.endswith("/") else path.rpartition("/")[0]
            whole = code == path
            if not (tree.root / (path if whole else folder)).exists():
                yield f"{page}: there is no {path} ({code})"


def bad(root):
    (root / "docs").mkdir()
    (root / "README.md").write_text("| a node | `nodes/vision/<name>.cpp` | `tests/gone.cpp` |\n")
    (root / "docs/architecture.md").write_text("see `sdk/away.h`\n")
