# SPDX-License-Identifier: Apache-2.0
"""./dev run is the program itself: arguments, input, output, folder, environment and exit code pass through, and what
the build says goes to standard error. Tried on a copy of ./dev with stand-ins for dpkg, cmake, ninja and the program.
"""
import shutil
import subprocess
import tempfile
from pathlib import Path

EXPECT = ["standard output is", "exit code is 0, not 7", "an unknown command ends with 0"]

STAND_INS = {
    "dpkg-query": 'shift 3\nfor name; do echo "installed $name"; done\n',
    "cmake": 'while [ "$1" != -B ]; do shift; done\nmkdir -p "$2"\n: >"$2/build.ninja"\n'
             'echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >"$2/CMakeCache.txt"\necho "configuring"\n',
    "ninja": 'case "$*" in\n*-n*) [ -x "$2/bin/tarsier" ] && echo "ninja: no work to do." ;;\n'
             '*) echo "building"; mkdir -p "$2/bin"; cp "$TARSIER_STAND_IN" "$2/bin/tarsier" ;;\nesac\n',
}
PROGRAM = '#!/bin/sh\nprintf "<%s>" "$@"\ncat\nprintf "<%s><%s>" "$PWD" "$GREETING"\necho wrong >&2\nexit 7\n'


def script(path, text):
    path.write_text(text if text.startswith("#!") else "#!/bin/sh\n" + text)
    path.chmod(0o755)


def run(root, tools, *arguments):
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(root), "GREETING": "hello",
                   "TARSIER_STAND_IN": str(tools / "program")}
    return subprocess.run([str(root / "dev"), *arguments], input="typed", capture_output=True, text=True, cwd=tools,
                          env=environment)


def check(tree):
    with tempfile.TemporaryDirectory() as folder:
        root, tools = Path(folder, "a root").resolve(), Path(folder, "tools").resolve()
        root.mkdir()
        tools.mkdir()
        shutil.copy(tree.root / "dev", root / "dev")
        (root / "CMakePresets.json").write_text("{}")
        script(tools / "program", PROGRAM)
        for name, text in STAND_INS.items():
            script(tools / name, text)
        expected = f"<one><two words><*>typed<{tools}><hello>"
        for what, said in (("a first run", "building"), ("a second run", None)):
            done = run(root, tools, "run", "one", "two words", "*")
            if done.stdout != expected:
                yield f"{what}: standard output is {done.stdout!r}, not {expected!r}"
            if done.returncode != 7:
                yield f"{what}: exit code is {done.returncode}, not 7"
            if said and said not in done.stderr:
                yield f"{what}: standard error does not tell of the build: {done.stderr!r}"
            if not said and done.stderr != "wrong\n":
                yield f"{what}: standard error is {done.stderr!r} though nothing was to be built"
        if run(root, tools, "frobnicate").returncode != 2:
            yield f"an unknown command ends with {run(root, tools, 'frobnicate').returncode}, not 2"
        if "./dev COMMAND" not in run(root, tools).stdout:
            yield "./dev alone does not explain itself"


def bad(root):
    script(root / "dev", "#!/bin/sh\necho building\n")
