# SPDX-License-Identifier: Apache-2.0
"""Objects built for one instruction set define nothing that the linker may take for everybody.

Compiled at -O0, where inline functions show: at -O2 they hide. The commands are those of build=FOLDER's
compile_commands.json, the sources those of targets=A,B, the targets that tarsier_isa() made.
"""
import json
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

EXPECT = ["weak symbol"]
SHOWN = 5  # per source; the first tells what it is about


def weak_symbols(entry, folder):
    command = [word for word in shlex.split(entry["command"]) if not re.match(r"-O|-flto|-DNDEBUG", word)]
    if "ccache" in Path(command[0]).name:
        command = command[1:]
    place = command.index("-o")
    target = Path(folder, "isa.o")
    command[place + 1] = str(target)
    subprocess.run(command + ["-O0", "-fno-lto"], cwd=entry["directory"], check=True)
    names = subprocess.run(["nm", str(target)], capture_output=True, text=True, check=True).stdout
    return [line.split()[-1] for line in names.splitlines() if re.match(r"\S*\s+[WwVvu] ", line)]


def check(tree):
    entries = json.loads(Path(tree.options["build"], "compile_commands.json").read_text())
    targets = [name for name in tree.options["targets"].split(",") if name]
    entries = [e for e in entries if any(f"/{name}.dir/" in e["command"] for name in targets)]
    if targets and not entries:
        yield f"no object of {', '.join(targets)} in compile_commands.json"
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            for symbol in weak_symbols(entry, folder)[:SHOWN]:
                yield f"{entry['file']}: weak symbol {symbol}"


def bad(root):
    source = root / "a.cpp"
    source.write_text("#include <vector>\nint f(std::vector<int>& v) { v.push_back(1); return v[0]; }\n")
    row = {"directory": str(root), "file": str(source),
           "command": f"g++ -std=c++20 -O2 -c {source} -o CMakeFiles/tarsier_kernels_avx2.dir/a.cpp.o"}
    (root / "compile_commands.json").write_text(json.dumps([row]))
    return {"build": str(root), "targets": "tarsier_kernels_avx2"}
