"""Finds the temperature and the rejection threshold of the default export, `model.int8.onnx`; writes
`calibration.json`.

The temperature is the best one for catalogue pictures and phone photos of val, each kind counted alike. One number
hardly overfits. This is tested: the temperature fitted to one half of a kind is measured on the other half, and that
error is written too.
"""

import json

import numpy as np
from scipy.optimize import minimize_scalar

from .figures import TIERS, expected_calibration_error, softmax
from .pictures import Cache
from .runtime import fitted_rows, logits
from .settings import Settings, from_arguments


def log_loss(scores: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    chosen = softmax(scores, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def best_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    result = minimize_scalar(lambda t: log_loss(scores, truth, t), bounds=(0.3, 3.0), method="bounded")
    return float(result.x)


def held_out_error(scores: np.ndarray, truth: np.ndarray, seed: int) -> float:
    """ECE on each half of the pictures with the temperature of the other half, averaged."""
    first = np.random.default_rng(seed).random(len(truth)) < 0.5
    errors = []
    for fit, test in [(first, ~first), (~first, first)]:
        temperature = best_temperature(scores[fit], truth[fit])
        errors.append(expected_calibration_error(softmax(scores[test], temperature), truth[test]))
    return float(np.mean(errors))


def rejection_threshold(outputs: np.ndarray, temperature: float, done_share: float) -> float:
    """The largest threshold with which at most this share of pictures of other things is done."""
    confident = softmax(outputs[:, :-1], temperature).max(1) >= TIERS["AUTO_PROCESS"][0]
    unknownness = np.where(confident, softmax(outputs)[:, -1], 1.0)
    return min(0.5, float(np.quantile(unknownness, done_share)))


def main() -> None:
    settings = from_arguments(__doc__)
    kinds = [val_logits(settings, source) for source in ("fashion-60x80", "clothing")]
    known = [(outputs[:, :-1][truth < settings.unknown], truth[truth < settings.unknown]) for outputs, truth in kinds]
    both = minimize_scalar(lambda t: sum(log_loss(*kind, t) for kind in known), bounds=(0.3, 3.0), method="bounded")
    temperature = round(float(both.x), 4)
    phone, truth = kinds[1]
    threshold = rejection_threshold(phone[truth == settings.unknown], temperature, settings.config["calibrate"]["others_done"])
    calibration = {
        "temperature": temperature,
        "threshold": round(threshold, 4),
        "heldOutEce": held_out_error(*known[0], settings.config["seed"]),
        "heldOutEcePhone": held_out_error(*known[1], settings.config["seed"]),
        "logLoss": log_loss(*known[0], temperature),
    }
    (settings.run / "calibration.json").write_text(json.dumps(calibration, indent=2))
    print(json.dumps(calibration, indent=2))


def val_logits(settings: Settings, source: str) -> tuple[np.ndarray, np.ndarray]:
    rows = Cache(settings).rows(source, "val")
    names = [*settings.labels, "unknown"]
    truth = np.array([names.index(label) for label in rows.label])
    return logits(settings.exports / "model.int8.onnx", fitted_rows(settings, rows)), truth


if __name__ == "__main__":
    main()
