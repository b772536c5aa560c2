# SPDX-License-Identifier: Apache-2.0
"""Keyword spotters: TC-ResNet8, one for each set of words.

1. The bank: scenes of all words of all corpora (scenes.py).
2. The teacher: TC-ResNet14 learns the world of all labels.
3. The trunk: TC-ResNet8 learns the same from labels and from the teacher.
4. Each spotter starts from the trunk and learns its words; all other words are its `unknown`. The teacher's opinion,
   summed over what counts as the same, is a quarter of its target. One that is better without (`alone`) starts from nothing.
The last averaged weights are kept: validation chooses nothing.
"""
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from common import Run
from export import export_onnx
from scenes import DIGITS, Bank
from speech import NOISE, SPEECH, around_word, read_folder
from tcresnet import FRAMES, Features, TCResNet

BATCH = 128


@dataclass
class Spotter:
    """What a model listens for: the folder of its corpus, its label of silence, the label of any other speech, and
    the world's prefix of its words."""
    folder: str
    prefix: str
    silence: str = "__null__"
    unknown: str = "unknown"
    rejects: float = 0.25  # share of other speech in training
    parts: float = 3.0  # how much more often than any one other word it is a sentence or a part of a word
    steps: int = 3000
    alone: bool = False  # learns from labels only, without trunk and teacher

    def words(self, world):
        """{label: label in the world}"""
        if self.folder == "digits_en":
            return dict(DIGITS)
        if self.folder == "commands_en":
            return {w: f"en:{w}" for w in "yes no up down left right on off stop go".split()}
        return {w.split(":")[1]: w for w in world if w.startswith(self.prefix)}

    def labels(self, world):
        return [self.silence] + sorted([*self.words(world)] + ([self.unknown] if self.unknown else []))

    def numbers(self, world):
        """For each label of the world the number of the spotter's label, -1 for what it is not asked about."""
        labels, meaning = self.labels(world), {w: k for k, w in self.words(world).items()}
        other = labels.index(self.unknown) if self.unknown else -1
        return np.array([0 if w == NOISE else labels.index(meaning[w]) if w in meaning else other for w in world])


MODELS = {
    "tcresnet8-commands-en": Spotter("commands_en", "en:", silence="silence", rejects=0.08, steps=4500),
    "tcresnet8-wake-en": Spotter("wake_en", "wake:", rejects=0.5, parts=30.0, steps=2000),
    "tcresnet8-digits-en": Spotter("digits_en", "en:", rejects=0.12, steps=2500, alone=True),
    "tcresnet8-commands-ar": Spotter("commands_ar", "ar:", unknown="", steps=1800),
}


def validation(data, spotter, labels, cache, features):
    """Features of the second around each validation word, and their labels."""
    found = [(samples, labels.index(path.parent.name))
             for path, samples in read_folder(data / "kws" / spotter.folder / "val", cache) if path.parent.name in labels]
    sound = torch.from_numpy(np.stack([around_word(samples) for samples, _ in found]))
    return torch.cat([features(s) for s in sound.split(64)]), torch.tensor([label for _, label in found])


@torch.no_grad()
def accuracy(net, features, labels):
    answers = torch.cat([net.logits(f) for f in features.split(256)]).argmax(1)
    return {"accuracy": 100 * (answers == labels).float().mean().item()}


class Lessons:
    """Batches from the bank for one network: features, targets, and what the teacher thinks of them."""

    def __init__(self, bank, features, numbers, spotter=None, opinions=None):
        self.bank, self.features, self.opinions = bank, features, opinions
        self.numbers = numbers[bank.of]
        chance = self.chances(numbers, spotter)
        self.used = np.nonzero(chance)[0]
        self.upto = np.cumsum(chance[self.used] / chance.sum())

    def chances(self, numbers, spotter):
        """How often each scene is drawn: all labels alike, but noise less; of a spotter's `unknown` all words alike."""
        counts = np.bincount(self.bank.of, minlength=len(numbers)).clip(min=1)
        if spotter is None:
            return 1.0 / counts[self.bank.of]
        label = np.bincount(numbers[numbers >= 0])  # labels of the world in each
        weight = np.where(numbers >= 0, 1.0 / counts / label[np.maximum(numbers, 0)], 0.0)
        weight[numbers == 0] *= 0.6
        other = numbers == numbers[self.bank.labels.index(SPEECH)]
        if spotter.unknown:
            weight[other] = 1.0 / counts[other]
            weight[self.bank.labels.index(SPEECH)] *= spotter.parts
            total = counts * weight
            weight[other] *= spotter.rejects / (1 - spotter.rejects) * total[~other].sum() / total[other].sum()
        return weight[self.bank.of]

    def batch(self, rng):
        rows = self.used[np.searchsorted(self.upto, rng.random(BATCH)).clip(max=len(self.used) - 1)]
        features = self.features.masked(self.bank.rows(rows), rng)
        opinion = torch.from_numpy(self.opinions[rows].astype(np.float32)) if self.opinions is not None else None
        return features, torch.from_numpy(self.numbers[rows].astype(np.int64)), opinion

    def loss(self, net, rng, _step):
        features, target, opinion = self.batch(rng)
        logits = net.logits(features)
        loss = F.cross_entropy(logits, target, label_smoothing=0.0 if opinion is not None else 0.05)
        if opinion is not None:
            loss = 0.75 * loss + 0.25 * F.kl_div(F.log_softmax(logits, 1), opinion, reduction="batchmean")
        return loss


