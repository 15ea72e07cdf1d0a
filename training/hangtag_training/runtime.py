"""Runs an exported ONNX file on pictures."""

from pathlib import Path

import numpy as np
import onnxruntime
from tqdm import tqdm

from .pictures import Cache, fitted
from .settings import Settings


def to_input(images: np.ndarray) -> np.ndarray:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in -1..1: the manifest's scale and offset."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32) * np.float32(1 / 127.5) - np.float32(1)


def session(file: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def logits(file: Path, images: np.ndarray) -> np.ndarray:
    """All outputs (n, labels + 1), one batch at a time."""
    running = session(file)
    batches = range(0, len(images), 64)
    parts = [running.run(["logits"], {"input": to_input(images[at : at + 64])})[0] for at in tqdm(batches, leave=False)]
    return np.concatenate(parts)


def fitted_rows(settings: Settings, rows) -> np.ndarray:
    """The cached pictures of rows of the index, at the model's input size."""
    cache = Cache(settings)
    return np.stack([fitted(cache.image(row.source, row.row), settings.input_size) for row in rows.itertuples()])
