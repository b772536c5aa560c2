# SPDX-License-Identifier: Apache-2.0
"""Faces for landmark training: crops as apps/common/faces.cpp makes them, and what cameras and people do to faces.

Coordinates are continuous: pixel i covers [i, i + 1). Annotations have pixel centres at whole numbers; OFFSETS is added
to them, half a pixel and what the annotators were off (see the model cards).
"""
import csv
from dataclasses import dataclass

import cv2
import numpy as np

SIZE, CROP = 112, 1.2  # side of the network's input; side of the crop in larger sides of the box around the points
OFFSETS = {"h": (0.0, 0.0), "y": (-0.6, 0.0)}
# MIRROR[i] is the point that point i becomes in a mirrored picture.
MIRROR = np.array([*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46,
                   39, 38, 37, 36, 41, 40, *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)])


@dataclass
class Face:
    image: np.ndarray  # RGB
    points: np.ndarray  # [68, 2]
    group: str


def read_faces(folder):
    """Faces of a folder with img/ and landmarks68.csv."""
    faces = []
    with open(folder / "landmarks68.csv", newline="", encoding="ascii") as file:
        rows = csv.reader(file)
        next(rows)
        for name, *numbers in rows:
            image, group = cv2.imread(str(folder / "img" / name)), name.split("_")[0]
            if image is None or len(numbers) != 136:
                raise SystemExit(f"{folder}/landmarks68.csv: {name} cannot be read or has not 136 numbers")
            points = np.array(numbers, np.float32).reshape(68, 2) + np.float32(OFFSETS.get(group, (0.5, 0.5)))
            faces.append(Face(np.ascontiguousarray(image[:, :, ::-1]), points, group))
    return faces


def square(points):
    """Centre and side of the crop."""
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, float((high - low).max()) * CROP


def crop_matrix(centre, side, degrees=0.0, mirrored=False):
    """From the picture to pixels of the crop."""
    turn = np.deg2rad(degrees)
    linear = SIZE / side * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    if mirrored:
        linear[0] *= -1
    return np.column_stack([linear, SIZE / 2 - linear @ centre])


def cut(image, matrix, border=cv2.BORDER_CONSTANT):
    centred = matrix.copy()  # OpenCV has pixel centres at whole numbers
    centred[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    return cv2.warpAffine(image, centred, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=border)


def moved(points, matrix):
    """Points in sides of the crop."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32) / SIZE


def plain(face):
    matrix = crop_matrix(*square(face.points))
    return cut(face.image, matrix), moved(face.points, matrix)


def augmented(face, others, rng, strength):
    """A crop as an inexact detector would make it, in other light, blurred or covered; `strength` from 0 to 1."""
    centre, side = square(face.points)
    centre = centre + side * 0.06 * strength * rng.standard_normal(2).clip(-2, 2)
    degrees = float(np.clip(rng.normal(0, 15 * strength), -32, 32))
    matrix = crop_matrix(centre, side * rng.uniform(0.9, 1.1), degrees, mirror := rng.random() < 0.5)
    border = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)[rng.integers(3)]
    image, points = cut(face.image, matrix, border), moved(face.points, matrix)
    if rng.random() < 0.8 * strength:
        image = relit(image, rng)
    if rng.random() < 0.35 * strength:
        cover(image, others[rng.integers(len(others))].image, rng)
    if rng.random() < 0.35 * strength:
        image = blurred(image, rng)
    if rng.random() < 0.2 * strength:
        noise = rng.standard_normal(image.shape, np.float32) * rng.uniform(2, 20)
        image = (image + noise).clip(0, 255).astype(np.uint8)
    return image, points[MIRROR] if mirror else points


def relit(image, rng):
    """Gain, gamma and colour by a table; light from one side; sometimes grey."""
    levels = np.linspace(0, 1, 256)[:, None] ** rng.uniform(0.65, 1.5)
    table = (levels - 0.5) * rng.uniform(0.65, 1.4) * rng.uniform(0.88, 1.12, 3) + 0.5 + rng.uniform(-0.18, 0.18)
    image = cv2.LUT(image, (table * 255).clip(0, 255).astype(np.uint8)[None])
    if rng.random() < 0.25:
        ramp = np.linspace(*rng.uniform(0.5, 1.4, 2), SIZE, dtype=np.float32)
        ramp = ramp[None, :, None] if rng.random() < 0.7 else ramp[:, None, None]
        image = (image * ramp).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)
    return image


def cover(image, other, rng):
    """A rectangle of one colour or of another picture over a part of the face."""
    height, width = rng.integers(12, 48, 2)
    top, left = rng.integers(0, SIZE - height), rng.integers(0, SIZE - width)
    patch = image[top:top + height, left:left + width]
    if rng.random() < 0.5 or min(other.shape[:2]) <= 48:
        patch[:] = rng.integers(0, 256, 3)
    else:
        y, x = rng.integers(0, other.shape[0] - height), rng.integers(0, other.shape[1] - width)
        patch[:] = other[y:y + height, x:x + width]


def blurred(image, rng):
    """Out of focus, in motion, or far away."""
    kind = rng.random()
    if kind < 0.3:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.0))
    if kind < 0.55:
        kernel, turn = np.zeros((9, 9), np.float32), rng.uniform(0, np.pi)
        reach = np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(1.5, 4)
        cv2.line(kernel, tuple((4 - reach).round().astype(int).tolist()), tuple((4 + reach).round().astype(int).tolist()), 1)
        return cv2.filter2D(image, -1, kernel / kernel.sum())
    small = int(rng.integers(24, 80))
    return cv2.resize(cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA), (SIZE, SIZE))
