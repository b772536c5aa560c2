# SPDX-License-Identifier: Apache-2.0
"""PFLD (Guo et al. 2019, arXiv 1902.10859): 68 points of one face from 112x112 pixels. The second convolution is
depthwise and the head pools its three scales, as in the widely used implementations."""
import torch
from torch import nn


def conv(inputs, outputs, kernel, stride, padding, groups=1, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return layers + [nn.ReLU()] * relu


class Bottleneck(nn.Module):
    """1x1 expansion, depthwise 3x3, linear 1x1; added to its input where asked for."""

    def __init__(self, inputs, outputs, expansion, stride, skip):
        super().__init__()
        hidden, self.skip = inputs * expansion, skip
        self.body = nn.Sequential(*conv(inputs, hidden, 1, 1, 0), *conv(hidden, hidden, 3, stride, 1, groups=hidden),
                                  *conv(hidden, outputs, 1, 1, 0, relu=False))

    def forward(self, x):
        return x + self.body(x) if self.skip else self.body(x)


class PFLD(nn.Module):
    """[N, 3, 112, 112] to [N, 136]: x0, y0, ... in sides of the crop. `width` scales all channels but the output's."""

    def __init__(self, width):
        super().__init__()
        c16, c32, c64, c128 = (round(n * width) for n in (16, 32, 64, 128))
        self.conv1 = nn.Sequential(*conv(3, c64, 3, 2, 1))
        self.conv2 = nn.Sequential(*conv(c64, c64, 3, 1, 1, groups=c64))
        self.stage3 = nn.Sequential(*[Bottleneck(c64, c64, 2, 2 if i == 0 else 1, i > 0) for i in range(5)])
        self.stage4 = Bottleneck(c64, c128, 2, 2, False)
        self.stage5 = nn.Sequential(*[Bottleneck(c128, c128, 4, 1, i > 0) for i in range(6)])
        self.stage6 = Bottleneck(c128, c16, 2, 1, False)
        self.conv7 = nn.Sequential(*conv(c16, c32, 3, 2, 1))
        self.conv8 = nn.Sequential(*conv(c32, c128, 7, 1, 0))
        self.pool1, self.pool2 = nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(c16 + c32 + c128, 136)

    def features(self, x):
        fine = self.stage6(self.stage5(self.stage4(self.stage3(self.conv2(self.conv1(x))))))
        coarse = self.conv7(fine)
        return torch.cat([self.pool1(fine), self.pool2(coarse), self.conv8(coarse)], 1).flatten(1)

    def forward(self, x):
        return self.fc(self.features(x))
