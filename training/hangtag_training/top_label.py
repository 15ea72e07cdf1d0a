"""Top-label calibration (Gupta and Ramdas, arXiv:2107.08353): a curve for each label and background corrects the
probability of the best label. `shared/src/domain/scores.ts` applies the same curves in the product.
"""

import numpy as np
from scipy.optimize import minimize

from .figures import softmax

BACKGROUNDS = ("white", "other")
WHITE_FROM = 230
LEAST_WHITE = 0.5
MARGIN = 1e-9  # by which the best label stays above the second


def has_white_background(pictures: np.ndarray) -> np.ndarray:
    """For uint8 (n, h, w, 3): at least half of the border is white, as in `shared/src/imaging/background.ts`."""
    border = np.concatenate([pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]], 1)
    return (border.min(2) >= WHITE_FROM).mean(1) >= LEAST_WHITE


def fit_curves(probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray, penalty: float) -> dict[str, list[float]]:
    """Logistic regression of "the best label is right" on its logit. The curves of all labels are drawn to a common
    one by the penalty, so a label with few pictures gets the common curve.
    """
    count, best = probabilities.shape[1], probabilities.argmax(1)
    right, logit = best == truth, best_logit(probabilities)

    def curves(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return values[0] + values[2 : 2 + count], values[1] + values[2 + count :]

    def loss(values: np.ndarray) -> float:
        shift, scale = curves(values)
        x = shift[best] + scale[best] * logit
        return float((weights * (np.logaddexp(0, x) - right * x)).sum() + penalty * (values[2:] ** 2).sum())

    start = np.zeros(2 + 2 * count)
    start[1] = 1
    shift, scale = curves(minimize(loss, start, method="L-BFGS-B").x)
    return {"scale": [round(max(0.05, float(value)), 4) for value in scale], "shift": [round(float(value), 4) for value in shift]}


def best_logit(probabilities: np.ndarray) -> np.ndarray:
    best = probabilities.max(1)
    return np.log(best) - np.log(np.maximum(probabilities.sum(1) - best, 1e-12))


def calibrated(outputs: np.ndarray, white: np.ndarray, calibration: dict) -> np.ndarray:
    """Probabilities of the labels, from their logits."""
    probabilities = softmax(outputs.astype(np.float64), calibration["temperature"])  # MARGIN is lost in 32 bits
    best, rows = probabilities.argmax(1), np.arange(len(outputs))
    shift, scale = (
        np.where(white, *(np.array(calibration["topLabel"][background][name])[best] for background in BACKGROUNDS))
        for name in ("shift", "scale")
    )
    highest = probabilities[rows, best]
    others = probabilities.copy()
    others[rows, best] = 0
    rest, second = others.sum(1), others.max(1)
    lowest = second / (rest + second) + MARGIN
    corrected = np.maximum(1 / (1 + np.exp(-(shift + scale * best_logit(probabilities)))), lowest)
    result = others * ((1 - corrected) / rest)[:, None]
    result[rows, best] = corrected
    return result
