# SPDX-License-Identifier: Apache-2.0
"""Validation words as streams have them, for `tarsier eval keywords --negatives`.

  hard_words.py DATA CACHE FOLDER OUT       FOLDER: a corpus below DATA/kws, say wake_en

OUT/after/WORD/*.wav: each validation clip's word right after other speech, half of it a call ("hey") by a synthetic voice
that no training has heard, half the end of somebody's validation words; pauses of up to 80 ms, levels within 4 dB.
OUT/negatives: links to what holds none of the words: validation sentences and noises, the words of the other corpora,
and lookalikes ("athena") by those voices.
"""
import sys
from pathlib import Path

import numpy as np
import soundfile

from scenes import corpora
from speech import RATE, SPEECH, Clip, cut, read_folder, word_range
from voices import CALLS


def loud(sound):
    return sound / (np.abs(sound).max() + 1e-4)


def spoken(clip):
    """The word itself and 20 ms on either side."""
    first, end = clip.word
    return cut(clip.samples, first - 320, end - first + 640)


def after(clip, before, rng):
    """The word right after the end of `before`, in silence as recordings have it."""
    said = loud(spoken(before))[-int(0.7 * RATE):] * 10 ** (rng.uniform(-4, 4) / 20)
    pause = np.zeros(int(rng.uniform(0, 0.08) * RATE), np.float32)
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), said, pause, loud(spoken(clip)), np.zeros(RATE // 2, np.float32)])
    return sound * 0.4 + rng.standard_normal(len(sound)).astype(np.float32) * 1e-3


def main(data, cache, folder, out):
    rng = np.random.default_rng(5)
    found, _ = corpora(data, "val", cache)
    calls = [samples for path, samples in read_folder(cache / "voices/val", cache)
             if path.parent.name in {f"said:{c}" for c in CALLS}]
    calls = [Clip(s, word_range(s), SPEECH, "voices") for s in calls]
    others = [c for name, clips in found.items() if name not in (folder, "voices") for c in clips]
    for number, clip in enumerate(found[folder]):
        pool = calls if number % 2 else others
        place = out / "after" / clip.label.split(":")[1]
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / f"{number:04}.wav", after(clip, pool[rng.integers(len(pool))], rng), RATE, subtype="PCM_16")
    negatives = out / "negatives"
    negatives.mkdir(parents=True, exist_ok=True)
    mine = {clip.label for clip in found[folder]}
    for i, path in enumerate(links(data, cache, folder, mine)):
        link = negatives / f"{i:05}{path.suffix}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())


def links(data, cache, folder, mine):
    """Files that hold none of the words, all of validation."""
    kws = data / "kws"
    for kind in ("speech", "noise"):
        yield from sorted((kws / "negatives" / kind).iterdir())[::5]
    for corpus in ("commands_en", "commands_ar", "digits_en", "wake_en"):
        if corpus != folder:
            yield from (p for p in sorted((kws / corpus / "val").rglob("*.opus")) if f"en:{p.name.split('_')[0]}" not in mine)
    yield from (p for p in sorted((cache / "voices/val").rglob("*.wav")) if p.parent.name not in mine)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
