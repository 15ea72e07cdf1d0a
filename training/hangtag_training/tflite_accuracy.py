"""Compares `model.float16.tflite` with the ONNX files of a model folder on the product photos of val.

    python -m hangtag_training.tflite_accuracy --data DATA [--model FOLDER]

For each size of the photos: how many have their label as the best one, by network, and for how many TensorFlow Lite
and ONNX in float have the same best label. It needs the packages of `requirements-tflite.txt` only.
"""

import argparse
import csv
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession
from PIL import Image

from .settings import REPOSITORY
from .tflite import FILE, Network, input_of

SIZES = ("60x80", "hi224", "hi300")
REFERENCE = "onnx-fp32"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--model", type=Path, default=REPOSITORY / "models" / "fashion-mobilenetv2")
    given = parser.parse_args()
    photos = given.data / "fashion"
    if not (photos / "labels.csv").exists():
        print(f"SKIPPED: the accuracy on devices: there is no fashion/labels.csv in {given.data}")
        return
    manifest = json.loads((given.model / "manifest.json").read_text())
    labels = manifest["labels"]
    networks = {name: onnx_network(given.model / manifest["engines"][name]) for name in ("onnx", REFERENCE)}
    networks["tflite"] = Network((given.model / FILE).read_bytes()).run
    print(f"| photos | n | {' | '.join(f'{name}: right' for name in networks)} | tflite: same label as {REFERENCE} |")
    print("| --- " * (len(networks) + 3) + "|")
    for size in SIZES:
        pictures = list(validation(photos, size))
        truth = np.array([labels.index(label) for label, _ in pictures])
        inputs = [input_of(picture, manifest) for _, picture in pictures]
        best = {name: np.array([run(each)[0][: len(labels)].argmax() for each in inputs]) for name, run in networks.items()}
        right = " | ".join(str((answers == truth).sum()) for answers in best.values())
        print(f"| {size} | {len(pictures)} | {right} | {(best['tflite'] == best[REFERENCE]).sum()} |", flush=True)


def validation(photos: Path, size: str) -> Iterator[tuple[str, Image.Image]]:
    """Each photo of val with its label."""
    with open(photos / "labels.csv", newline="") as table:
        labels = {row["id"]: row["articleType"] for row in csv.DictReader(table) if row["split"] == "val"}
    with tarfile.open(photos / f"images-{size}.tar.gz") as archive:
        for member in archive:
            label = labels.get(Path(member.name).stem)
            if label is not None:
                yield label, Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")


def onnx_network(file: Path):
    """Runs an ONNX file as `Network.run` runs the other one: float32 (height, width, 3) to (logits,)."""
    session = InferenceSession(file)
    return lambda picture: session.run(["logits"], {"input": picture.transpose(2, 0, 1)[None]})[0]


if __name__ == "__main__":
    main()
