# SPDX-License-Identifier: Apache-2.0
"""Photos of people with masks for matting: cut to what a camera sees, put before other backgrounds, in other light."""
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass
class Photo:
    image: np.ndarray  # RGB
    mask: np.ndarray  # 0..255
    plate: np.ndarray  # the picture without the person, as far as blur can tell; None for validation

    def person(self):
        """Box (left, top, right, bottom) of the person, or None."""
        rows, columns = np.nonzero(self.mask > 127)
        return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if rows.size > 500 else None


def read_photos(folder, plates, longest=640):
    """image/NAME.* with mask/NAME.*; for training (`plates`) no larger than needed."""
    photos, masks = [], {p.stem: p for p in (folder / "mask").iterdir()}
    for path in sorted((folder / "image").iterdir()):
        image, mask = cv2.imread(str(path)), cv2.imread(str(masks.get(path.stem, "")), cv2.IMREAD_GRAYSCALE)
        if image is None or mask is None:
            raise SystemExit(f"{path}: cannot be read, or there is no mask of that name")
        image = np.ascontiguousarray(image[:, :, ::-1])
        scale = longest / max(mask.shape)
        if plates and scale < 1:
            image, mask = (cv2.resize(x, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for x in (image, mask))
        photos.append(Photo(image, mask, without_person(image, mask) if plates else None))
    return photos


def without_person(image, mask):
    """The person replaced by blurred surroundings, the coarser the further away they are."""
    keep = cv2.erode((mask < 10).astype(np.float32), np.ones((9, 9)))[..., None]
    out, done = keep * image, keep
    for size in (17, 49, 145):
        weight = cv2.blur(cv2.blur(keep[..., 0], (size, size)), (size, size))[..., None]
        colour = cv2.blur(cv2.blur(keep * image, (size, size)), (size, size)) / np.maximum(weight, 1e-4)
        take = (1 - done) * (weight > 0.02)
        out, done = out + take * colour, done + take
    return out.clip(0, 255).astype(np.uint8)


def resized(photo, size):
    """What `tarsier eval matting` sees: averaged over the area of each pixel."""
    return [cv2.resize(x, (size, size), interpolation=cv2.INTER_AREA) for x in (photo.image, photo.mask)]


def window(photo, rng):
    """Centre, width and height of what becomes the picture; mostly head and shoulders or half a body."""
    height, width = photo.mask.shape
    person = photo.person()
    if person is not None and rng.random() < 0.6:
        left, top, right, bottom = person
        tall = bottom - top > 1.6 * (right - left)
        h = (bottom - top) * (rng.uniform(0.22, 0.8) if tall else rng.uniform(0.6, 1.3))
        w = h * rng.uniform(0.75, 1.7)
        head = photo.mask[top:top + max(1, (bottom - top) // 5)] > 127
        x = np.nonzero(head)[1].mean() + w * rng.uniform(-0.25, 0.25)
        return x, top - h * rng.uniform(0, 0.3) + h / 2, w, h
    w, h = width * rng.uniform(0.65, 1.25), height * rng.uniform(0.65, 1.25)
    free = np.abs([width - w, height - h]) / 2
    return width / 2 + free[0] * rng.uniform(-1, 1), height / 2 + free[1] * rng.uniform(-1, 1), w, h


def warp(photo, layers, size, rng):
    """Layers of a photo through the same window, turned, mirrored."""
    x, y, w, h = window(photo, rng)
    turn = np.deg2rad(rng.uniform(-15, 15)) if rng.random() < 0.5 else 0.0
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.diag([w / size * rng.choice([-1, 1]), h / size])
    matrix = np.column_stack([linear, np.array([x, y]) - linear @ [size / 2, size / 2]])
    shrink = max(1, int(min(w, h) / size))
    flags = (cv2.INTER_LINEAR if shrink < 2 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
    return [cv2.warpAffine(x, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE) for x in layers]


def background(photos, size, rng):
    """Another photo's plate, sharp or blurred, or smooth colours."""
    if rng.random() < 0.8:
        other = photos[rng.integers(len(photos))]
        plate = warp(other, [other.plate], size, rng)[0]
        return cv2.blur(plate, (int(rng.integers(2, 12)) * 2 + 1,) * 2) if rng.random() < 0.35 else plate
    cells = int(rng.integers(2, 9))
    colours = rng.uniform(0, 255, (cells, cells, 3)) * rng.uniform(0.1, 1) + rng.uniform(0, 120, 3)
    return cv2.resize(colours.clip(0, 255).astype(np.uint8), (size, size), interpolation=cv2.INTER_CUBIC)


def as_webcam(image, rng):
    """Exposure, contrast, colour, gamma; blur, noise and compression."""
    x = image.astype(np.float32) / 255
    if rng.random() < 0.8:
        x = x * np.float32(rng.uniform(0.6, 1.4)) * rng.uniform(0.85, 1.15, 3).astype(np.float32)
        x = (x - 0.5) * np.float32(rng.uniform(0.6, 1.4)) + np.float32(rng.uniform(0.38, 0.62))
        grey = x.mean(2, keepdims=True)
        x = (grey + (x - grey) * np.float32(rng.uniform(0, 1.5))).clip(0, 1) ** np.float32(np.exp(rng.uniform(-0.6, 0.6)))
    if rng.random() < 0.2:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.35:
        x = x + rng.standard_normal(x.shape, np.float32) * np.float32(rng.uniform(0.005, 0.06))
    x = (x.clip(0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.35:
        x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))])[1], cv2.IMREAD_COLOR)
    return x


def example(photo, photos, size, rng, composed=0.45):
    """Picture and mask; sometimes nobody is there."""
    if rng.random() < 0.04:
        return as_webcam(background(photos, size, rng), rng), np.zeros((size, size), np.uint8)
    image, mask = warp(photo, [photo.image, photo.mask], size, rng)
    if rng.random() < composed:
        cover = ((mask.astype(np.float32)[..., None] - 20) / 200).clip(0, 1)
        backdrop = background(photos, size, rng) * np.float32(rng.uniform(0.6, 1.2))
        image = (cover * image + (1 - cover) * backdrop).clip(0, 255).astype(np.uint8)
    return as_webcam(image, rng), mask
