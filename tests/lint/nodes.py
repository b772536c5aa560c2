# SPDX-License-Identifier: Apache-2.0
"""Every node says what it is, documents each port and option, and is tested. Asks tarsier=PROGRAM."""
import json
import subprocess

EXPECT = ["a.b: no sentence about the node", "a.b: port 'image' is not documented", "a.b: option 'level' is not documented",
          "a.b: no test mentions it"]


def check(tree):
    printed = subprocess.run([tree.options["tarsier"], "inspect", "--json"], capture_output=True, text=True,
                             check=True).stdout
    tests = "".join(tree.text(f) for f in tree.files(".cpp", ".yaml") if f.parts[0] == "tests")
    nodes = json.loads(printed)
    nodes = nodes["nodes"] if isinstance(nodes, dict) else nodes
    if not nodes:
        yield "tarsier inspect --json lists no node"
    for node in nodes:
        name = node["node"]
        if not node["doc"].strip():
            yield f"{name}: no sentence about the node"
        for port in node["ports"]:
            if not port["doc"].strip():
                yield f"{name}: port '{port.get('in') or port.get('out')}' is not documented"
        for option, about in node["options"].items():
            if not about["description"].strip():
                yield f"{name}: option '{option}' is not documented"
        if name not in tests:
            yield f"{name}: no test mentions it"


def bad(root):
    node = {"node": "a.b", "doc": "", "ports": [{"in": "image", "type": "Image", "doc": ""}],
            "options": {"level": {"type": "integer", "description": ""}}}
    program = root / "tarsier"
    program.write_text(f"#!/bin/sh\necho '{json.dumps([node])}'\n")
    program.chmod(0o755)
    return {"tarsier": str(program)}
