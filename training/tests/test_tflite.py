"""Run in `training`, with the packages for TensorFlow: python -m unittest tests.test_tflite. It needs no data sets."""

import json
import unittest

import numpy as np
import onnx
from onnxruntime import InferenceSession

from hangtag_training.settings import REPOSITORY
from hangtag_training.tflite import FILE, Network, golden_input, tflite_of

FOLDER = REPOSITORY / "models" / "fashion-mobilenetv2"


class ShippedFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manifest = json.loads((FOLDER / "manifest.json").read_text())
        cls.onnx = FOLDER / cls.manifest["engines"]["onnx-fp32"]
        cls.pictures = [golden_input(FOLDER, golden, cls.manifest) for golden in cls.manifest["golden"]]

    def faults(self, network: Network) -> list[str]:
        """The golden pictures with other outputs than the manifest states."""
        return [
            golden["file"]
            for golden, picture in zip(self.manifest["golden"], self.pictures, strict=True)
            if np.abs(network.run(picture)[0] - golden["outputs"]["tflite"]).max() > golden["tolerance"]["tflite"]
        ]

    def farthest_from_onnx(self, network: Network) -> tuple[float, float]:
        """The largest differences of a logit and of a number of the embedding."""
        float32 = InferenceSession(self.onnx)
        both = [(network.run(p), float32.run(["logits", "embedding"], {"input": p.transpose(2, 0, 1)[None]})) for p in self.pictures]
        return tuple(max(float(np.abs(ours[at] - theirs[at][0]).max()) for ours, theirs in both) for at in (0, 1))

    def test_gives_the_golden_outputs(self):
        self.assertEqual(self.faults(Network((FOLDER / FILE).read_bytes())), [])

    def test_is_close_to_onnx_in_float(self):
        logits, embedding = self.farthest_from_onnx(Network((FOLDER / FILE).read_bytes()))
        self.assertLess(logits, 0.1)
        self.assertLess(embedding, 0.2)

    def test_is_the_same_graph_before_its_weights_are_rounded(self):
        logits, embedding = self.farthest_from_onnx(Network(tflite_of(onnx.load(self.onnx), is_rounded=False)))
        self.assertLess(logits, 1e-4)
        self.assertLess(embedding, 1e-4)

    def test_finds_a_network_with_other_weights(self):
        model = onnx.load(self.onnx)
        bias = next(tensor for tensor in model.graph.initializer if tensor.name == "block9_2_bias")
        bias.raw_data = bytes(len(bias.raw_data))
        self.assertNotEqual(self.faults(Network(tflite_of(model))), [])


if __name__ == "__main__":
    unittest.main()
