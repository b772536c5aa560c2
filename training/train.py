# SPDX-License-Identifier: Apache-2.0
"""Trains the models of a task, from folders of data to ONNX to .tsr, and measures them with `tarsier eval`.

  ./dev train keywords --data DIR [--models tcresnet8-wake-en,...] [--out build/train] [--seed 1] [--threads 1]

DIR holds kws/, landmarks/ and matting/. In the output folder: NAME.onnx, models/NAME.tsr and models/NAME-int8.tsr,
NAME.json (what `tarsier eval` said of both), and for each network that was trained a folder with its log, its last
checkpoint and curves.svg. A run that was stopped goes on from its last checkpoint, one that is done is only measured.
"""
import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

import torch

# The module and the class of a task, and the part of the data that `tarsier eval` measures, by folder of a model.
TASKS = {"keywords": ("keywords", "Keywords"), "landmarks": ("landmarks", "Landmarks"), "matting": ("matting", "Matting")}


def measured(tarsier, task, model, folder, options):
    """What `tarsier eval` says of a model on a folder."""
    command = [tarsier, "eval", task, model, folder, "--json", *options]
    return json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)


def finish(args, recipe, name):
    """.tsr files of OUT/NAME.onnx and their measures."""
    root = Path(__file__).parent.parent
    subprocess.run([root / "packaging/models.sh", args.tarsier, args.out, args.data, args.out / "models", name],
                   check=True, stdout=sys.stderr)
    folder, options = recipe.validation_of(name)
    return {kind: measured(args.tarsier, args.task, args.out / "models" / f"{name}{kind}.tsr", folder, options)["parts"]
            for kind in ("", "-int8")}


def main():
    parser = argparse.ArgumentParser(prog="./dev train", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/train"))
    parser.add_argument("--models", help="names, separated by commas; all of the task unless given")
    parser.add_argument("--init", type=Path, help="weights (.pt) to start from, for one model of landmarks or matting")
    parser.add_argument("--steps", type=int, help="with --init: how many, at a third of the usual learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tarsier", default="build/release/bin/tarsier", help="the built program")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    module = importlib.import_module(TASKS[args.task][0])
    names = args.models.split(",") if args.models else list(module.MODELS)
    for name in names:
        if name not in module.MODELS:
            parser.error(f"there is no model '{name}' in {args.task}; there are: {', '.join(module.MODELS)}")
    if args.init and (len(names) != 1 or args.task == "keywords"):
        parser.error("--init is for one model of landmarks or matting: name it with --models")
    args.out.mkdir(parents=True, exist_ok=True)
    recipe = getattr(module, TASKS[args.task][1])(args.data, args.out, args.seed)
    for name in names:
        recipe.train(name, args.init, args.steps) if args.init else recipe.train(name)
        result = finish(args, recipe, name)
        (args.out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(name, *(f"{kind or 'float'}: {parts['all']}" for kind, parts in result.items()), sep="\n  ")


if __name__ == "__main__":
    main()