@torch.no_grad()
def opinions_of(teacher, bank, features):
    """Probabilities of the world's labels for every scene of the bank, softened, stored beside it."""
    path = bank.folder / f"opinions-{len(bank.of)}.npy"
    if not path.exists():
        parts = []
        for i in range(0, len(bank.of), 512):
            parts.append((teacher.logits(features.cepstra(bank.rows(range(i, i + 512)))) / 1.5).softmax(1).half().numpy())
        np.save(path, np.concatenate(parts))
    return np.load(path)


def merged(opinions, numbers, count):
    """Opinions about a spotter's labels: those of the world that mean the same added up."""
    out = np.zeros((len(opinions), count), np.float32)
    for label in range(count):
        out[:, label] = opinions[:, numbers == label].astype(np.float32).sum(1)
    return (out / (out.sum(1, keepdims=True) + 1e-6)).astype(np.float16)


class Keywords:
    """All steps; `out` holds the bank, a folder per run and NAME.onnx."""

    def __init__(self, data, out, seed, scenes=18):
        self.data, self.out, self.seed, self.features = data, out, seed, Features()
        self.cache = out / "cache"
        self.bank = Bank(data, self.cache, out / "scenes", scenes, seed)
        self.every = np.arange(len(self.bank.labels))
        self.opinions = None

    def learned(self, name, net, opinions, steps, peak):
        """A network that knows the world."""
        lessons = Lessons(self.bank, self.features, self.every, opinions=opinions)
        sets = [(s.folder, *validation(self.data, s, s.labels(self.bank.labels), self.cache, self.features),
                 s.numbers(self.bank.labels)) for s in MODELS.values()]

        def measure(net):
            return {folder: self.best_of(net, features, labels, numbers) for folder, features, labels, numbers in sets}
        return Run(self.out / name, self.seed).fit(net, lessons.loss, steps, peak, measure)[0]

    @torch.no_grad()
    def best_of(self, net, features, labels, numbers):
        chances = torch.cat([net(f) for f in features.split(256)]).numpy()
        return 100 * (merged(chances, numbers, numbers.max() + 1).argmax(1) == labels.numpy()).mean()

    def trunk(self):
        world = len(self.bank.labels)
        if self.opinions is None:
            teacher = self.learned("keywords-teacher", TCResNet("tcresnet14", world, drop=0.3), None, 4000, 4e-3)
            self.opinions = opinions_of(teacher.eval(), self.bank, self.features)
            self.trunk_net = self.learned("keywords-trunk", TCResNet("tcresnet8", world, drop=0.1), self.opinions, 2500, 6e-3)
        return self.trunk_net

    def train(self, name):
        """Trains one model and writes OUT/NAME.onnx; returns its validation measures."""
        spotter = MODELS[name]
        labels, numbers = spotter.labels(self.bank.labels), spotter.numbers(self.bank.labels)
        net, opinions = TCResNet("tcresnet8", len(labels), drop=0.1), None
        if not spotter.alone:
            start_from(net, self.trunk(), numbers)
            opinions = merged(self.opinions, numbers, len(labels))
        lessons = Lessons(self.bank, self.features, numbers, spotter, opinions)
        held_out = validation(self.data, spotter, labels, self.cache, self.features)
        net, values = Run(self.out / name, self.seed).fit(
            net, lessons.loss, spotter.steps, 3e-3, lambda net: accuracy(net, *held_out))
        export_onnx(net, torch.randn(1, 40, 1, FRAMES), self.out / f"{name}.onnx", "mfcc", "prob")
        return values

    def validation_of(self, name):
        """The folder that `tarsier eval` measures on, and its options."""
        return self.data / "kws" / MODELS[name].folder / "val", []


@torch.no_grad()
def start_from(net, trunk, numbers):
    """The trunk's layers, and for each label the mean of the heads that mean it."""
    weights = {k: v for k, v in trunk.state_dict().items() if not k.startswith("head")}
    net.load_state_dict({**net.state_dict(), **weights})
    for label in range(numbers.max() + 1):
        net.head.weight[label] = trunk.head.weight[torch.from_numpy(numbers == label)].mean(0)
