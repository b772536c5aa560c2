# SPDX-License-Identifier: Apache-2.0
"""MMNet (Seo et al. 2019, arXiv 1904.03816), portrait matting, and its loss.

RGB in [0, 1], [N, 3, S, S], to probabilities [N, 2, S, S]: channel 1 is how much of a pixel belongs to a person. Every
doubling is bilinear by the asymmetric rule: source = destination / 2, edges repeated.
"""
import torch
import torch.nn.functional as F
from torch import nn

from export import double, pad_same


def scaled(channels, width):
    return max(8, (round(channels * width) + 4) // 8 * 8)


class Conv(nn.Module):
    """Convolution with TensorFlow's SAME padding, batch norm and, unless linear, ReLU6."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, dilation=1, groups=1, linear=False):
        super().__init__()
        self.kernel, self.stride, self.linear = kernel, stride, linear
        padding = (kernel - 1) * dilation // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.02)

    def forward(self, x):
        if self.stride > 1:
            x = pad_same(x, (self.kernel,) * 2, (self.stride,) * 2)
        # oneDNN's bfloat16 gives NaN for depthwise convolutions with holes.
        with torch.autocast("cpu", torch.bfloat16, enabled=self.conv.dilation == (1, 1) and torch.is_autocast_cpu_enabled()):
            x = self.bn(self.conv(x if self.conv.dilation == (1, 1) else x.float()))
        return x if self.linear else x.clamp(0.0, 6.0)


class Branch(nn.Module):
    def __init__(self, inputs, channels, stride, rate):
        super().__init__()
        self.pw = Conv(inputs, channels)
        self.dws = Conv(channels, channels, 3, stride, groups=channels) if stride > 1 else nn.Identity()
        self.dw = Conv(channels, channels, 3, dilation=rate, groups=channels)

    def forward(self, x):
        return self.dw(self.dws(self.pw(x)))


class MultiBranch(nn.Module):
    """A depthwise branch for each dilation, joined and merged by a 1x1 convolution."""

    def __init__(self, inputs, expanded, outputs, width, rates, stride=1, linear=True):
        super().__init__()
        expanded, self.outputs = scaled(expanded, width), scaled(outputs, width)
        self.branches = nn.ModuleList([Branch(inputs, expanded, stride, rate) for rate in rates])
        self.merge = Conv(expanded * len(rates), self.outputs, linear=linear)

    def forward(self, x):
        return self.merge(torch.cat([branch(x) for branch in self.branches], 1))


class Decoder(nn.Module):
    """1x1 convolution; with a skip: doubled, beside what an earlier layer saw."""

    def __init__(self, inputs, outputs, width, skip=0, skip_outputs=0):
        super().__init__()
        self.outputs = scaled(outputs, width)
        self.pw = Conv(inputs, self.outputs)
        if skip:
            self.sc_dw = Conv(skip, skip, 3, groups=skip)
            self.sc_pw = Conv(skip, scaled(skip_outputs, width))
            self.outputs += scaled(skip_outputs, width)

    def forward(self, x, skip=None):
        x = self.pw(x)
        return x if skip is None else torch.cat([double(x), self.sc_pw(self.sc_dw(skip))], 1)


FOUR, THREE, TWO = (1, 2, 4, 8), (1, 2, 4), (1, 2)
ENCODER = [(16, 16, FOUR, 2), (16, 24, FOUR, 1), (24, 24, FOUR, 1), (24, 24, FOUR, 1), (32, 40, THREE, 2),
           (64, 40, THREE, 1), (64, 40, THREE, 1), (64, 40, THREE, 1), (80, 80, TWO, 2), (120, 80, TWO, 1)]


class MMNet(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        channels = scaled(32, width)
        self.init, self.enc = Conv(3, channels, 3, 2), nn.ModuleList()
        for i, (expanded, outputs, rates, stride) in enumerate(ENCODER):
            last = i == len(ENCODER) - 1
            self.enc.append(MultiBranch(channels, expanded, outputs, width, rates, stride, linear=not last))
            channels = self.enc[-1].outputs
        self.dec0 = Decoder(channels, 64, width, self.enc[4].outputs, 64)
        self.dec1 = Decoder(self.dec0.outputs, 40, width, self.enc[0].outputs, 40)
        self.dec2 = MultiBranch(self.dec1.outputs, 40, 40, width, THREE)
        self.dec3 = MultiBranch(self.dec2.outputs, 40, 40, width, THREE)
        self.dec4 = Decoder(self.dec3.outputs, 16, width)
        self.final = nn.Conv2d(self.dec4.outputs, 2, 1)
        self.aux = nn.Conv2d(channels, 2, 1)  # at a sixteenth of the size, in training only
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.xavier_uniform_(m.weight)

    def features(self, image):
        """For the last convolution, at a quarter of the size, and for the auxiliary one."""
        x, seen = self.init(image), []
        for block in self.enc:
            x = block(x)
            seen.append(x)
        fine = self.dec1(self.dec0(x, seen[4]), seen[0])
        return self.dec4(self.dec3(self.dec2(fine))), x

    def logits(self, image):
        """Person minus background, [N, 1, S, S], and the auxiliary one. The last convolution goes before the doublings:
        both are linear and their weights sum to one, so forward() gives the same up to rounding."""
        fine, deep = self.features(image)
        z, a = self.final(fine.float()), self.aux(deep.float())
        return double(double(z[:, 1:] - z[:, :1])), a[:, 1:] - a[:, :1]

    def forward(self, image):
        return F.softmax(self.final(double(double(self.features(image)[0]))), 1)


def slopes(a):
    """Both Sobel derivatives, over eight, zeros outside."""
    a = F.pad(a, (1, 1, 1, 1))
    down = a[:, :, :-2] + 2 * a[:, :, 1:-1] + a[:, :, 2:]
    across = a[..., :-2] + 2 * a[..., 1:-1] + a[..., 2:]
    return torch.cat([down[..., 2:] - down[..., :-2], across[:, :, 2:] - across[:, :, :-2]], 1) / 8


def matting_loss(logits, auxiliary, image, truth):
    """Mean of alpha, composition, gradient, cross-entropy and auxiliary cross-entropy terms."""
    off = torch.sigmoid(logits) - truth
    cell = truth.shape[2] // auxiliary.shape[2]
    return (off.abs().mean() + (off.abs() * image).mean() + slopes(off).abs().mean()
            + F.binary_cross_entropy_with_logits(logits, truth)
            + F.binary_cross_entropy_with_logits(auxiliary, truth[:, :, ::cell, ::cell])) / 5
