"""Reads the shipped float ONNX back into the network, so that training can continue from it."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from .network import MobileNetV2
from .pictures import to_tensor


def load_shipped(model: MobileNetV2, file: Path, images: np.ndarray) -> None:
    """Fills `model` from a file of `export`, in which the batch norms are folded.

    Each batch norm gets the mean and variance of its inputs for `images`, and the scale and shift that cancel them:
    the outputs are those of the file, and the norm can learn again.
    """
    constants = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in onnx.load(file).graph.initializer}
    weights = [name.removesuffix("_weights") for name in constants if name.endswith("_weights") and name != "logits_weights"]
    with torch.no_grad():
        for layer, name in zip(model.convolutions(), weights, strict=True):
            layer.conv.weight.copy_(constants[f"{name}_weights"])
            layer.norm.running_var.fill_(1 - layer.norm.eps)
            layer.norm.bias.copy_(constants[f"{name}_bias"])
        model.head.weight.copy_(constants["logits_weights"])
        model.head.bias.copy_(constants["logits_bias"])
        restore_norms(model, images)


def restore_norms(model: MobileNetV2, images: np.ndarray) -> None:
    moments: dict[nn.BatchNorm2d, tuple[Tensor, Tensor]] = {}

    def measure(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        values = inputs[0].permute(0, 2, 3, 1).flatten(0, 2).float()
        mean = values.mean(0)
        moments[norm] = mean, (values - mean).square().mean(0)

    hooks = [layer.norm.register_forward_pre_hook(measure) for layer in model.convolutions()]
    with torch.autocast("cpu", dtype=torch.bfloat16):  # moments need not be exact, and float takes ten times as long
        model.eval()(to_tensor(images).to(memory_format=torch.channels_last))
    for hook in hooks:
        hook.remove()
    for norm, (mean, variance) in moments.items():
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.add_(mean)
