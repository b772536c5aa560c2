# SPDX-License-Identifier: Apache-2.0
"""Speech for keyword training: clips, where their word is, and a stream of one-second scenes made from them.

A scene is a word as somebody might really say it: faster or slower, early or late in the window, often
right after other words, in a room, through some microphone, over noise. Scenes that hold no keyword are
other words, sentences, words cut off at either end, and noise. All sound is 16 kHz mono in [-1, 1].
"""
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch

RATE = SECOND = 16000
SCENE = 20480  # one second and 280 ms of reverberation, a size that Fourier transforms like
NOISE, SPEECH = "(noise)", "(speech)"  # labels of what holds no word that somebody looks for


@dataclass
class Clip:
    """One recording: its samples, the range of samples where its word is, what is said and who says it."""
    samples: np.ndarray  # int16
    word: tuple
    label: str
    source: str
    narrow: bool = False  # recorded with 8 kHz: nothing above 4 kHz
    narrowed: float = 0.1  # how often to take away what is above 4 kHz


def read(path):
    """16-bit samples of a file."""
    samples, rate = soundfile.read(path, dtype="int16")
    if rate != RATE or samples.ndim != 1:
        raise SystemExit(f"{path}: {rate} Hz, {samples.ndim} dimensions; 16 kHz mono is needed")
    return samples


def read_folder(folder, cache):
    """[(path, samples)] of all sound files below a folder, sorted; decoded once into the cache folder."""
    paths = sorted(p for p in Path(folder).rglob("*") if p.suffix in (".opus", ".wav", ".flac", ".ogg"))
    if not paths:
        raise SystemExit(f"{folder}: holds no sound; --data needs the folder that has kws/ in it")
    key = hashlib.sha1("\n".join(map(str, paths)).encode()).hexdigest()
    stored = Path(cache) / f"sound-{key}.npz"
    if not stored.exists():
        stored.parent.mkdir(parents=True, exist_ok=True)
        decoded = [read(path) for path in paths]
        np.savez(stored, samples=np.concatenate(decoded), ends=np.cumsum([len(s) for s in decoded]))
    data = np.load(stored)
    return list(zip(paths, np.split(data["samples"], data["ends"][:-1])))


def word_range(samples, below_peak=24.0, pause=20):
    """Samples of the loudest stretch of speech, as apps/common/speech.cpp finds it: 10 ms frames within 24 dB
    of the loudest one, smoothed over three; pauses of up to 0.2 s belong to a stretch."""
    count = len(samples) // 160
    if count < 4:
        return 0, len(samples)
    frames = samples[:count * 160].reshape(count, 160).astype(np.float64)
    power = np.convolve((frames ** 2).mean(1), np.ones(3) / 3, "same")
    loud = np.nonzero(power > power.max() * 10 ** (-below_peak / 10))[0]
    if loud.size == 0:
        return 0, len(samples)
    stretches = np.split(loud, np.nonzero(np.diff(loud) > pause)[0] + 1)
    best = max(stretches, key=lambda s: power[s].sum())
    return int(best[0]) * 160, int(best[-1] + 1) * 160


