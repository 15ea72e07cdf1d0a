"""Makes `model.int8.onnx`: static, 8 bits, one scale for each channel, ranges measured on training
pictures.
"""

from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from tqdm import tqdm

from .pictures import Cache, fitted
from .runtime import to_input
from .settings import Settings, from_arguments

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}


class TrainingSample(CalibrationDataReader):
    """Training pictures of every source but the composites, one at a time."""

    def __init__(self, settings: Settings):
        cache = Cache(settings)
        rows = cache.index[(cache.index.split == "train") & ~cache.index.source.str.startswith("scenes")]
        count = settings.config["quantise"]["calibration_images"]
        chosen = rows.sample(count, random_state=settings.config["seed"]).itertuples()
        images = (fitted(cache.image(row.source, row.row), settings.input_size) for row in chosen)
        self.feeds = ({"input": to_input(image[None])} for image in tqdm(images, total=count, unit="image"))

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.feeds, None)


def depthwise_in_eight_bits(file: Path) -> dict[str, list[dict]]:
    """Depthwise kernels have few weights, so each one matters, and their sums overflow on no
    processor.
    """
    nodes = onnx.load(file).graph.node
    depthwise = [node for node in nodes if any(a.name == "group" and a.i > 1 for a in node.attribute)]
    return {node.input[1]: [{"axis": 0, "reduce_range": False}] for node in depthwise}


def main() -> None:
    settings = from_arguments(__doc__)
    options = settings.config["quantise"]
    prepared = settings.exports / "prepared.onnx"
    quant_pre_process(settings.exports / "model.fp32.onnx", prepared)
    quantize_static(
        prepared,
        settings.exports / "model.int8.onnx",
        TrainingSample(settings),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        # Seven bits for weights: processors without VNNI add pairs of products in 16 bits, which
        # eight bits would overflow.
        reduce_range=True,
        extra_options={"TensorQuantOverrides": depthwise_in_eight_bits(prepared)},
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=METHODS[options["method"]],
        nodes_to_exclude=options["keep_float"],
    )
    prepared.unlink()


if __name__ == "__main__":
    main()
