"""The trained network as a short list of plain layers with batch norms folded in: the input of both
exports.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from .network import Branched, Convolution, InvertedResidual, MobileNetV2


@dataclass(frozen=True)
class Layer:
    """One step. `weights` in PyTorch's order: (out, in / groups, height, width), or (out, in) if
    dense.
    """

    kind: str  # "convolution", "depthwise", "dense", "mean", "pool" (a mean that stays a map), or the name of a function of its inputs
    name: str
    inputs: list[str]
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    stride: int = 1
    relu6: bool = False


def layers_of(model: MobileNetV2 | Branched) -> list[Layer]:
    """From "input" to "embedding" and "logits". The last maps of a branched network are "features"."""
    layers = branched_layers(model) if isinstance(model, Branched) else block_layers(model.features, "block", "input")
    head = model.head
    layers.append(Layer("mean", "embedding", [layers[-1].name]))
    layers.append(Layer("dense", "logits", ["embedding"], array(head.weight), array(head.bias)))
    return layers


def branched_layers(model: Branched) -> list[Layer]:
    lower = block_layers(model.lower, "block", "input")
    maps = lower[-1].name
    products, others = (
        block_layers(blocks, name, maps, len(model.lower)) for blocks, name in [(model.products, "products"), (model.others, "others")]
    )
    weights = array(model.gate.weight[..., None, None])
    return [
        *lower,
        *products,
        *others,
        Layer("pool", "gate_pooled", [maps]),
        Layer("convolution", "gate_linear", ["gate_pooled"], weights, array(model.gate.bias)),
        Layer("sigmoid", "gate", ["gate_linear"]),
        Layer("subtract", "features_difference", [products[-1].name, others[-1].name]),
        Layer("multiply", "features_share", ["features_difference", "gate"]),
        Layer("add", "features", [others[-1].name, "features_share"]),
    ]


def block_layers(blocks: nn.Sequential, prefix: str, source: str, first: int = 0) -> list[Layer]:
    """The layers of blocks numbered from `first`."""
    layers: list[Layer] = []
    current = source
    for number, block in enumerate(blocks, start=first):
        before = current
        inner = block.layers if isinstance(block, InvertedResidual) else [block]
        for step, convolution in enumerate(inner):
            layers.append(folded(convolution, f"{prefix}{number}_{step}", current))
            current = layers[-1].name
        if isinstance(block, InvertedResidual) and block.adds_input:
            layers.append(Layer("add", f"{prefix}{number}_add", [before, current]))
            current = layers[-1].name
    return layers


def folded(layer: Convolution, name: str, source: str) -> Layer:
    """Convolution and batch norm as one convolution with a bias."""
    conv, norm = layer.conv, layer.norm
    factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weights = conv.weight * factor[:, None, None, None]
    bias = norm.bias - norm.running_mean * factor
    kind = "depthwise" if conv.groups > 1 else "convolution"
    return Layer(kind, name, [source], array(weights), array(bias), conv.stride[0], layer.activation == "relu6")


def array(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().float().numpy())
