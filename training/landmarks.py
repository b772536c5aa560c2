# SPDX-License-Identifier: Apache-2.0
"""Landmarks: PFLD with 68 points, at full and at quarter width, by Wing loss on augmented crops.

Half of the draws are the carefully annotated faces (group `h`), the others video frames (`y`). The last part of a run is
calmer: weaker augmentation, and all of it in fp32. Mirrored predictions averaged with plain ones show nothing that the
annotations do not: half of the faces are mirrored in training.
"""
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from common import Run, weights_of
from export import export_onnx
from faces import MIRROR, OFFSETS, SIZE, augmented, plain, read_faces
from pfld import PFLD

CALM = 0.8  # of a run, after which it is calmer


@dataclass
class Net:
    width: float
    batch: int
    steps: int
    rate: float


MODELS = {"pfld-68-025x": Net(0.25, 64, 16000, 3e-3), "pfld-68-1x": Net(1.0, 48, 16000, 2e-3)}


def wing_loss(found, truth, width=10.0, curvature=2.0):
    """Feng et al. 2018, arXiv 1711.06753: logarithmic for errors below `width` pixels of the crop, then linear."""
    error = (found - truth).abs() * SIZE
    return torch.where(error < width, width * torch.log1p(error / curvature),
                       error - width + width * np.log1p(width / curvature)).mean()


def batch_of(crops):
    images = torch.from_numpy(np.stack([image for image, _ in crops])).permute(0, 3, 1, 2).float().div_(255)
    points = torch.from_numpy(np.stack([points.reshape(-1) for _, points in crops]))
    return images.contiguous(memory_format=torch.channels_last), points


@torch.no_grad()
def errors(net, images, points):
    """Mean distance of the points in percent of the distance of the outer eye corners, for each face."""
    found = torch.cat([net(i) for i in images.split(64)])
    found, points = found.view(-1, 68, 2), points.view(-1, 68, 2)
    eyes = (points[:, 36] - points[:, 45]).norm(dim=1)
    return 100 * (found - points).norm(dim=2).mean(1) / eyes


class Landmarks:
    def __init__(self, data, out, seed):
        self.data, self.out, self.seed = data / "landmarks", out, seed
        cv2.setNumThreads(1)
        self.faces = read_faces(self.data / "train")
        held_out = read_faces(self.data / "val")
        self.images, self.points = batch_of([plain(face) for face in held_out])
        self.groups = np.array([face.group for face in held_out])
        best = np.array([face.group == "h" for face in self.faces])
        self.chance = np.where(best, 0.5 / best.sum(), 0.5 / (~best).sum())

    def measure(self, net):
        values = errors(net, self.images, self.points).numpy()
        return {f"nme_{g}": values[self.groups == g].mean() for g in sorted(set(self.groups))}

    def train(self, name, first=None, steps=None):
        """Trains one model, from the weights `first` on if given, and writes OUT/NAME.onnx."""
        model = MODELS[name]
        if first:
            model = replace(model, steps=steps or model.steps, rate=model.rate / 3)
        net = PFLD(model.width).to(memory_format=torch.channels_last)
        if first:
            net.load_state_dict(weights_of(first))
        else:
            self.start_at_mean(net)

        def loss_of(net, rng, step):
            calm = step > CALM * model.steps
            chosen = rng.choice(len(self.faces), model.batch, p=self.chance)
            images, points = batch_of([augmented(self.faces[i], self.faces, rng, 0.6 if calm else 1.0) for i in chosen])
            with torch.autocast("cpu", torch.bfloat16, enabled=not calm):
                features = net.features(images)
            return wing_loss(net.fc(features.float()), points)
        net, values = Run(self.out / name, self.seed).fit(net, loss_of, model.steps, model.rate, self.measure, decay=1e-4)
        export_onnx(net, torch.rand(1, 3, SIZE, SIZE), self.out / f"{name}.onnx", "input", "landmarks")
        return values

    @torch.no_grad()
    def start_at_mean(self, net):
        """The untrained network answers with the mean face: nothing needs to be learned for that."""
        shapes = [plain(face)[1] for face in self.faces[::4]]
        net.fc.weight.mul_(0.1)
        net.fc.bias.copy_(torch.from_numpy(np.mean(shapes + [s[MIRROR] * (-1, 1) + (1, 0) for s in shapes], 0).reshape(-1)))

    def validation_of(self, _name):
        return self.data / "val", [a for g, (x, y) in OFFSETS.items() for a in ("--offset", f"{g}={x},{y}")]
