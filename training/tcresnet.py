# SPDX-License-Identifier: Apache-2.0
"""TC-ResNet (Choi et al. 2019, arXiv 1904.03814) and its features: 40 MFCC of 30 ms every 10 ms.

Features, as kernels::Mfcc computes them: periodic Hann window of 480 samples, 512-point power spectrum, 64 mel
bands from 80 to 7600 Hz with peak one (triangles in mel), ln(x + 1e-6), DCT-II times sqrt(2 / 64) for every
coefficient. The network takes them as [N, 40, 1, T]: a coefficient is a channel, time is the only axis.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from export import pad_same

RATE, WINDOW, HOP, FFT, BANDS, COEFFICIENTS, FRAMES = 16000, 480, 160, 512, 64, 40, 98
CHANNELS = {"tcresnet8": (16, 24, 32, 48), "tcresnet14": (16, 24, 24, 32, 32, 48, 48)}
WARPS = np.linspace(0.84, 1.19, 15)  # vocal tracts, longer to shorter; the middle one is about 1


def mel_weights(warp=1.0):
    """[257, 64] triangles; `warp` stretches the frequency axis as another length of the vocal tract would."""
    def mel(hertz):
        return 1127.0 * np.log1p(hertz / 700.0)
    edges = np.linspace(mel(80.0), mel(7600.0), BANDS + 2)
    bins = mel(np.minimum(np.arange(1, FFT // 2 + 1) * RATE / FFT * warp, 7999.0))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.vstack([np.zeros((1, BANDS)), np.maximum(0, np.minimum(rising, falling))]).astype(np.float32)


class Features:
    """Sound [n, samples] to [n, 40, 1, frames]; for training in two steps: bands(), which are stored, and masked()."""

    def __init__(self):
        k, n = np.arange(COEFFICIENTS), np.arange(BANDS)[:, None]
        dct = np.sqrt(2 / BANDS) * np.cos(np.pi * k * (2 * n + 1) / (2 * BANDS))
        self.dct, self.window = torch.from_numpy(dct.astype(np.float32)), torch.hann_window(WINDOW)
        self.mel = torch.from_numpy(mel_weights())
        self.warped = torch.from_numpy(np.stack([mel_weights(w) for w in WARPS]))

    def power(self, sound):
        spectrum = torch.fft.rfft(sound.unfold(1, WINDOW, HOP) * self.window, FFT)
        return spectrum.real ** 2 + spectrum.imag ** 2

    def __call__(self, sound):
        return self.cepstra(torch.log(self.power(sound) @ self.mel + 1e-6))

    def cepstra(self, bands):
        return (bands @ self.dct).transpose(1, 2).unsqueeze(2)

    def bands(self, sound, rng):
        """[n, frames, 64] logarithms of bands, each row through a vocal tract of another length."""
        warps = self.warped[torch.from_numpy(rng.integers(len(WARPS), size=len(sound)))]
        return torch.log(torch.bmm(self.power(sound), warps) + 1e-6)

    def masked(self, bands, rng, share=0.4):
        """Features of bands: a few frames earlier or later, louder or softer, some of them with a hole in frequency or
        time (SpecAugment, arXiv 1904.08779)."""
        shifts, gains = rng.integers(-4, 5, len(bands)), rng.uniform(-0.7, 0.7, len(bands)).astype(np.float32)
        at = (np.arange(FRAMES)[None] + shifts[:, None]).clip(0, FRAMES - 1)
        bands = bands[torch.arange(len(bands))[:, None], torch.from_numpy(at)]
        bands = (bands + torch.from_numpy(gains)[:, None, None]).clamp(min=-13.8155)
        for row in np.nonzero(rng.random(len(bands)) < share)[0]:
            width, length = rng.integers(2, 9), rng.integers(3, 13)
            band, time = rng.integers(BANDS - width), rng.integers(FRAMES - length)
            mean = bands[row].mean()
            if rng.random() < 0.6:
                bands[row, :, band:band + width] = mean
            else:
                bands[row, time:time + length] = mean
        return self.cepstra(bands)


class Conv(nn.Module):
    """Convolution over time with TensorFlow's SAME padding, batch norm and, unless linear, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1, linear=False):
        super().__init__()
        self.kernel, self.stride, self.linear = kernel, stride, linear
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, (1, kernel), (1, stride), (0, padding), bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)
        nn.init.xavier_uniform_(self.conv.weight)

    def forward(self, x):
        if self.stride > 1:
            x = pad_same(x, (1, self.kernel), (1, self.stride))
        x = self.bn(self.conv(x))
        return x if self.linear else F.relu(x)


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.down = Conv(inputs, outputs, 1, 2) if stride == 2 else nn.Identity()
        self.main = nn.Sequential(Conv(inputs, outputs, 9, stride), Conv(outputs, outputs, 9, linear=True))

    def forward(self, x):
        return F.relu(self.main(x) + self.down(x))


class TCResNet(nn.Module):
    def __init__(self, name, classes, width=1.0, drop=0.3):
        super().__init__()
        channels = [int(c * width) for c in CHANNELS[name]]
        self.first = Conv(COEFFICIENTS, channels[0], 3)
        self.blocks = nn.Sequential(*[Block(a, b) for a, b in zip(channels, channels[1:])])
        self.drop = nn.Dropout(drop)
        self.head = nn.Conv2d(channels[-1], classes, 1, bias=False)

    def logits(self, features):
        pooled = self.blocks(self.first(features)).mean((2, 3), keepdim=True)
        return self.head(self.drop(pooled)).flatten(1)

    def forward(self, features):
        return F.softmax(self.logits(features), 1)
