# SPDX-License-Identifier: Apache-2.0
"""run_test.py TRAINING: a training that was stopped ends like one that was not. Ends with 77, skipped, without PyTorch."""
import contextlib
import io
import sys
import tempfile
import unittest

try:
    import matplotlib  # noqa: F401
    import torch
except ImportError as missing:
    print(f"SKIPPED: {missing}; `./dev train` installs what is missing")
    sys.exit(77)

sys.path.insert(0, sys.argv[1])
from common import Run  # noqa: E402


class Stop(Exception):
    pass


def train(folder, stop_at=None, steps=30):
    """A tiny network with batch norm and dropout; random data of each step's own generator."""
    def loss_of(net, rng, step):
        if step == stop_at:
            raise Stop
        x = torch.from_numpy(rng.standard_normal((16, 4)).astype("float32"))
        return (net(x) - x.sum(1, keepdim=True)).pow(2).mean()
    torch.manual_seed(7)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.2), torch.nn.Linear(8, 1))
    with contextlib.redirect_stderr(io.StringIO()):
        return Run(folder, seed=1).fit(net, loss_of, steps, 1e-2, lambda net: {"size": 1.0}, warmup=5, every=10)[0]


class Runs(unittest.TestCase):
    def test_a_run_that_was_stopped_ends_with_the_same_weights(self):
        with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as stopped:
            expected = train(whole)
            with self.assertRaises(Stop):
                train(stopped, stop_at=17)
            self.assertEqual(len(Run(stopped, 1).history()), 1)
            found = train(stopped)
            for name, weight in expected.state_dict().items():
                self.assertTrue(torch.equal(weight, found.state_dict()[name]), name)
            self.assertEqual([e["step"] for e in Run(stopped, 1).history()], [10, 20, 30])
            self.assertEqual(Run(whole, 1).log.read_text(), Run(stopped, 1).log.read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
