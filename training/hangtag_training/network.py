"""MobileNetV2 with TensorFlow's padding, so the same weights give the same result in every
export.

TensorFlow's SAME puts the odd pixel of padding at the bottom and right; PyTorch's padding is
symmetric. The ImageNet backbone was trained with TensorFlow's, and TensorFlow.js computes it, so it
is used everywhere.
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import h5py
import torch
import torch.nn.functional as F
from torch import Tensor, nn

# (expansion, output channels, repeats, stride of the first): table 2 of arXiv:1801.04381
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
EMBEDDING = 1280
BATCH_NORM_EPS = 1e-3  # Keras' value; PyTorch's default is 1e-5


def rounded(channels: float) -> int:
    """Channels rounded to a multiple of 8, never down by more than a tenth, as in the reference code."""
    whole = max(8, int(channels + 4) // 8 * 8)
    return whole + 8 if whole < 0.9 * channels else whole


class Convolution(nn.Module):
    """Convolution without bias, batch norm, and ReLU6 unless `activation` is "linear"."""

    def __init__(self, conv: nn.Conv2d, activation: str = "relu6"):
        super().__init__()
        self.conv = conv
        self.norm = nn.BatchNorm2d(conv.out_channels, eps=BATCH_NORM_EPS, momentum=0.03)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.conv.kernel_size[0], self.conv.stride[0]
        if stride == 2:
            bottom, right = (max((-(-n // 2) - 1) * 2 + kernel - n, 0) for n in x.shape[2:])
            x = F.pad(x, (right // 2, right - right // 2, bottom // 2, bottom - bottom // 2))
        x = self.norm(self.conv(x))
        return F.relu6(x) if self.activation == "relu6" else x


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    padding = kernel // 2 if stride == 1 else 0
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


class InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int):
        super().__init__()
        hidden = inputs * expansion
        self.adds_input = stride == 1 and inputs == outputs
        self.layers = nn.Sequential()
        if expansion != 1:
            self.layers.append(Convolution(convolution(inputs, hidden)))
        self.layers.append(Convolution(convolution(hidden, hidden, 3, stride, hidden)))
        self.layers.append(Convolution(convolution(hidden, outputs), "linear"))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.adds_input else self.layers(x)


class MobileNetV2(nn.Module):
    """Images (n, 3, height, width) in -1..1 to (logits (n, outputs), embedding (n, 1280))."""

    def __init__(self, outputs: int, width: float = 1.0, dropout: float = 0.2):
        super().__init__()
        channels = rounded(32 * width)
        self.features = nn.Sequential(Convolution(convolution(3, channels, 3, 2)))
        for expansion, stage, repeats, first_stride in STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                self.features.append(InvertedResidual(channels, rounded(stage * width), stride, expansion))
                channels = rounded(stage * width)
        self.features.append(Convolution(convolution(channels, EMBEDDING)))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, outputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.features(x).mean((2, 3))
        return self.head(self.dropout(embedding)), embedding

    def convolutions(self) -> Iterator[Convolution]:
        """Every convolution in the order of computation, which is Keras' order of creation."""
        return (module for module in self.modules() if isinstance(module, Convolution))


class Branched(nn.Module):
    """A network whose upper blocks exist twice: for product photos, and for all other pictures.

    The gate, a linear layer on the mean of the maps of the lower blocks, says how much the features of each count. Both
    have the same head. Images as above; maps (n, 96, height / 16, width / 16) for the lower blocks of MobileNetV2 1.0.
    """

    def __init__(self, network: MobileNetV2, lower: int):
        super().__init__()
        self.lower, self.products = network.features[:lower], network.features[lower:]
        self.others = copy.deepcopy(self.products)
        self.gate = nn.Linear(self.lower[-1].layers[-1].conv.out_channels, 1)
        self.dropout, self.head = network.dropout, network.head

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.upper(self.lower(x))

    def upper(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        share = torch.sigmoid(self.gate(maps.mean((2, 3))))[..., None, None]
        return self.classified(torch.lerp(self.others(maps), self.products(maps), share))

    def classified(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = features.mean((2, 3))
        return self.head(self.dropout(embedding)), embedding


def load_imagenet(model: MobileNetV2, file: Path) -> None:
    """Fills the backbone from a Keras 3 weights file (kernels HWIO, depthwise HWCM with multiplier 1).

    A narrower model takes the first channels of each layer: a rough start, but better than noise.
    """
    counts = {"conv2d": 0, "depthwise_conv2d": 0, "batch_normalization": 0}

    def following(kind: str) -> list[Tensor]:
        number = counts[kind]
        counts[kind] += 1
        variables = weights[f"layers/{kind}_{number}" if number else f"layers/{kind}"]["vars"]
        return [torch.from_numpy(variables[str(index)][()]) for index in range(len(variables))]

    with h5py.File(file) as weights, torch.no_grad():
        for layer in model.convolutions():
            depthwise = layer.conv.groups > 1
            kernel = following("depthwise_conv2d" if depthwise else "conv2d")[0]
            kernel = kernel.permute(2, 3, 0, 1) if depthwise else kernel.permute(3, 2, 0, 1)
            fill(layer.conv.weight, kernel)
            norm = layer.norm
            targets = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
            for target, source in zip(targets, following("batch_normalization"), strict=True):
                fill(target, source)


def fill(target: Tensor, source: Tensor) -> None:
    target.copy_(source[tuple(slice(size) for size in target.shape)])
