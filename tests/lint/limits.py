# SPDX-License-Identifier: Apache-2.0
"""Limits of size and form: files, functions, lines, the SPDX line, ASCII, words that announce unfinished work."""
import re

WANTED_LINES, MAX_LINES, MAX_FUNCTION, MAX_WIDTH = 400, 800, 60, 100
CODE = (".h", ".cpp", ".inl", ".py", ".sh", ".cmake", ".txt", ".fbs", ".supp")
BINARY = (".tsr", ".png", ".jpg", ".npy", ".npz", ".onnx", ".avi", ".mp4", ".bin")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|[Ff]or n" r"ow)\b")
EXPECT = ["long.cpp: 801 lines", "long.cpp:3: function of 61 lines", "wide.h:2: 101 columns", "wide.h: no SPDX line",
          "wide.h:3: not ASCII", "wide.h:4: unfinished work", "wide.h:5: a tab"]


def functions(lines):
    """(first line, length) of function bodies: blocks at namespace or class level that are no type."""
    level_kinds = []
    start = head = None
    code = ""
    for number, line in enumerate(lines, 1):
        line = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])\'|//.*', "", line)
        for char in line:
            if char == "{":
                in_function = "function" in level_kinds
                opens = re.search(r"\)\s*(const|noexcept|override|final|->.*|:.*|requires.*)*\s*$", code.strip())
                kind = "inner" if in_function else "function" if opens and "=" not in code.split("(")[0] else "scope"
                if kind == "function":
                    start = head
                level_kinds.append(kind)
                code, head = "", None
            elif char == "}":
                if level_kinds and level_kinds.pop() == "function":
                    yield start, number - start + 1
                code, head = "", None
            elif char == ";" and "(" not in code:
                code, head = "", None
            elif char == ";" and code.count("(") == code.count(")"):
                code, head = "", None
            else:
                if not char.isspace() and head is None:
                    head = number
                code += char
        code += " "


def check_file(tree, path):
    text = tree.text(path)
    lines = text.splitlines()
    code = path.suffix in CODE
    if code and len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, at most {MAX_LINES}"
    if (code or path.name == "dev") and not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:3]):
        yield f"{path}: no SPDX line"
    for number, line in enumerate(lines, 1):
        if (path.suffix in (".h", ".cpp", ".inl")) and len(line) > MAX_WIDTH:
            yield f"{path}:{number}: {len(line)} columns, at most {MAX_WIDTH}"
        if not line.isascii():
            yield f"{path}:{number}: not ASCII"
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished work is announced"
        if "\t" in line:
            yield f"{path}:{number}: a tab"
    if path.suffix in (".h", ".cpp", ".inl"):
        for number, length in functions(lines):
            named = re.search(r"([\w~]+)\(", " ".join(lines[number - 1:number + 2]))
            name = named.group(1) if named else "?"
            if length > MAX_FUNCTION and not tree.allowed("function", f"{path}:{name}"):
                yield f"{path}:{number}: function of {length} lines, at most {MAX_FUNCTION} ({name})"


def check(tree):
    for path in tree.files():
        if path.suffix in BINARY or tree.allowed("limits", path):
            continue
        if path.suffix in CODE and len(tree.text(path).splitlines()) > WANTED_LINES:
            print(f"note: {path} has more than {WANTED_LINES} lines")
        yield from check_file(tree, path)


def bad(root):
    (root / "sdk").mkdir()
    body = ["    call();"] * 59
    head = ["// SPDX-License-Identifier: Apache-2.0", "namespace a {", "int f(int a,", "      int b) {"]
    (root / "sdk/long.cpp").write_text("\n".join(head + body[:-1] + ["}"] + ["int x;"] * 738))
    (root / "sdk/wide.h").write_text("#pragma once\n" + "x" * 101 + "\n// \u00e9\n// TO" "DO\n\tx\n", encoding="utf-8")
