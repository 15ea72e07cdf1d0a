"""Puts the finished model into `models/<id>/`: exports, golden set, reliability diagram, licence and
manifest.
"""

import json
import shutil
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession
from PIL import Image

from .backgrounds import drawn_background
from .cutouts import product_cutout
from .folder import described
from .pictures import Cache
from .runtime import fitted_rows, session, to_input
from .scenes import Placement, pasted
from .settings import Settings, from_arguments

PLAIN_GOLDEN_IMAGES = 2
FLOAT_TOLERANCE = 1e-3
# The tensor before the pooling, which `quantise` leaves in float.
FEATURES = {"model.fp32.onnx": "features", "model.int8.onnx": "features"}


def main() -> None:
    settings = from_arguments(__doc__)
    folder = settings.shipped
    shutil.rmtree(folder / "tfjs", ignore_errors=True)
    shutil.rmtree(folder / "golden", ignore_errors=True)
    (folder / "golden").mkdir(parents=True)
    shutil.copytree(settings.exports / "tfjs", folder / "tfjs")
    for name in ("model.int8.onnx", "model.fp32.onnx"):
        shutil.copy(settings.exports / name, folder)
    shutil.copy(settings.run / "reliability.svg", folder)
    shutil.copyfile(settings.data / "weights" / "LICENSE-coral-Apache-2.0.txt", folder / "LICENSE-backbone.txt")
    metrics = json.loads((settings.run / "metrics.json").read_text())
    golden = golden_set(settings)
    (folder / "manifest.json").write_text(json.dumps(manifest(settings, golden, metrics["onnx"]), indent=2) + "\n")


def golden_set(settings: Settings) -> list[dict]:
    """Pictures stored at the input's size, which every decoder reads exactly, and the outputs expected
    for them.
    """
    folder, pictures = settings.shipped, golden_pictures(settings)
    engines = {name: session(folder / file, threads=1) for name, file in
               [("onnx", "model.int8.onnx"), ("onnx-fp32", "model.fp32.onnx")]}
    tensors = [to_input(picture[None]) for picture in pictures]
    tolerance = {name: tolerance_of(engine, tensors) for name, engine in engines.items()}
    golden = []
    for number, (picture, tensor) in enumerate(zip(pictures, tensors, strict=True), start=1):
        file = f"golden/{number:02}.png"
        Image.fromarray(picture).save(folder / file, optimize=True)
        outputs = {name: rounded(scores(engine, tensor)) for name, engine in engines.items()}
        # The same weights in the same precision: one expected value for both.
        outputs["tfjs"] = outputs["onnx-fp32"]
        golden.append({"file": file, "outputs": outputs, "tolerance": tolerance | {"tfjs": tolerance["onnx-fp32"]}})
    return golden


def golden_pictures(settings: Settings) -> list[np.ndarray]:
    """Two drawings as they are, and one of each label cut out and pasted on a drawn background."""
    cache, random = Cache(settings), np.random.default_rng(settings.config["seed"])
    rows = cache.rows("drawings", "val")
    pictures = list(fitted_rows(settings, rows.drop_duplicates("label").head(PLAIN_GOLDEN_IMAGES)))
    for label in settings.labels:
        cutouts = (product_cutout(cache.image(row.source, row.row)) for row in rows[rows.label == label].itertuples())
        cutout = next(cutout for cutout in cutouts if cutout is not None)
        place = drawn_background(settings.input_size, random)
        pictures.append(pasted(place, cutout, Placement(8, (0.8, 0.95), 0.03), random))
    return pictures


def scores(engine: InferenceSession, tensor: np.ndarray) -> np.ndarray:
    return engine.run(["logits"], {"input": tensor})[0][0]


def tolerance_of(engine: InferenceSession, tensors: list[np.ndarray], nudges: int = 40) -> float:
    """Three times the largest change caused by the last bits of the input, which other processors
    change by another order of sums.

    This changes the outputs of an 8-bit network by a tenth: one value is rounded up instead of
    down, and others follow.
    """
    random = np.random.default_rng(0)
    changes = [
        np.abs(scores(engine, tensor * random.normal(1, 1e-6, tensor.shape).astype(np.float32)) - scores(engine, tensor)).max()
        for tensor in tensors
        for _ in range(nudges)
    ]
    return max(FLOAT_TOLERANCE, round(3 * float(max(changes)), 2))


def rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 5) for value in values]


def manifest(settings: Settings, golden: list[dict], metrics: dict) -> dict:
    config, folder = settings.config["model"], settings.shipped
    calibration = json.loads((settings.run / "calibration.json").read_text())
    shipped = [folder / "model.int8.onnx", folder / "model.fp32.onnx", *sorted((folder / "tfjs").iterdir())]
    shipped += [folder / image["file"] for image in golden]
    return {
        "schema": 1,
        "id": config["id"],
        "version": config["version"],
        "labels": settings.labels,
        "input": {"name": "input", "layout": "NCHW", "width": config["width"], "height": config["height"]},
        "preprocessing": {
            "fit": "squash",
            "kernel": "cubic",
            "colourOrder": "rgb",
            "scale": [1 / 127.5] * 3,
            "offset": [-1, -1, -1],
        },
        "output": {"scores": "logits", "kind": "logits", "embedding": "embedding", "features": FEATURES},
        "engines": {"onnx": "model.int8.onnx", "onnx-fp32": "model.fp32.onnx", "tfjs": "tfjs/model.json"},
        "files": [described(file, folder) for file in shipped],
        "calibration": {name: calibration[name] for name in ("temperature", "topLabel")},
        "rejection": {"score": "extra-output", "index": settings.unknown, "threshold": calibration["threshold"]},
        "metrics": summary(metrics),
        "golden": golden,
    }


DATA = {
    "fashion-60x80": "Fashion Product Images, val, 60x80",
    "fashion-hi224": "Fashion Product Images, val, 224x224",
    "fashion-hi300": "Fashion Product Images, val, 225x300",
    "clothing": "clothing-dataset, phone photos of val: t-shirts, shirts, tops, shoes",
    "drawings": "drawings of this project, of a seed not trained on",
}


def summary(metrics: dict) -> dict:
    """The figures of the default engine, each with its data."""
    result = {}
    for source, data in DATA.items():
        figures = metrics[source]
        auto = figures["tiers"][0]
        result[source] = {
            "data": data,
            "n": figures["n"],
            "accuracy": round(figures["accuracy"], 4),
            "ece": round(figures["ece"], 4),
            "atConfidence0.85": {"coverage": round(auto["coverage"], 4), "precision": round(auto["precision"], 4)},
        }
    unknown = metrics["rejection"]
    result["unknown"] = {
        "data": "clothing-dataset, phone photos of val that are none of the labels, against each set",
        **{f"auroc against {source}": round(unknown[source]["auroc"], 4) for source in unknown},
    }
    return result


if __name__ == "__main__":
    main()