def around_word(samples, word=None):
    """The second around the middle of the word, zeros outside the clip: what `tarsier eval keywords` hears."""
    first, end = word or word_range(samples)
    return cut(samples, (first + end - SECOND) // 2, SECOND)


def cut(samples, start, count):
    """`count` samples from `start` as float32, zeros outside."""
    out = np.zeros(count, np.float32)
    a, b = max(0, start), min(len(samples), start + count)
    if b > a:
        out[a - start:b - start] = samples[a:b]
        out /= 32768
    return out


def faster(sound, speed):
    """The sound played `speed` times as fast; the pitch follows."""
    at = np.arange(int(len(sound) / speed)) * speed
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def loudness(waves):
    """Root mean square of the loudest 100 ms of each row."""
    return waves.reshape(len(waves), -1, 1600).pow(2).mean(2).amax(1, keepdim=True).add(1e-12).sqrt()


class Scenes:
    """Makes scenes of clips; `before` and `after` are the shares of words with other speech next to them, `speed`
    the logarithm of the largest change of speed."""

    def __init__(self, clips, noises, rng, before=0.35, after=0.2, speed=0.2):
        self.clips, self.noises, self.rng = clips, noises, rng
        self.before, self.after, self.speed = before, after, speed
        self.frequency = torch.fft.rfftfreq(SCENE, 1 / RATE)
        self.time = torch.arange(SCENE - SECOND) / RATE

    def other_speech(self, count):
        """The last `count` samples of somebody saying something else."""
        clip = self.clips[self.rng.integers(len(self.clips))]
        end = clip.word[1] if self.rng.random() < 0.7 else int(self.rng.uniform(*clip.word))
        sound = faster(cut(clip.samples, end - 2 * count, 2 * count), np.exp(self.rng.uniform(-0.25, 0.25)))
        return sound[-count:] / (np.abs(sound[-count:]).max() + 1e-4)

    def word(self, clip, whole=True):
        """A second with the clip's word in it, or with at most 45 % of the word at either end."""
        rng, speed = self.rng, np.exp(self.rng.uniform(-self.speed, self.speed))
        first, end = clip.word
        span = SECOND * speed
        if not whole:
            shown = rng.uniform(0.05, 0.45) * (end - first)
            start = first + shown - span if rng.random() < 0.5 else end - shown
        elif clip.label == SPEECH and end - first > 1.3 * span:
            start = rng.uniform(first, end - span)
        else:
            low, high = sorted((end - span, first))
            start = rng.uniform(low - 1000, high + 1000)
        scene = faster(cut(clip.samples, int(start), int(span) + 2), speed)[:SECOND]
        scene /= np.abs(scene).max() + 1e-4
        if whole:
            self.surround(scene, int((first - start) / speed), int((end - start) / speed))
        return scene

    def surround(self, scene, first, end):
        """Other speech up to the word, and from its end on, with pauses of up to 150 ms."""
        rng = self.rng
        stop = first - int(rng.uniform(0, 0.15) * RATE)
        if stop > 800 and rng.random() < self.before:
            scene[:stop] = self.other_speech(stop) * 10 ** (rng.uniform(-12, 4) / 20)
        begin = end + int(rng.uniform(0.02, 0.2) * RATE)
        if begin < SECOND - 800 and rng.random() < self.after:
            scene[begin:] = self.other_speech(SECOND - begin) * 10 ** (rng.uniform(-12, 2) / 20)

    def batch(self, picks):
        """picks: [(Clip or None for noise alone, whole?)] -> sound [n, SECOND] after room, microphone and noise."""
        dry = np.stack([np.zeros(SECOND, np.float32) if clip is None else self.word(clip, whole)
                        for clip, whole in picks])
        widen = torch.tensor([clip is not None and clip.narrow and self.rng.random() < 0.5 for clip, _ in picks])
        narrow = torch.tensor([self.rng.random() < (clip.narrowed if clip else 0.1) for clip, _ in picks]) & ~widen
        return self.record(torch.from_numpy(dry), narrow, widen)

    def record(self, dry, narrow, widen):
        """Speech and noise meet in a room, at a ratio from bad to none, and pass through one microphone."""
        count, speaks = len(dry), dry.abs().amax(1, keepdim=True) > 0
        speech = torch.fft.rfft(dry, SCENE) / loudness(dry).clamp(min=1e-4) * self.rooms(count)
        if widen.any():
            speech[widen] = self.widened(speech[widen])
        noisy = self.uniform(0, 1, count) < 0.7
        ratio = torch.where(noisy, self.uniform(-2, 25, count), self.uniform(30, 60, count)) * speaks
        noise = torch.fft.rfft(self.background(count), SCENE) * 10 ** (-ratio / 20)
        heard = torch.fft.irfft((speech + noise) * self.microphones(count, narrow), SCENE)[:, :SECOND]
        level = torch.where(speaks, self.uniform(-38, -5, count), self.uniform(-90, -15, count))
        sound = heard / loudness(heard) * 10 ** (level / 20)
        overdriven = self.uniform(0, 1, count) < 0.06
        sound = torch.where(overdriven, sound * 4, sound).clamp(-1, 1)
        return (sound * 32768).round() / 32768

    def uniform(self, low, high, *shape):
        return torch.from_numpy(self.rng.uniform(low, high, (*shape, 1)).astype(np.float32))

    def microphones(self, count, narrow):
        """Frequency responses: an equaliser of eight bands, a high pass, an upper limit."""
        octave = torch.log2(self.frequency.clamp(min=40) / 40)[None]
        bands = torch.from_numpy(self.rng.uniform(-7, 7, (count, 9)).astype(np.float32))
        bands *= (self.uniform(0, 1, count) < 0.75)
        place = octave.clamp(max=7.64).expand(count, -1)
        below = place.long().clamp(max=7)
        gain = torch.lerp(bands.gather(1, below), bands.gather(1, below + 1), place - below)
        high_pass = torch.where(self.uniform(0, 1, count) < 0.4, self.uniform(80, 400, count), torch.full((), 20.0))
        gain += 12 * torch.log2(self.frequency.clamp(min=10)[None] / high_pass).clamp(max=0)
        limit = torch.where(self.uniform(0, 1, count) < 0.25, self.uniform(3200, 7500, count), torch.full((), 9000.0))
        limit = torch.where(narrow[:, None], self.uniform(3300, 4000, count), limit)
        gain -= 60 * ((self.frequency[None] - limit) / 400).clamp(0, 1)
        return 10 ** (gain / 20)

    def rooms(self, count):
        """Spectra of direct sound with an exponentially decaying tail, for some 45 % of the rows."""
        decay, level = self.uniform(0.12, 0.8, count), 10 ** (self.uniform(-16, 2, count) / 20)
        tail = torch.from_numpy(self.rng.standard_normal((count, len(self.time)), np.float32))
        tail = tail * 10 ** (-3 * self.time / decay) * (self.time > self.uniform(0.001, 0.015, count))
        tail *= level / tail.pow(2).sum(1, keepdim=True).sqrt() * (self.uniform(0, 1, count) < 0.45)
        tail[:, 0] = 1
        return torch.fft.rfft(tail, SCENE)

    def widened(self, spectrum):
        """2..4 kHz, repeated weaker above: telephone recordings also occur with an upper band."""
        two = 2000 * SCENE // RATE
        band = spectrum[:, two:2 * two].clone()
        spectrum[:, 2 * two:3 * two] += band * 10 ** (-self.uniform(4, 20, len(band)) / 20)
        spectrum[:, 3 * two:4 * two] += band * 10 ** (-self.uniform(12, 30, len(band)) / 20)
        return spectrum

    def background(self, count):
        """Recorded noise, coloured noise, or the babble of several people, each of loudness one."""
        kind = self.rng.random(count)
        out = torch.from_numpy(self.rng.standard_normal((count, SECOND), np.float32))
        slope = self.uniform(0, 1, count)
        spectrum = torch.fft.rfft(out) * torch.fft.rfftfreq(SECOND, 1 / RATE).clamp(min=20)[None] ** -slope
        out = torch.fft.irfft(spectrum, SECOND)
        for i in np.nonzero(kind < 0.7)[0]:
            if kind[i] < 0.15:
                out[i] = torch.from_numpy(sum(self.other_speech(SECOND) for _ in range(self.rng.integers(2, 6))))
                continue
            noise = self.noises[self.rng.integers(len(self.noises))]
            start = self.rng.integers(max(1, len(noise) - SECOND))
            out[i] = torch.from_numpy(cut(noise, start, SECOND))
        return out / loudness(out)
