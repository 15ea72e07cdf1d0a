"""Adds `model.float16.tflite` to a model folder, for devices: the network of `model.fp32.onnx` with weights of 16 bits.

    python -m hangtag_training.tflite [--model FOLDER]

The manifest gets the file, and for each golden picture the outputs that the file gives.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
from onnx import NodeProto, helper, numpy_helper
from PIL import Image

from .folder import described
from .settings import REPOSITORY

FILE = "model.float16.tflite"
ENGINE = "tflite"
# Three times what 16 bits change at most: a device may also compute in 16 bits.
TOLERANCE_FACTOR = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=REPOSITORY / "models" / "fashion-mobilenetv2")
    folder = parser.parse_args().model
    manifest = json.loads((folder / "manifest.json").read_text())
    content = tflite_of(onnx.load(folder / manifest["engines"]["onnx-fp32"]))
    (folder / FILE).write_bytes(content)
    network = Network(content)
    pictures = [golden_input(folder, golden, manifest) for golden in manifest["golden"]]
    outputs = [network.run(picture)[0] for picture in pictures]
    expected = [np.array(golden["outputs"]["onnx-fp32"]) for golden in manifest["golden"]]
    farthest = max(float(np.abs(a - b).max()) for a, b in zip(outputs, expected, strict=True))
    for golden, scores in zip(manifest["golden"], outputs, strict=True):
        golden["outputs"][ENGINE] = [round(float(score), 5) for score in scores]
        golden["tolerance"][ENGINE] = round(TOLERANCE_FACTOR * farthest, 3)
    manifest["engines"][ENGINE] = FILE
    others = [file for file in manifest["files"] if file["path"] != FILE]
    after = next(at for at, file in enumerate(others) if file["path"] == manifest["engines"]["onnx-fp32"]) + 1
    manifest["files"] = [*others[:after], described(folder / FILE, folder), *others[after:]]
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    print(f"{FILE}: {len(content)} bytes; largest difference of an output from ONNX in float: {farthest:.5f}")


def tflite_of(model: onnx.ModelProto, is_rounded: bool = True) -> bytes:
    """The graph of `export`, as TensorFlow Lite: one picture, NHWC, to `logits` and `embedding`.

    `is_rounded`: weights of 16 bits instead of 32.
    """
    height, width = [size.dim_value for size in model.graph.input[0].type.tensor_type.shape.dim[2:]]

    @tf.function(input_signature=[tf.TensorSpec([1, height, width, 3], tf.float32, "input")])
    def run(picture: tf.Tensor) -> dict[str, tf.Tensor]:
        values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        values["input"] = picture
        for node in model.graph.node:
            values[node.output[0]] = OPERATIONS[node.op_type](node, *(values[name] for name in node.input))
        return {output.name: values[output.name] for output in model.graph.output}

    # Without the module, the file would have no names of outputs.
    module = tf.Module()
    module.run = run
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run.get_concrete_function()], module)
    if is_rounded:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def convolve(node: NodeProto, x: tf.Tensor, weights: np.ndarray, bias: np.ndarray) -> tf.Tensor:
    """The padding of the export is TensorFlow's SAME."""
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    strides = [1, *attributes["strides"], 1]
    if attributes["group"] > 1:
        return tf.nn.depthwise_conv2d(x, weights.transpose(2, 3, 0, 1), strides, "SAME") + bias
    return tf.nn.conv2d(x, weights.transpose(2, 3, 1, 0), strides, "SAME") + bias


# By the type of the ONNX node.
OPERATIONS = {
    "Conv": convolve,
    # The export clips to 0..6 only.
    "Clip": lambda _, x, low, high: tf.nn.relu6(x),
    "Add": lambda _, one, other: one + other,
    "Sub": lambda _, one, other: one - other,
    "Mul": lambda _, one, other: one * other,
    "Sigmoid": lambda _, x: tf.sigmoid(x),
    "GlobalAveragePool": lambda _, x: tf.reduce_mean(x, (1, 2), keepdims=True),
    "Flatten": lambda _, x: tf.reshape(x, (1, -1)),
    "Gemm": lambda _, x, weights, bias: tf.matmul(x, weights.T) + bias,
}


class Network:
    """Runs a file of `tflite_of`."""

    def __init__(self, content: bytes):
        self.runner = tf.lite.Interpreter(model_content=content, num_threads=1).get_signature_runner()

    def run(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float32 (height, width, 3) in the range of the manifest to (logits, embedding)."""
        outputs = self.runner(input=picture[None])
        return outputs["logits"][0], outputs["embedding"][0]


def golden_input(folder: Path, golden: dict, manifest: dict) -> np.ndarray:
    return input_of(Image.open(folder / golden["file"]).convert("RGB"), manifest)


def input_of(picture: Image.Image, manifest: dict) -> np.ndarray:
    """float32 (height, width, 3) in the range of the manifest; a picture of another size is resized as in the training."""
    size = (manifest["input"]["width"], manifest["input"]["height"])
    pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC), np.float32)
    scale, offset = (np.array(manifest["preprocessing"][name], np.float32) for name in ("scale", "offset"))
    return pixels * scale + offset


if __name__ == "__main__":
    main()
