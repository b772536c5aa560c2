# SPDX-License-Identifier: Apache-2.0
"""tarsier_library() itself refuses an upward dependency: a tiny project is configured and must fail, and so must
a dependency of equal rank, while a downward one passes."""
import subprocess
import tempfile
from pathlib import Path

EXPECT = ["was not refused"]
CASES = [("a RANK 2 DEPENDS b", "b RANK 3", "a (rank 2) may not depend on b (rank 3)"),
         ("a RANK 2 DEPENDS b", "b RANK 2", "a (rank 2) may not depend on b (rank 2)"),
         ("a RANK 2 DEPENDS b", "b RANK 1", None)]


def configure(functions, first, second):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.cpp").write_text("int x;\n")
        Path(folder, "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(p CXX)\ninclude(GNUInstallDirs)\n"
            f"include({functions})\ntarsier_library({second} SOURCES x.cpp)\ntarsier_library({first} SOURCES x.cpp)\n")
        return subprocess.run(["cmake", "-G", "Ninja", "-S", folder, "-B", f"{folder}/build"], capture_output=True, text=True)


def check(tree):
    for first, second, refusal in CASES:
        done = configure(tree.root / "packaging/cmake/tarsier.cmake", first, second)
        said = " ".join(done.stderr.split())
        if refusal and (done.returncode == 0 or refusal not in said):
            yield f"{first} on {second} was not refused: {said}"
        if not refusal and done.returncode:
            yield f"{first} on {second} was refused: {said}"


def bad(root):
    (root / "packaging/cmake").mkdir(parents=True)
    (root / "packaging/cmake/tarsier.cmake").write_text("function(tarsier_library)\nendfunction()\n")
