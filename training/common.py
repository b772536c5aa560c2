# SPDX-License-Identifier: Apache-2.0
"""What every recipe stands on: a run that can be stopped and taken up again, its schedule, averaged weights, curves.

Every step draws from generators seeded by (seed, step), so a run that was interrupted ends with the same weights as
one that was not.
"""
import copy
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch


def warmup_cosine(step, steps, peak, warmup=200, floor=0.01):
    """Learning rate: linear to `peak`, then half a cosine down to `floor` of it."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


class Average:
    """Exponential moving average of weights and batch-norm statistics: what is measured and kept."""

    def __init__(self, net, decay):
        self.net, self.decay = copy.deepcopy(net).eval(), decay

    @torch.no_grad()
    def update(self, net, step):
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, its in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(its, 1 - decay)
            else:
                mine.copy_(its)


class Run:
    """A folder with checkpoint.pt, log.jsonl and curves.svg of one training."""

    def __init__(self, folder, seed):
        self.folder, self.seed = Path(folder), seed
        self.folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint, self.log = self.folder / "checkpoint.pt", self.folder / "log.jsonl"

    def fit(self, net, loss_of, steps, peak, measure, decay=0.02, average=0.999, warmup=200, every=500):
        """Minimises loss_of(net, rng, step) with AdamW; measure(net) -> {name: value} every so many steps. Returns
        the averaged network and the last measures."""
        optimizer = torch.optim.AdamW(parameter_groups(net, decay), lr=peak)
        mean = Average(net, average)
        begin = self.restore(net, mean, optimizer)
        net.train()
        running, values, start = [], {}, time.time()
        for step in range(begin, steps):
            for group in optimizer.param_groups:
                group["lr"] = warmup_cosine(step, steps, peak, warmup)
            torch.manual_seed(self.seed * 1000003 + step)
            loss = loss_of(net, np.random.default_rng((self.seed, step)), step)
            if not math.isfinite(loss.item()):
                raise SystemExit(f"{self.folder}: the loss of step {step} is {loss.item()}; a lower learning rate may help")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            mean.update(net, step)
            running.append(loss.item())
            if (step + 1) % every == 0 or step + 1 == steps:
                values = measure(mean.net)
                self.note(step + 1, steps, float(np.mean(running)), values, time.time() - start)
                self.save(step + 1, net, mean, optimizer)
                running = []
        self.draw()
        return mean.net, values or self.last()

    def restore(self, net, mean, optimizer):
        if not self.checkpoint.exists():
            self.log.unlink(missing_ok=True)
            return 0
        state = torch.load(self.checkpoint)
        net.load_state_dict(state["net"])
        mean.net.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        return state["step"]

    def save(self, step, net, mean, optimizer):
        partial = self.checkpoint.with_suffix(".part")
        torch.save({"step": step, "net": net.state_dict(), "mean": mean.net.state_dict(),
                    "optimizer": optimizer.state_dict()}, partial)
        partial.rename(self.checkpoint)

    def note(self, step, steps, loss, values, seconds):
        entry = {"step": step, "loss": round(loss, 5), **{k: round(float(v), 5) for k, v in values.items()}}
        with open(self.log, "a", encoding="ascii") as file:
            file.write(json.dumps(entry) + "\n")
        text = "  ".join(f"{k} {v}" for k, v in entry.items() if k != "step")
        print(f"{self.folder.name}  {step}/{steps}  {text}  {seconds:.0f} s", file=sys.stderr, flush=True)

    def history(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def last(self):
        return {k: v for k, v in self.history()[-1].items() if k not in ("step", "loss")}

    def draw(self):
        """Loss and measures over steps, one under another."""
        import matplotlib
        matplotlib.use("svg")
        import matplotlib.pyplot as plot
        history = self.history()
        names = [k for k in history[-1] if k != "step"]
        figure, axes = plot.subplots(len(names), 1, sharex=True, squeeze=False, figsize=(7, 1.6 * len(names)))
        for axis, name in zip(axes[:, 0], names):
            axis.plot([e["step"] for e in history], [e.get(name) for e in history])
            axis.set_ylabel(name)
            axis.grid(alpha=0.3)
        axes[-1, 0].set_xlabel("step")
        figure.tight_layout()
        figure.savefig(self.folder / "curves.svg", metadata={"Date": None})
        plot.close(figure)


def weights_of(file):
    """Weights in a file: a checkpoint's averaged ones, or those that somebody saved by themselves."""
    saved = torch.load(file, map_location="cpu")
    return saved.get("mean") or saved.get("state") or saved


def parameter_groups(net, decay):
    """Weight decay for weights; none for norms and biases."""
    weights = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
