"""The trained network as a short list of plain layers with batch norms folded in: the input of both
exports.
"""

from dataclasses import dataclass, field

import numpy as np
import torch

from .network import Convolution, InvertedResidual, MobileNetV2


@dataclass(frozen=True)
class Layer:
    """One step. `weights` in PyTorch's order: (out, in / groups, height, width), or (out, in) if
    dense.
    """

    kind: str  # "convolution", "depthwise", "add", "mean" or "dense"
    name: str
    inputs: list[str]
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    stride: int = 1
    relu6: bool = False


def layers_of(model: MobileNetV2) -> list[Layer]:
    """From "input" to "embedding" and "logits"."""
    layers: list[Layer] = []
    current = "input"
    for number, block in enumerate(model.features):
        before = current
        inner = block.layers if isinstance(block, InvertedResidual) else [block]
        for step, convolution in enumerate(inner):
            layers.append(folded(convolution, f"block{number}_{step}", current))
            current = layers[-1].name
        if isinstance(block, InvertedResidual) and block.adds_input:
            layers.append(Layer("add", f"block{number}_add", [before, current]))
            current = layers[-1].name
    layers.append(Layer("mean", "embedding", [current]))
    head = model.head
    layers.append(Layer("dense", "logits", ["embedding"], array(head.weight), array(head.bias)))
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
