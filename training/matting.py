# SPDX-License-Identifier: Apache-2.0
"""Matting: MMNet at 256x256, 192x192 and 128x128.

A network starts small, where pictures are cheap, and ends at its size; the ladder's smaller ones continue from the
largest, which has the same layers. The masks are hard: soft edges come from compositing on other backgrounds.
"""
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from common import Run, weights_of
from export import export_onnx
from mmnet import MMNet, matting_loss
from photos import example, read_photos, resized

CALM = 0.85  # of a run, after which it is in fp32


@dataclass
class Net:
    size: int
    stages: list  # (part of the run at which it ends, size of the pictures)
    steps: int
    rate: float
    width: float = 1.0
    start: str = ""  # the model to continue from


MODELS = {
    "mmnet-256": Net(256, [(0.7, 128), (1.0, 256)], 8000, 2e-3),
    "mmnet-192": Net(192, [(1.0, 192)], 1500, 6e-4, start="mmnet-256"),
    "mmnet-128": Net(128, [(1.0, 128)], 2500, 8e-4, start="mmnet-256"),
}


def batch_of(pictures):
    images = torch.from_numpy(np.stack([image for image, _ in pictures])).permute(0, 3, 1, 2).float().div_(255)
    masks = torch.from_numpy(np.stack([mask for _, mask in pictures]))[:, None].float().div_(255)
    return images.contiguous(memory_format=torch.channels_last), masks


@torch.no_grad()
def measures(net, images, masks):
    """Intersection over union of the person and the mean of both classes', and the mean difference."""
    alpha = torch.cat([torch.sigmoid(net.logits(i)[0]) for i in images.split(8)])

    def overlap(a, b):
        return (a & b).sum((1, 2, 3)) / (a | b).sum((1, 2, 3)).clamp(min=1)
    person = overlap(alpha > 0.5, masks > 0.5)
    rest = overlap(alpha <= 0.5, masks <= 0.5)
    return {"iou_person": person.mean(), "miou": (person + rest).mean() / 2, "mad": (alpha - masks).abs().mean()}


class Matting:
    def __init__(self, data, out, seed):
        self.data, self.out, self.seed = data / "matting", out, seed
        cv2.setNumThreads(1)
        self.photos = read_photos(self.data / "train", plates=True)
        self.held_out = read_photos(self.data / "val", plates=False)

    def train(self, name, first=None, steps=None):
        """Trains one model, from the weights `first` or the model it continues from, and writes OUT/NAME.onnx."""
        model = MODELS[name]
        if first:
            model = replace(model, steps=steps or model.steps, rate=model.rate / 3)
        net = MMNet(model.width).to(memory_format=torch.channels_last)
        if first:
            net.load_state_dict(weights_of(first))
        elif model.start:
            net.load_state_dict(weights_of(self.out / model.start / "checkpoint.pt"))
        images, masks = batch_of([resized(photo, model.size) for photo in self.held_out])

        def loss_of(net, rng, step):
            size = next(size for end, size in model.stages if step < end * model.steps)
            chosen = rng.choice(len(self.photos), 16, replace=False)
            pictures, truth = batch_of([example(self.photos[i], self.photos, size, rng) for i in chosen])
            with torch.autocast("cpu", torch.bfloat16, enabled=step < CALM * model.steps):
                logits, auxiliary = net.logits(pictures)
            return matting_loss(logits.float(), auxiliary.float(), pictures, truth)
        net, values = Run(self.out / name, self.seed).fit(
            net, loss_of, model.steps, model.rate, lambda net: measures(net, images, masks), decay=1e-4, every=250)
        export_onnx(net, torch.rand(1, 3, model.size, model.size), self.out / f"{name}.onnx", "image", "prob")
        return values

    def validation_of(self, _name):
        return self.data / "val", []
