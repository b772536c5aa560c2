# SPDX-License-Identifier: Apache-2.0
"""assets/tarsier-graph.schema.json is what tarsier=PROGRAM prints. TARSIER_ACCEPT=1 rewrites it."""
import difflib
import os
import subprocess

EXPECT = ["is not what `tarsier schema` prints"]
FILE = "assets/tarsier-graph.schema.json"


def check(tree):
    printed = subprocess.run([tree.options["tarsier"], "schema"], capture_output=True, text=True, check=True).stdout
    committed = tree.root / FILE
    if os.environ.get("TARSIER_ACCEPT") and "tarsier" in tree.options:
        committed.write_text(printed)
    before = committed.read_text() if committed.exists() else ""
    if before != printed:
        changes = list(difflib.unified_diff(before.splitlines(), printed.splitlines(), "committed", "printed", "", "", 0))
        yield f"{FILE} is not what `tarsier schema` prints; ./dev test lint.schema --accept rewrites it"
        yield from changes[:20]


def bad(root):
    program = root / "tarsier"
    program.write_text("#!/bin/sh\necho '{}'\n")
    program.chmod(0o755)
    (root / "assets").mkdir()
    (root / FILE).write_text("{ }\n")
    return {"tarsier": str(program)}
