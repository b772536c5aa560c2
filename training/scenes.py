# SPDX-License-Identifier: Apache-2.0
"""The bank of scenes: all corpora of spoken words together, augmented once, stored as mel bands.

Making a scene costs some ten times what a small network needs to learn from it, and four networks learn from the same
ones: scenes are made once, in shards of 4096, and every network draws its own from them. All words of all corpora are
one world: an Arabic "no" is a word that English commands must not take for one of theirs.
"""
import sys
from pathlib import Path

import numpy as np
import torch

import voices
from speech import NOISE, SPEECH, Clip, Scenes, read_folder, word_range
from tcresnet import BANDS, FRAMES, Features

SHARD = 4096
DIGITS = {str(i): f"en:{word}" for i, word in enumerate(voices.DIGITS)}
# How often each corpus is drawn; its labels are equally likely.
SHARES = {"commands_en": 0.22, "digits_other": 0.07, "words_other": 0.05, "digits_en": 0.10, "commands_ar": 0.16,
          "wake_en": 0.19, "voices": 0.08, "speech": 0.06, "noise": 0.07}
CUTS = 0.14  # share of words that are cut off


def corpora(data, part, cache):
    """{corpus: [Clip]} of all spoken words, and the noises [samples], of `part` ("train" or "val")."""
    kws = Path(data) / "kws"
    found = {name: [] for name in SHARES if name != "noise"}

    def add(corpus, label, samples, **band):
        found[corpus].append(Clip(samples, word_range(samples), label, corpus, **band))

    for path, samples in read_folder(kws / "commands_en" / part, cache):
        said = path.name.split("_")[0]
        known = path.parent.name not in ("unknown", "silence")
        corpus = "commands_en" if known else "digits_other" if said in voices.DIGITS else "words_other"
        if path.parent.name != "silence":
            add(corpus, f"en:{said}", samples, narrowed=0.5 if corpus == "digits_other" else 0.1)
    for path, samples in read_folder(kws / "digits_en" / part, cache):
        add("digits_en", DIGITS[path.parent.name], samples, narrow=True, narrowed=0.4)
    for name, prefix in (("commands_ar", "ar"), ("wake_en", "wake")):
        for path, samples in read_folder(kws / name / part, cache):
            add(name, f"{prefix}:{path.parent.name}", samples)
    for path, samples in read_folder(Path(cache) / "voices" / part, cache):
        label = path.parent.name if path.parent.name.split(":")[0] != "said" else SPEECH
        add("voices", label, samples)
    for i, (_, samples) in enumerate(read_folder(kws / "negatives" / "speech", cache)):
        if (i % 5 == 0) == (part == "val"):
            found["speech"].append(Clip(samples, word_range(samples, pause=200), SPEECH, "speech"))
    noises = [s for i, (_, s) in enumerate(read_folder(kws / "negatives" / "noise", cache)) if (i % 5 == 0) == (part == "val")]
    if part == "train":
        noises += [s for p, s in read_folder(kws / "commands_en" / part, cache) if p.parent.name == "silence"]
    return found, noises


def world(found):
    """All labels, in the order of the numbers that the bank stores."""
    return [NOISE, SPEECH] + sorted({c.label for clips in found.values() for c in clips} - {SPEECH})


class Bank:
    """Shards OUT/bands-NNN.npy [4096, 98, 64] (fp16, natural logarithms) and OUT/labels-NNN.npy."""

    def __init__(self, data, cache, folder, count, seed):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        voices.make(Path(cache) / "voices")
        found, noises = corpora(data, "train", cache)
        self.labels = world(found)
        self.make(found, noises, count, seed)
        self.bands = [np.load(self.folder / f"bands-{i:03}.npy", mmap_mode="r") for i in range(count)]
        self.of = np.concatenate([np.load(self.folder / f"labels-{i:03}.npy") for i in range(count)])

    def make(self, found, noises, count, seed):
        features = Features()
        for shard in range(count):
            done = self.folder / f"labels-{shard:03}.npy"
            if done.exists():
                continue
            rng = np.random.default_rng((seed, shard))
            scenes = Scenes([c for clips in found.values() for c in clips], noises, rng)
            picks = [pick(found, rng) for _ in range(SHARD)]
            bands = np.empty((SHARD, FRAMES, BANDS), np.float16)
            for i in range(0, SHARD, 128):
                bands[i:i + 128] = features.bands(scenes.batch(picks[i:i + 128]), rng).numpy()
            np.save(self.folder / f"bands-{shard:03}.npy", bands)
            np.save(done, np.array([self.number(*p) for p in picks], np.int16))
            print(f"scenes  {shard + 1}/{count} shards", file=sys.stderr, flush=True)

    def number(self, clip, whole):
        return self.labels.index(NOISE if clip is None else clip.label if whole else SPEECH)

    def rows(self, numbers):
        """[n, 98, 64] of the scenes with these numbers."""
        return torch.from_numpy(np.stack([self.bands[i // SHARD][i % SHARD] for i in numbers]).astype(np.float32))


def pick(found, rng):
    """A clip, or None for noise, and whether its word is heard whole."""
    corpus = list(SHARES)[rng.choice(len(SHARES), p=list(SHARES.values()))]
    if corpus == "noise":
        return None, True
    clips = found[corpus]
    labels = sorted({c.label for c in clips}) if corpus != "voices" else [""]
    label = labels[rng.integers(len(labels))]
    clips = [c for c in clips if c.label == label] if label else clips
    clip = clips[rng.integers(len(clips))]
    return clip, clip.label == SPEECH or rng.random() >= CUTS
