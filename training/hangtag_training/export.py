"""Writes the trained weights as ONNX (`model.fp32.onnx`) and as a TensorFlow.js graph model (`tfjs/`)."""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .graph import Layer, layers_of
from .network import Branched, MobileNetV2
from .settings import Settings, from_arguments
from .train import new_model

SHARD_BYTES = 4 * 1024 * 1024


def main() -> None:
    settings = from_arguments(__doc__)
    layers = layers_of(trained(settings).eval())
    settings.exports.mkdir(parents=True, exist_ok=True)
    write_onnx(layers, settings, settings.exports / "model.fp32.onnx")
    write_tfjs(layers, settings, settings.exports / "tfjs")


def trained(settings: Settings) -> MobileNetV2 | Branched:
    """The network that `train` or, after it, `adapt` made."""
    state, model = torch.load(settings.run / "weights.pt"), new_model(settings)
    network = Branched(model, settings.config["adapt"]["lower_blocks"]) if "gate.weight" in state else model
    network.load_state_dict(state)
    return network


# ONNX: NCHW, any batch.


def write_onnx(layers: list[Layer], settings: Settings, file: Path) -> None:
    width, height = settings.input_size
    limits = [numpy_helper.from_array(np.float32(value), name) for name, value in [("zero", 0), ("six", 6)]]
    nodes, constants, sizes = [], limits, {"input": (height, width)}
    for layer in layers:
        made, sizes[layer.name] = onnx_nodes(layer, sizes[layer.inputs[0]])
        nodes += made
        constants += [
            numpy_helper.from_array(values, f"{layer.name}_{role}")
            for role, values in [("weights", layer.weights), ("bias", layer.bias)]
            if values.size
        ]
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        settings.config["model"]["id"],
        [helper.make_tensor_value_info("input", floats, ["batch", 3, height, width])],
        [
            helper.make_tensor_value_info("logits", floats, ["batch", len(layers[-1].bias)]),
            helper.make_tensor_value_info("embedding", floats, ["batch", layers[-1].weights.shape[1]]),
        ],
        constants,
    )
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="hangtag-training")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)


ELEMENTWISE = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "sigmoid": "Sigmoid"}


def onnx_nodes(layer: Layer, size: tuple[int, int]) -> tuple[list[onnx.NodeProto], tuple[int, int]]:
    """The nodes of a layer whose input has `size`, and the size of its output."""
    if layer.kind in ELEMENTWISE:
        return [helper.make_node(ELEMENTWISE[layer.kind], layer.inputs, [layer.name], layer.name)], size
    if layer.kind == "pool":
        return [helper.make_node("GlobalAveragePool", layer.inputs, [layer.name], layer.name)], (1, 1)
    if layer.kind == "mean":
        pooled = f"{layer.name}_pooled"
        return [
            helper.make_node("GlobalAveragePool", layer.inputs, [pooled]),
            helper.make_node("Flatten", [pooled], [layer.name]),
        ], (1, 1)
    inputs = [*layer.inputs, f"{layer.name}_weights", f"{layer.name}_bias"]
    if layer.kind == "dense":
        return [helper.make_node("Gemm", inputs, [layer.name], layer.name, transB=1)], size
    kernel = layer.weights.shape[2]
    outputs = tuple(-(-extent // layer.stride) for extent in size)
    padding = [max((o - 1) * layer.stride + kernel - extent, 0) for o, extent in zip(outputs, size, strict=True)]
    before = [total // 2 for total in padding]
    after = [total - half for total, half in zip(padding, before, strict=True)]
    convolved = f"{layer.name}_linear" if layer.relu6 else layer.name
    convolution = helper.make_node(
        "Conv",
        inputs,
        [convolved],
        layer.name,
        kernel_shape=[kernel, kernel],
        strides=[layer.stride, layer.stride],
        pads=[*before, *after],
        group=layer.weights.shape[0] if layer.kind == "depthwise" else 1,
    )
    clip = helper.make_node("Clip", [convolved, "zero", "six"], [layer.name])
    return [convolution, clip] if layer.relu6 else [convolution], outputs


# TensorFlow.js: NHWC, in the form of its converter, with fused convolution, bias and ReLU6.


def write_tfjs(layers: list[Layer], settings: Settings, folder: Path) -> None:
    width, height = settings.input_size
    shape = {"dim": [{"size": str(size)} for size in (-1, height, width, 3)]}
    nodes = [{"name": "input", "op": "Placeholder", "attr": {"dtype": FLOAT, "shape": {"shape": shape}}}]
    constants = {"spatial": np.array([1, 2], np.int32)}
    for layer in layers:
        constants |= tfjs_constants(layer)
        nodes.append(tfjs_node(layer))
    nodes += [constant_node(name, values) for name, values in constants.items()]
    outputs = {name: tensor_info(name, ["-1", size]) for name, size in
               [("logits", str(len(layers[-1].bias))), ("embedding", str(layers[-1].weights.shape[1]))]}
    model = {
        "format": "graph-model",
        "generatedBy": "hangtag-training",
        "convertedBy": "hangtag-training",
        "signature": {"inputs": {"input": {"name": "input:0", "dtype": "DT_FLOAT", "tensorShape": shape}}, "outputs": outputs},
        "modelTopology": {"node": nodes, "library": {}, "versions": {"producer": 1882}},
        "weightsManifest": write_shards(constants, folder),
    }
    (folder / "model.json").write_text(json.dumps(model, separators=(",", ":")))


FLOAT = {"type": "DT_FLOAT"}


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def tensor_info(name: str, sizes: list[str]) -> dict:
    return {"name": f"{name}:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": size} for size in sizes]}}


