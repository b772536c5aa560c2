# SPDX-License-Identifier: Apache-2.0
"""Objects built for one instruction set define nothing that the linker may take for everybody.

Compiled at -O0, where inline functions show: at -O2 they hide. The commands are those of build=FOLDER's
compile_commands.json; the sources are those of tarsier_isa() targets (object folders tarsier_<library>_<isa>.dir).
"""
import json
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

EXPECT = ["weak symbol"]
TARGET = re.compile(r"tarsier_[a-z]+_([a-z0-9]+)\.dir/")


def weak_symbols(entry, folder):
    command = [word for word in shlex.split(entry["command"]) if not re.match(r"-O|-flto|-DNDEBUG", word)]
    if "ccache" in Path(command[0]).name:
        command = command[1:]
    place = command.index("-o")
    target = Path(folder, "isa.o")
    command[place + 1] = str(target)
    subprocess.run(command + ["-O0", "-fno-lto"], cwd=entry["directory"], check=True)
    names = subprocess.run(["nm", "-C", str(target)], capture_output=True, text=True, check=True).stdout
    return [line.strip() for line in names.splitlines() if re.match(r"\S*\s+[WwVvu] ", line)]


def check(tree):
    entries = json.loads(Path(tree.options["build"], "compile_commands.json").read_text())
    entries = [e for e in entries if TARGET.search(e.get("output", "") or e["command"])]
    if not entries:
        yield "no object of an instruction set in compile_commands.json: is tarsier_isa() in use?"
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            for symbol in weak_symbols(entry, folder):
                yield f"{entry['file']}: weak symbol {symbol}"


def bad(root):
    source = root / "a.cpp"
    source.write_text("#include <vector>\nint f(std::vector<int>& v) { v.push_back(1); return v[0]; }\n")
    row = {"directory": str(root), "file": str(source),
           "command": f"g++ -std=c++20 -O2 -c {source} -o CMakeFiles/tarsier_kernels_avx2.dir/a.cpp.o"}
    (root / "compile_commands.json").write_text(json.dumps([row]))
    return {"build": str(root)}
