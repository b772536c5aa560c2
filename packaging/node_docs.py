# SPDX-License-Identifier: Apache-2.0
"""Writes the reference of the nodes as Markdown: tarsier inspect --json | node_docs.py FOLDER"""
import json
import sys
from pathlib import Path


def default_of(option):
    value = option.get("default", "")
    return f"`{json.dumps(value)}`" if value != "" else ""


def range_of(option):
    if "enum" in option:
        return ", ".join(f"`{value}`" for value in option["enum"])
    if "minimum" in option:
        return f"{option['minimum']} to {option['maximum']}"
    return ""


def section(node):
    lines = [f"## `{node['node']}`", "", node["doc"], ""]
    if node["ports"]:
        lines += ["| port | type | |", "|---|---|---|"]
        for port in node["ports"]:
            kind = "in" if "in" in port else "out"
            lines.append(f"| {kind} `{port[kind]}` | {port['type']} | {port['doc']} |")
        lines.append("")
    if node["options"]:
        lines += ["| option | type | default | range | |", "|---|---|---|---|---|"]
        for name, option in node["options"].items():
            lines.append(f"| `{name}` | {option['type']} | {default_of(option)} | {range_of(option)} | "
                         f"{option['description']} |")
        lines.append("")
    return "\n".join(lines)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    domains = {}
    for node in json.load(sys.stdin)["nodes"]:
        domains.setdefault(node["node"].split(".")[0], []).append(node)
    index = ["# The nodes", ""]
    for domain, nodes in sorted(domains.items()):
        page = f"# {domain}\n\n" + "\n".join(section(node) for node in nodes)
        (folder / f"{domain}.md").write_text(page)
        index += [f"- [{node['node']}]({domain}.md): {node['doc']}" for node in nodes]
    (folder / "nodes.md").write_text("\n".join(index) + "\n")
    print(f"{folder / 'nodes.md'}: {sum(map(len, domains.values()))} nodes")


if __name__ == "__main__":
    main()