def constant_node(name: str, values: np.ndarray) -> dict:
    kind = "DT_INT32" if values.dtype == np.int32 else "DT_FLOAT"
    shape = {"dim": [{"size": str(size)} for size in values.shape]}
    tensor = {"dtype": kind, "tensorShape": shape}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": kind}, "value": {"tensor": tensor}}}


def tfjs_constants(layer: Layer) -> dict[str, np.ndarray]:
    if not layer.weights.size:
        return {}
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[layer.kind]
    weights = np.ascontiguousarray(layer.weights.transpose(order))
    return {f"{layer.name}_weights": weights, f"{layer.name}_bias": layer.bias}


def tfjs_node(layer: Layer) -> dict:
    if layer.kind in ELEMENTWISE:
        operation = {"add": "AddV2"}.get(layer.kind, ELEMENTWISE[layer.kind])
        return {"name": layer.name, "op": operation, "input": layer.inputs, "attr": {"T": FLOAT}}
    if layer.kind in ("mean", "pool"):
        attributes = {"T": FLOAT, "Tidx": {"type": "DT_INT32"}, "keep_dims": {"b": layer.kind == "pool"}}
        return {"name": layer.name, "op": "Mean", "input": [*layer.inputs, "spatial"], "attr": attributes}
    inputs = [*layer.inputs, f"{layer.name}_weights", f"{layer.name}_bias"]
    fused = ["BiasAdd", "Relu6"] if layer.relu6 else ["BiasAdd"]
    attributes = {
        "T": FLOAT,
        "num_args": {"i": "1"},
        "epsilon": {"f": 0.0},
        "fused_ops": {"list": {"s": [text(name) for name in fused]}},
    }
    if layer.kind == "dense":
        attributes |= {"transpose_a": {"b": False}, "transpose_b": {"b": False}}
        return {"name": layer.name, "op": "_FusedMatMul", "input": inputs, "attr": attributes}
    stride = str(layer.stride)
    attributes |= {
        "strides": {"list": {"i": ["1", stride, stride, "1"]}},
        "dilations": {"list": {"i": ["1", "1", "1", "1"]}},
        "padding": {"s": text("SAME")},
        "data_format": {"s": text("NHWC")},
    }
    operation = "FusedDepthwiseConv2dNative" if layer.kind == "depthwise" else "_FusedConv2D"
    return {"name": layer.name, "op": operation, "input": inputs, "attr": attributes}


def write_shards(constants: dict[str, np.ndarray], folder: Path) -> list[dict]:
    """All constants in sequence, cut into files of a size that browsers cache well."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.bin"):
        old.unlink()
    data = b"".join(values.tobytes() for values in constants.values())
    count = -(-len(data) // SHARD_BYTES)
    paths = [f"group1-shard{number + 1}of{count}.bin" for number in range(count)]
    for number, path in enumerate(paths):
        (folder / path).write_bytes(data[number * SHARD_BYTES : (number + 1) * SHARD_BYTES])
    weights = [
        {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)} for name, values in constants.items()
    ]
    return [{"paths": paths, "weights": weights}]


if __name__ == "__main__":
    main()
