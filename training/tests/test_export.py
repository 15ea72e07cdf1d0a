"""Run in `training`, with the packages of the training: python -m unittest tests.test_export. It needs no data sets."""

import tempfile
import unittest
from pathlib import Path

import torch
from onnxruntime import InferenceSession

from hangtag_training.export import write_onnx
from hangtag_training.graph import layers_of
from hangtag_training.network import Branched, MobileNetV2
from hangtag_training.settings import Settings

SETTINGS = Settings({"model": {"id": "test", "width": 30, "height": 40}}, Path(), Path())


def random_network() -> Branched:
    torch.manual_seed(1)
    network = Branched(MobileNetV2(11), 14).eval()
    with torch.no_grad():
        for parameter in network.others.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.running_mean.normal_(0, 0.1)
                layer.running_var.uniform_(0.5, 2)
    return network


class BranchedNetwork(unittest.TestCase):
    def setUp(self):
        self.network, self.images = random_network(), torch.randn(2, 3, 40, 30)

    @torch.no_grad()
    def test_exports_what_it_computes(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            write_onnx(layers_of(self.network), SETTINGS, file)
            outputs = InferenceSession(file).run(["logits", "embedding"], {"input": self.images.numpy()})
        for exported, computed in zip(outputs, self.network(self.images), strict=True):
            torch.testing.assert_close(torch.from_numpy(exported), computed, rtol=1e-4, atol=1e-4)

    @torch.no_grad()
    def test_the_gate_chooses_the_branch(self):
        maps = self.network.lower(self.images)
        self.network.gate.weight.zero_()
        for bias, branch in [(30.0, self.network.products), (-30.0, self.network.others)]:
            self.network.gate.bias.fill_(bias)
            torch.testing.assert_close(self.network(self.images)[0], self.network.classified(branch(maps))[0])


if __name__ == "__main__":
    unittest.main()
