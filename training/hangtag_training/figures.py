"""Metrics of a classifier, each a pure function of probabilities and true labels."""

import numpy as np
from sklearn.metrics import roc_auc_score

TIERS = {"AUTO_PROCESS": (0.85, 1.01), "QUICK_REVIEW": (0.7, 0.85), "MANUAL_REVIEW": (0.0, 0.7)}


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    shifted = np.exp((logits - logits.max(1, keepdims=True)) / temperature)
    return shifted / shifted.sum(1, keepdims=True)


def reliability(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> list[dict]:
    """For each bin of confidence that is not empty: count, mean confidence, accuracy."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {"bin": int(at), "n": int(of.sum()), "confidence": float(confidence[of].mean()), "accuracy": float(right[of].mean())}
        for at in range(bins)
        if (of := bin_of == at).any()
    ]


def expected_calibration_error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    gaps = [row["n"] * abs(row["confidence"] - row["accuracy"]) for row in reliability(probabilities, truth)]
    return float(sum(gaps) / len(truth))


def tiers(probabilities: np.ndarray, truth: np.ndarray) -> list[dict]:
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    rows = []
    for tier, (low, high) in TIERS.items():
        inside = (confidence >= low) & (confidence < high)
        precision = float(right[inside].mean()) if inside.any() else None
        rows.append({"tier": tier, "coverage": float(inside.mean()), "precision": precision})
    return rows


def classification(probabilities: np.ndarray, truth: np.ndarray, labels: list[str]) -> dict:
    """Accuracy, precision and recall of each label, confusion (rows: truth), calibration and tiers."""
    best = probabilities.argmax(1)
    confusion = np.zeros((len(labels), len(labels)), int)
    np.add.at(confusion, (truth, best), 1)
    per_class = {
        label: {
            "n": int(confusion[at].sum()),
            "precision": share(confusion[at, at], confusion[:, at].sum()),
            "recall": share(confusion[at, at], confusion[at].sum()),
        }
        for at, label in enumerate(labels)
    }
    return {
        "n": len(truth),
        "accuracy": float((best == truth).mean()),
        "perClass": per_class,
        "confusion": confusion.tolist(),
        "ece": expected_calibration_error(probabilities, truth),
        "tiers": tiers(probabilities, truth),
    }


def delivered(probabilities: np.ndarray, unknownness: np.ndarray, truth: np.ndarray, names: list[str],
              threshold: float) -> dict:  # fmt: skip
    """Shares of what is delivered, by true label: `right` and `wrong` among the labels given, whatever their
    confidence; `done right` and `done wrong` with a confidence of AUTO_PROCESS. The last name is "unknown".
    """
    best, confidence, given = probabilities.argmax(1), probabilities.max(1), unknownness <= threshold
    done = given & (confidence >= TIERS["AUTO_PROCESS"][0])
    rows = {}
    for at in np.unique(truth):
        of, right = truth == at, best == truth
        shares = {"right": given & right, "wrong": given & ~right, "done right": done & right, "done wrong": done & ~right}
        rows[names[at]] = {"n": int(of.sum())} | {name: share(which[of].sum(), of.sum()) for name, which in shares.items()}
    labels = [row for name, row in rows.items() if name != names[-1]]
    means = {name: float(np.mean([row[name] for row in labels])) for name in ("right", "wrong", "done right", "done wrong")}
    known = truth < len(names) - 1
    summary = {"n": len(truth), "macro": means, "done wrong": float((done & (best != truth)).mean()),
               "accuracy": float((best == truth)[known].mean()),
               "ece": expected_calibration_error(probabilities[known], truth[known])}  # fmt: skip
    if not known.all():
        summary |= {"rejected": float((~given)[~known].mean()), "auroc": float(roc_auc_score(~known, unknownness))}
    return summary | {"labels": rows}


def rejection(known: np.ndarray, unknown: np.ndarray, threshold: float) -> dict:
    """How well a score separates unknown things (high) from known ones."""
    truth = np.r_[np.zeros(len(known)), np.ones(len(unknown))]
    return {
        "known": len(known),
        "unknown": len(unknown),
        "auroc": float(roc_auc_score(truth, np.r_[known, unknown])),
        "knownRejected": float((known > threshold).mean()),
        "unknownRejected": float((unknown > threshold).mean()),
    }


def share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
