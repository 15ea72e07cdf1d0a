"""Measures both ONNX exports on all held-out data; writes `metrics.json`, `reliability.svg` and
`errors.csv`.

`errors.csv` lists the wrong answers of the default export on the thumbnails, by product id, the
most confident first.
"""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from .diagram import reliability_diagram
from .figures import classification, delivered, rejection, reliability, softmax
from .pictures import Cache
from .runtime import fitted_rows, logits, session, to_input
from .settings import Settings, from_arguments
from .top_label import calibrated, has_white_background

SOURCES = ["fashion-60x80", "fashion-hi224", "fashion-hi300", "drawings"]


class Evaluation:
    """One export on the pictures of val."""

    def __init__(self, settings: Settings, file: Path):
        self.settings, self.cache = settings, Cache(settings)
        self.calibration = json.loads((settings.run / "calibration.json").read_text())
        val = self.cache.index[self.cache.index.split == "val"].reset_index(drop=True)
        self.rows, self.pictures = val, fitted_rows(settings, val)
        self.outputs = logits(file, self.pictures)
        self.truth = np.array([settings.outputs.index(label) for label in val.label])
        self.probabilities = calibrated(self.outputs[:, : settings.unknown], has_white_background(self.pictures), self.calibration)
        self.unknownness = softmax(self.outputs)[:, settings.unknown]
        self.milliseconds = milliseconds(file, self.pictures[:1])

    def of(self, source: str) -> np.ndarray:
        return self.rows.source.str.startswith(source).to_numpy()

    def metrics(self) -> dict:
        known = self.truth < self.settings.unknown
        threshold = self.calibration["threshold"]
        outside = self.unknownness[self.of("clothing") & ~known]
        result = {source: self._classification(self.of(source)) for source in SOURCES}
        result["clothing"] = self._classification(self.of("clothing") & known)
        names = self.settings.outputs
        for source in ("clothing", "scenes"):
            rows = self.of(source)
            result[f"{source} delivered"] = delivered(self.probabilities[rows], self.unknownness[rows], self.truth[rows], names, threshold)
        result["rejection"] = {
            source: rejection(self.unknownness[self.of(source) & known], outside, threshold)
            for source in ["fashion-60x80", "clothing"]
        }
        folders = self.rows.id[self.of("clothing") & ~known].str.split("/").str[0].to_numpy()
        result["unknownRejectedByFolder"] = {
            folder: {"n": int((folders == folder).sum()), "rejected": float((outside[folders == folder] > threshold).mean())}
            for folder in sorted(set(folders))
        }
        result["inferMsOneThread"] = self.milliseconds
        return result

    def _classification(self, rows: np.ndarray) -> dict:
        rejected = self.unknownness[rows] > self.calibration["threshold"]
        figures = classification(self.probabilities[rows], self.truth[rows], self.settings.labels)
        return figures | {"calledUnknown": float(rejected.mean())}

    def errors(self) -> pd.DataFrame:
        rows = self.of("fashion-60x80")
        best, names = self.probabilities[rows].argmax(1), np.array(self.settings.labels)
        table = pd.DataFrame(
            {
                "id": self.rows.id[rows].to_numpy(),
                "label": names[self.truth[rows]],
                "answer": names[best],
                "confidence": self.probabilities[rows].max(1).round(4),
            }
        )
        return table[table.label != table.answer].sort_values("confidence", ascending=False)


def milliseconds(file: Path, pictures: np.ndarray, runs: int = 200) -> float:
    """One picture on one thread: the fastest of many runs, which other work on the machine affects
    least.
    """
    running, tensor, times = session(file, threads=1), to_input(pictures), []
    for _ in range(runs):
        start = time.perf_counter()
        running.run(None, {"input": tensor})
        times.append(time.perf_counter() - start)
    return round(min(times) * 1000, 2)


def main() -> None:
    settings = from_arguments(__doc__)
    exports = {"onnx": "model.int8.onnx", "onnx-fp32": "model.fp32.onnx"}
    evaluations = {engine: Evaluation(settings, settings.exports / file) for engine, file in exports.items()}
    metrics = {engine: evaluation.metrics() for engine, evaluation in evaluations.items()}
    (settings.run / "metrics.json").write_text(json.dumps(metrics, indent=1))
    default = evaluations["onnx"]
    thumbnails = default.of("fashion-60x80")
    bins = reliability(default.probabilities[thumbnails], default.truth[thumbnails])
    (settings.run / "reliability.svg").write_text(reliability_diagram(bins))
    default.errors().to_csv(settings.run / "errors.csv", index=False)
    for engine, result in metrics.items():
        print(engine, {name: round(result[name]["accuracy"], 4) for name in [*SOURCES, "clothing"]})
        print(f"  ECE {result['fashion-60x80']['ece']:.4f}", result["fashion-60x80"]["tiers"][0])
        print("  rejection", result["rejection"], f"{result['inferMsOneThread']} ms")
        for source in ("clothing delivered", "scenes delivered"):
            print(f"  {source}", {name: value for name, value in result[source].items() if name != "labels"})
        recalls = {label: round(row["recall"], 3) for label, row in result["fashion-60x80"]["perClass"].items()}
        print("  recall", recalls)


if __name__ == "__main__":
    main()
