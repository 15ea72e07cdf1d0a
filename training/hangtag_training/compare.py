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
from .runtime import fitted_rows
from .pictures import Cache
from .settings import Settings, from_arguments
from .train import Trainer, quick_scores


def candidates(config: dict) -> list[dict]:
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
    picture = fitted_rows(settings, Cache(settings).rows("drawings", "val").head(1))
    return {"ms": milliseconds(file, picture), "bytes": file.stat().st_size, "val": quick_scores(trainer.average, settings)}


def main() -> None:
    settings = from_arguments(__doc__)
    result = settings.work / "comparison.json"
    rows = json.loads(result.read_text()) if result.exists() else []
    for change in tqdm(candidates(settings.config), desc="candidates"):
        if any(row["change"] == change for row in rows):
            continue
        config = copy.deepcopy(settings.config)
        config["model"] |= change
        config["train"] |= config["compare"] | {"epochs": 1}
        config["run_name"] = "compare"
        rows.append({"change": change, **measured(dataclasses.replace(settings, config=config))})
        print(json.dumps(rows[-1]), flush=True)
        result.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
