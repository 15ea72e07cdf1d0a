"""Finds the temperature, the curves of the labels and the rejection threshold of the default export, `model.int8.onnx`;
writes `calibration.json`, and `measured.csv`: the pictures of val that had no part in it, from which
`npm run evaluate -- --write-guarantees` computes the guaranteed precisions.

A share of val (by groups of duplicates) finds the temperature and the curves, the rest measures them. The rejection
threshold is found with all phone photos of val.
"""

import hashlib
import json
import math

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from .figures import TIERS, expected_calibration_error, softmax
from .pictures import Cache
from .runtime import fitted_rows, logits
from .settings import UNKNOWN, Settings, from_arguments
from .top_label import calibrated, fit_curves, has_white_background


class Calibration:
    """The pictures of val that show one of the labels, with the outputs of the export; and all phone photos."""

    def __init__(self, settings: Settings):
        self.settings, config = settings, settings.config["calibrate"]
        val = Cache(settings).index.query("split == 'val' and source != 'drawings'").reset_index(drop=True)
        pictures = fitted_rows(settings, val)
        self.rows, self.truth = val, np.array([settings.outputs.index(label) for label in val.label])
        self.outputs = logits(settings.exports / "model.int8.onnx", pictures)
        self.white = has_white_background(pictures)
        self.kind = np.where(val.source.str.startswith("fashion"), "fashion", np.where(val.source == "clothing", "clothing", "scenes"))
        self.known = self.truth < settings.unknown
        self.found = in_share(settings, val, config["found_share"])

    def temperature(self) -> float:
        """The best one for catalogue pictures and phone photos, each kind counted alike."""
        kinds = [self.known & self.found & (self.kind == kind) for kind in ("fashion", "clothing")]

        def loss(temperature: float) -> float:
            return sum(log_loss(self.outputs[rows, :-1], self.truth[rows], temperature) for rows in kinds)

        return round(float(minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded").x), 4)

    def curves(self, temperature: float) -> dict[str, dict]:
        """White: catalogue pictures. Other: phone photos and composites, each kind counted alike."""
        result = {}
        for background, of, kinds in [("white", self.white, ["fashion"]), ("other", ~self.white, ["clothing", "scenes"])]:
            rows = np.flatnonzero(self.known & self.found & of & np.isin(self.kind, kinds))
            shares = pd.Series(self.kind[rows]).map(pd.Series(self.kind[rows]).value_counts()).to_numpy()
            weights = len(rows) / len(kinds) / shares
            probabilities = softmax(self.outputs[rows, :-1], temperature)
            result[background] = fit_curves(probabilities, self.truth[rows], weights, self.settings.config["calibrate"]["penalty"])
        return result

    def threshold(self, calibration: dict) -> float:
        """The one that refuses the configured share of the phone photos of our labels, each label counted alike. It is
        lower if more phone photos of other things than configured would be done.
        """
        config, phone, unknownness = self.settings.config["calibrate"], self.kind == "clothing", softmax(self.outputs)[:, -1]
        ours, others = phone & self.known, phone & ~self.known
        weights = 1 / np.bincount(self.truth[ours])[self.truth[ours]]
        refused = np.quantile(unknownness[ours], 1 - config["ours_refused"], weights=weights, method="inverted_cdf")
        confidence = calibrated(self.outputs[others, :-1], self.white[others], calibration).max(1)
        confident = np.where(confidence >= TIERS["AUTO_PROCESS"][0], unknownness[others], 1.0)
        return math.ceil(min(refused, np.quantile(confident, config["others_done"])) * 1e4) / 1e4

    def errors(self, calibration: dict) -> dict:
        """ECE of the pictures that had no part in the calibration, with the temperature alone and with the curves."""
        result = {}
        for kind in ("fashion", "clothing", "scenes"):
            rows = self.known & ~self.found & (self.kind == kind)
            outputs, truth = self.outputs[rows, :-1], self.truth[rows]
            after = calibrated(outputs, self.white[rows], calibration)
            before = softmax(outputs, calibration["temperature"])
            result[kind] = {"n": len(truth)} | {
                name: round(expected_calibration_error(values, truth), 4) for name, values in [("before", before), ("after", after)]
            }
        return result

    def measured(self) -> pd.DataFrame:
        """Each product once, and phone photos. An empty label means that the picture shows another thing."""
        rows = self.rows[~self.found & self.rows.source.isin(["fashion-60x80", "clothing"])]
        names = rows.id.str.split("/").str[-1].str.removesuffix(".jpg")
        return pd.DataFrame({"file": names, "label": rows.label.replace(UNKNOWN, ""), "source": rows.source})


def in_share(settings: Settings, rows: pd.DataFrame, share: float) -> np.ndarray:
    """Duplicates are on the same side."""
    groups = pd.read_csv(settings.data / "fashion" / "labels.csv", dtype=str).set_index("id").group
    keys = rows.id.map(groups).fillna(rows.id)
    return np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 2**32 < share for key in keys])


def log_loss(scores: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    chosen = softmax(scores, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def main() -> None:
    settings = from_arguments(__doc__)
    found = Calibration(settings)
    calibration = {"temperature": found.temperature()}
    calibration["topLabel"] = found.curves(calibration["temperature"])
    calibration["threshold"] = found.threshold(calibration)
    calibration["heldOutEce"] = found.errors(calibration)
    (settings.run / "calibration.json").write_text(json.dumps(calibration, indent=2))
    found.measured().to_csv(settings.run / "measured.csv", index=False)
    print(json.dumps(calibration, indent=2))


if __name__ == "__main__":
    main()
