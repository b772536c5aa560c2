# SPDX-License-Identifier: Apache-2.0
"""inputs_test.py TRAINING PROGRAM: the recipes make of a file what the program makes of it. Ends with 77, skipped,
where PyTorch and its company are not installed."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import cv2
    import numpy as np
    import soundfile
    import torch
except ImportError as missing:
    print(f"SKIPPED: {missing}; `./dev train` installs what is missing")
    sys.exit(77)

TRAINING, PROGRAM = sys.argv[1:3]
sys.path.insert(0, TRAINING)
import faces  # noqa: E402
import photos  # noqa: E402
import speech  # noqa: E402
import tcresnet  # noqa: E402


def picture(height, width):
    """Smooth colours: interpolation of a few bits less shows as little as it does in photos."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / a + c) * np.cos(y / b) for a, b, c in ((23, 31, 0), (17, 41, 1), (37, 19, 2))]
    return ((np.stack(waves, 2) + 1) * 127).astype(np.uint8)


class Inputs(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)

    def theirs(self, task, file):
        out = self.folder / "out.npy"
        subprocess.run([PROGRAM, task, file, out], check=True)
        return np.load(out)

    def test_a_clip_becomes_the_same_coefficients(self):
        time = np.arange(40000) / speech.RATE
        loud = np.exp(-((time - 1.4) / 0.2) ** 2) + 0.3 * np.exp(-((time - 0.4) / 0.05) ** 2)
        noise = np.random.default_rng(1).standard_normal(time.size) * 0.002
        sound = 0.4 * loud * np.sin(2 * np.pi * (300 * time + 400 * time ** 2)) + noise
        soundfile.write(self.folder / "clip.wav", sound, speech.RATE, subtype="PCM_16")
        samples = speech.read(self.folder / "clip.wav")
        ours = tcresnet.Features()(torch.from_numpy(speech.around_word(samples))[None]).numpy()
        np.testing.assert_allclose(ours, self.theirs("keywords", self.folder / "clip.wav"), atol=0.02)

    def test_a_face_becomes_the_same_crop(self):
        image = picture(240, 200)
        (self.folder / "img").mkdir()
        cv2.imwrite(str(self.folder / "img/q_face.png"), image)
        turn = np.linspace(0, 2 * np.pi, 68)
        points = np.stack([30 + 55 * np.cos(turn), 120 + 70 * np.sin(turn)], 1)  # over the left edge
        names = ",".join(f"x{i},y{i}" for i in range(68))
        row = ",".join(f"{v:.3f}" for v in points.reshape(-1))
        (self.folder / "landmarks68.csv").write_text(f"file,{names}\nq_face.png,{row}\n")
        ours, _ = faces.plain(faces.read_faces(self.folder)[0])
        theirs = self.theirs("landmarks", self.folder)[0].transpose(1, 2, 0) * 255
        far = np.abs(ours - theirs).max(2)
        inside = faces.cut(np.full_like(image, 255), faces.crop_matrix(*faces.square(points + 0.5)))[:, :, 0] == 255
        self.assertLess(far[inside].max(), 3)  # OpenCV places samples on a grid of 1/32 pixel
        self.assertLess(ours[:, 0].max(), 1)  # black outside
        self.assertLess(theirs[:, 0].max(), 1)

    def test_a_photo_becomes_the_same_square(self):
        image = picture(391, 512)
        cv2.imwrite(str(self.folder / "photo.png"), image)
        ours, _ = photos.resized(photos.Photo(image[:, :, ::-1], image[:, :, 0], None), 128)
        theirs = self.theirs("matting", self.folder / "photo.png")[0].transpose(1, 2, 0) * 255
        self.assertLess(np.abs(ours - theirs).max(), 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
