"""Finds the temperature and the rejection threshold of the default export, `model.int8.onnx`; writes
`calibration.json`.

One number fitted to thousands of pictures hardly overfits. This is tested: the temperature fitted
to one half of val is measured on the other half, and that error is written too.
"""

import json

import numpy as np
from scipy.optimize import minimize_scalar

from .figures import expected_calibration_error, softmax
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


def main() -> None:
    settings = from_arguments(__doc__)
    outputs, labels = val_logits(settings, "fashion-60x80")
    known = outputs[:, : settings.unknown]
    temperature = round(best_temperature(known, labels), 4)
    real, truth = val_logits(settings, "clothing")
    ours = softmax(real)[truth < settings.unknown, settings.unknown]
    lost = settings.config["calibrate"]["known_rejected"]
    calibration = {
        "temperature": temperature,
        "threshold": round(float(np.quantile(ours, 1 - lost)), 4),
        "heldOutEce": held_out_error(known, labels, settings.config["seed"]),
        "logLoss": log_loss(known, labels, temperature),
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
