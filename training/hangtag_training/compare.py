"""Trains small models of other sizes and starts, all on the same short budget, and measures each: `comparison.json`.

The budget is far below that of the model that ships: the rows compare with each other, not with it.
"""

import copy
import dataclasses
import json

from tqdm import tqdm

from .evaluate import milliseconds
from .export import write_onnx
from .graph import layers_of
from .network import MobileNetV2
from .pictures import Cache
from .runtime import fitted_rows
from .settings import Settings, from_arguments
from .train import Trainer, predict


def candidates() -> list[dict]:
    """What differs from the configured model. No ImageNet weights of half the width are at hand: those start cut
    down from the whole ones, so no block of theirs stays frozen."""
    sizes = [(96, 128), (128, 128), (160, 160), (224, 224)]
    whole = [{"width": width, "height": height} for width, height in sizes]
    half = [{**size, "channels": 0.5, "frozen_blocks": 0} for size in whole]
    return [*whole, *half, {"start": "random"}]


def measured(settings: Settings) -> dict:
    trainer = Trainer(settings)
    trainer.train_epoch()
    file = settings.run / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_onnx(layers_of(trainer.average), settings, file)
    rows = Cache(settings).rows("fashion-60x80", "val")
    result = {"ms": milliseconds(file, fitted_rows(settings, rows.head(1))), "bytes": file.stat().st_size}
    for source in ("fashion-60x80", "fashion-hi224"):
        result[source] = accuracy(trainer.average, settings, source)
    return result


def accuracy(model: MobileNetV2, settings: Settings, source: str) -> float:
    """On a sample of val, the same for every candidate."""
    rows = Cache(settings).rows(source, "val").sample(settings.config["compare"]["val"], random_state=0)
    truth = rows.label.map(settings.labels.index).to_numpy()
    best = predict(model, list(fitted_rows(settings, rows)))[:, : settings.unknown].argmax(1)
    return round(float((best == truth).mean()), 4)


def main() -> None:
    settings = from_arguments(__doc__)
    result = settings.work / "comparison.json"
    rows = json.loads(result.read_text()) if result.exists() else []
    for change in tqdm(candidates(), desc="candidates"):
        if any(row["change"] == change for row in rows):
            continue
        config = copy.deepcopy(settings.config)
        config["model"] |= change
        config["train"] |= {"epochs": 1, "warmup_epochs": 0.2, "draws": config["compare"]["draws"]}
        config["run_name"] = "compare"
        rows.append({"change": change, **measured(dataclasses.replace(settings, config=config))})
        print(json.dumps(rows[-1]), flush=True)
        result.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
