# SPDX-License-Identifier: Apache-2.0
"""The shipped libraries run nothing before main(): no object of libraries=A,B,... has an .init_array."""
import re
import subprocess

EXPECT = ["bad.o: runs code before main()"]


def check(tree):
    libraries = [name for name in tree.options["libraries"].split(",") if name]
    if not libraries:
        yield "no library to look at"
    for library in libraries:
        text = subprocess.run(["readelf", "-SW", library], capture_output=True, text=True, check=True).stdout
        member = library
        for line in text.splitlines():
            if line.startswith("File: "):
                member = line[6:]
            name = member.rpartition("/")[2]
            if re.search(r"\.(init_array|ctors)\b", line) and ".rela" not in line:
                if not tree.allowed("static_ctors", re.sub(r".*\((.*)\)", r"\1", name)):
                    yield f"{name}: runs code before main()"


def bad(root):
    (root / "bad.cpp").write_text("int g();\nint x = g();\n")
    subprocess.run(["g++", "-c", "bad.cpp", "-o", "bad.o"], cwd=root, check=True)
    return {"libraries": str(root / "bad.o")}
