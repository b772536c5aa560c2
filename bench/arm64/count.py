# SPDX-License-Identifier: Apache-2.0
"""count.py BUILD SYSROOT TARSIER [--cpu NAME...] [--json FILE] [MODEL...]: instructions of one inference on 64-bit Arm.

Every model runs in qemu twice, once with one inference more; the difference is the same on every machine. BUILD is the
arm64 build, TARSIER a program of this machine that converts. Without models: the networks in ../shared/nets beside the
project where there are any, and the committed models.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def instructions(arguments, cpu, plugin, model, count):
    done = subprocess.run(
        ["qemu-aarch64", "-L", arguments.sysroot, "-plugin", plugin, f"{arguments.build}/bench/arm64/run_model", model,
         str(count)], capture_output=True, text=True, check=True,
        env={**os.environ, "QEMU_CPU": cpu})
    macs, level = done.stdout.split()
    return int(done.stderr.split("instructions")[1]), int(macs), level


def converted(arguments, model, folder):
    if model.suffix == ".tsr":
        return model
    out = Path(folder, model.stem + ".tsr")
    done = subprocess.run([arguments.tarsier, "convert", model, out], capture_output=True, text=True)
    if done.returncode:
        print(f"{model.stem}: SKIPPED, it does not convert: {done.stderr.strip().splitlines()[0]}", file=sys.stderr)
        return None
    return out


def row(arguments, cpu, plugin, model):
    once, macs, level = instructions(arguments, cpu, plugin, model, 1)
    twice, _, _ = instructions(arguments, cpu, plugin, model, 2)
    network, _, precision = model.stem.rpartition("-")
    if precision not in ("int8", "mixed"):
        network, precision = model.stem, "fp32"
    return {"network": network, "precision": precision, "level": level, "cpu": cpu, "macs": macs,
            "instructions": twice - once}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("sysroot")
    parser.add_argument("tarsier")
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--cpu", action="append", help="may be repeated; cortex-a72 and cortex-a76 without")
    parser.add_argument("--json")
    arguments = parser.parse_intermixed_args()
    models = arguments.models or [*sorted((ROOT / "../shared/nets").glob("*.onnx")),
                                  *sorted((ROOT / "assets/models").glob("*.tsr"))]
    rows = []
    print(f"{'network':<28}{'':<6}{'processor':<12}{'level':<9}{'MMAC':>8}{'Minstr':>10}{'per MAC':>9}")
    with tempfile.TemporaryDirectory() as folder:
        plugin = Path(folder, "instructions.so")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", plugin, Path(__file__).parent / "instructions.c"],
                       check=True)
        for model in models:
            file = converted(arguments, model, folder)
            for cpu in (arguments.cpu or ["cortex-a72", "cortex-a76"]) if file else []:
                rows.append(row(arguments, cpu, plugin, file))
                network, precision, level, _, macs, count = rows[-1].values()
                print(f"{network:<28}{precision:<6}{cpu:<12}{level:<9}{macs / 1e6:>8.1f}{count / 1e6:>10.2f}"
                      f"{count / macs:>9.3f}", flush=True)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=1) + "\n")


main()
