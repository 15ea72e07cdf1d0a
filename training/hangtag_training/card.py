"""Writes the figures into the template of the model card, so that nobody types a number. It reads the shipped manifest, so it
is the last step.
"""

import json

from .settings import TRAINING, UNKNOWN, Settings, from_arguments

SOURCES = {
    "fashion-60x80": "product photos, 60x80",
    "fashion-hi224": "product photos, 224x224 (squashed)",
    "fashion-hi300": "product photos, 225x300",
    "clothing": "phone photos of our labels",
    "drawings": "our drawings, unseen seed",
}


def main() -> None:
    settings = from_arguments(__doc__)
    metrics = json.loads((settings.run / "metrics.json").read_text())
    (settings.shipped / "README.md").write_text(model_card(settings, metrics))


def model_card(settings: Settings, metrics: dict) -> str:
    calibration = json.loads((settings.run / "calibration.json").read_text())
    default = metrics["onnx"]
    thumbnails = default["fashion-60x80"]
    parts = {
        "accuracy": accuracy_table(metrics),
        "classes": class_table(default),
        "confusion": confusion_table(thumbnails, settings.labels),
        "tiers": tier_table(default),
        "unknown": unknown_table(default),
        "delivered": delivered_table(default, json.loads((TRAINING / "notes" / "previous.json").read_text())),
        "phone_ece": f"{default['clothing delivered']['ece']:.4f}",
        "temperature": str(calibration["temperature"]),
        "threshold": str(calibration["threshold"]),
        "ours_refused": f"{settings.config['calibrate']['ours_refused']:.0%}".replace("%", " %"),
        "others_done": f"{settings.config['calibrate']['others_done']:.0%}".replace("%", " %"),
        "ece": f"{thumbnails['ece']:.4f}",
        "held_out_ece": "; ".join(error_in_words(kind, row) for kind, row in calibration["heldOutEce"].items()),
        "guarantees": guarantee_table(json.loads((settings.shipped / "manifest.json").read_text()).get("guarantees", {})),
        "found_share": f"{settings.config['calibrate']['found_share']:.0%}".replace("%", " %"),
        "adaptation": adaptation_in_words(settings.config["adapt"]),
        "lower_blocks": str(settings.config["adapt"]["lower_blocks"]),
        "stages": "; then ".join(stage_in_words(stage.config) for stage in settings.stages()),
        "input": size_in_words(settings.config),
    }
    parts |= {name: (TRAINING / "notes" / f"{name}.md").read_text().strip() for name in ("notes", "size", "tried")}
    card = (TRAINING / "model-card.md").read_text()
    for name, text in parts.items():
        card = card.replace("{{" + name + "}}", text)
    return card


def size_in_words(config: dict) -> str:
    return f"{config['model']['width']}x{config['model']['height']}"


def stage_in_words(config: dict) -> str:
    frozen = config["model"]["frozen_blocks"]
    kept = f"the first {frozen} blocks fixed" if frozen else "every weight free"
    return f"{config['train']['epochs']} epochs at {size_in_words(config)}, {kept}"


def adaptation_in_words(config: dict) -> str:
    epochs = "one epoch" if config["epochs"] == 1 else f"{config['epochs']} epochs"
    share = f"{config['catalogue_share']:.0%}".replace("%", " %")
    return f"for {epochs} from phone photos, composites and, {share} of a batch, product photos"


KINDS = {"clothing": "phone", "scenes": "composites"}
NAMES = {"fashion": "product photos", "clothing": "phone photos", "scenes": "composites"}


def guarantee_table(guarantees: dict) -> str:
    """What `npm run evaluate -- --write-guarantees` wrote."""
    rows = [
        [background, percent(row["precision"]), f"{row['confidence']:.4f}", str(row["n"]), str(row["wrong"])]
        for background, thresholds in guarantees.items()
        for row in thresholds
    ]
    return table(["background", "guaranteed precision %", "from a confidence of", "pictures", "of which wrong"], rows)


def error_in_words(kind: str, row: dict) -> str:
    return f"{NAMES[kind]} {row['before']:.3f} → {row['after']:.3f} ({row['n']} pictures)"


def delivered_table(metrics: dict, previous: dict) -> str:
    """By true label; before the arrow, the figure of the model that shipped before."""
    rows = []
    for source, kind in KINDS.items():
        now, old = metrics[f"{source} delivered"], previous[source]
        for label, row in now["labels"].items():
            names = ("right", "wrong", "done right", "done wrong")
            shares = [f"{percent(old['labels'][label][name])} → {percent(row[name])}" for name in names]
            name = "none of the labels" if label == UNKNOWN else label
            rows.append([f"{kind}, {name}", str(row["n"]), *(["-", shares[1], "-", shares[3]] if label == UNKNOWN else shares)])
        means = [f"{percent(old['macro'][name])} → {percent(now['macro'][name])}" for name in now["macro"]]
        rows.append([f"{kind}, mean over the labels", "", *means])
    return table(["pictures", "n", "right %", "wrong %", "done, right %", "done, wrong %"], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def accuracy_table(metrics: dict) -> str:
    rows = [
        [
            name,
            str(metrics["onnx"][source]["n"]),
            percent(metrics["onnx"][source]["accuracy"]),
            percent(metrics["onnx-fp32"][source]["accuracy"]),
            percent(metrics["onnx"][source]["calledUnknown"]),
        ]
        for source, name in SOURCES.items()
    ]
    return table(["data", "n", "int8 %", "fp32 %", "called unknown %"], rows)


def class_table(metrics: dict) -> str:
    sources = ["fashion-60x80", "fashion-hi224", "fashion-hi300"]
    rows = []
    for label, first in metrics["fashion-60x80"]["perClass"].items():
        recalls = [percent(metrics[source]["perClass"][label]["recall"]) for source in sources]
        rows.append([label, str(first["n"]), percent(first["precision"]), *recalls])
    return table(["label", "n", "precision 60x80", "recall 60x80", "recall 224", "recall 300"], rows)


def confusion_table(figures: dict, labels: list[str]) -> str:
    rows = [[label, *map(str, row)] for label, row in zip(labels, figures["confusion"], strict=True)]
    return table(["truth \\ answer", *labels], rows)


def tier_table(metrics: dict) -> str:
    rows = []
    for source in ["fashion-60x80", "fashion-hi224", "fashion-hi300", "clothing"]:
        tiers = [f"{percent(tier['coverage'])} / {percent(tier['precision'])}" for tier in metrics[source]["tiers"]]
        rows.append([SOURCES[source], f"{metrics[source]['ece']:.4f}", *tiers])
    head = ["data", "ECE", "AUTO_PROCESS", "QUICK_REVIEW", "MANUAL_REVIEW"]
    return table(head, rows)


def unknown_table(metrics: dict) -> str:
    rows = [
        [SOURCES[source], str(row["known"]), f"{row['auroc']:.4f}", percent(row["knownRejected"])]
        for source, row in metrics["rejection"].items()
    ]
    folders = metrics["unknownRejectedByFolder"]
    by_folder = ", ".join(f"{name} {percent(row['rejected'])} % of {row['n']}" for name, row in folders.items())
    return table(["separated from", "n", "AUROC", "called unknown %"], rows) + f"\n\nCalled unknown, by folder: {by_folder}."


if __name__ == "__main__":
    main()
