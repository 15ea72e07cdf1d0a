"""Compares input sizes, widths and starting weights on a small budget; writes `comparison.json`.

- Time: every size and width, exported like the shipped model.
- Size: accuracy of a logistic regression on the embeddings of the ImageNet backbone at that size.
- Width and start: short trainings at the configured size, all with the same few pictures. There are
  no ImageNet weights of half the width: that model starts with the first half of each layer, and
  none of its blocks is frozen.

Compare the accuracies only with each other, not with the shipped model.
"""

import copy
import dataclasses
import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from .evaluate import milliseconds
from .export import write_onnx
from .graph import layers_of
from .network import MobileNetV2, load_imagenet
from .pictures import Cache
from .runtime import fitted_rows, session, to_input
from .settings import Settings, from_arguments
from .train import Trainer, predict

SIZES = [(96, 128), (128, 128), (120, 160), (160, 160), (224, 224)]
WIDTHS = [1.0, 0.5]
STARTS = [{}, {"channels": 0.5, "frozen_blocks": 0}, {"start": "random"}]


def changed(settings: Settings, model: dict) -> Settings:
    config = copy.deepcopy(settings.config)
    config["model"] |= model
    config["train"] |= {"epochs": 1, "learning_rate": 8e-4, "warmup_epochs": 0.2, "draws": config["compare"]["draws"]}
    return dataclasses.replace(settings, config=config)


def sample(settings: Settings, source: str, split: str):
    rows = Cache(settings).rows(source, split)
    return rows.sample(settings.config["compare"][split], random_state=0)


def timing(settings: Settings, size: tuple[int, int], channels: float) -> dict:
    model = MobileNetV2(settings.unknown + 1, channels).eval()
    file = settings.work / "compare.onnx"
    write_onnx(layers_of(model), changed(settings, {"width": size[0], "height": size[1]}), file)
    ms = milliseconds(file, np.zeros((1, size[1], size[0], 3), np.uint8))
    return {"size": size, "channels": channels, "ms": ms, "bytes": file.stat().st_size}


def probe(settings: Settings, size: tuple[int, int]) -> dict:
    """Accuracy on val of a logistic regression on ImageNet embeddings."""
    model = MobileNetV2(settings.unknown + 1).eval()
    load_imagenet(model, settings.backbone)
    sized = changed(settings, {"width": size[0], "height": size[1]})
    file = settings.work / "compare.onnx"
    write_onnx(layers_of(model), sized, file)
    running = session(file)

    def embeddings(rows) -> np.ndarray:
        return np.concatenate([running.run(["embedding"], {"input": to_input(image[None])})[0]
                               for image in fitted_rows(sized, rows)])

    train = sample(settings, "fashion-60x80", "train")
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300))
    classifier.fit(embeddings(train), train.label)
    result = {"size": size}
    for source in ("fashion-60x80", "fashion-hi224"):
        rows = sample(settings, source, "val")
        result[source] = round(float(classifier.score(embeddings(rows), rows.label)), 4)
    return result


def short_training(settings: Settings, change: dict) -> dict:
    trainer = Trainer(changed(settings, change))
    trainer.train_epoch()
    rows = sample(settings, "fashion-60x80", "val")
    truth = rows.label.map(settings.labels.index).to_numpy()
    best = predict(trainer.average, list(fitted_rows(settings, rows)))[:, : settings.unknown].argmax(1)
    return {"change": change, "steps": trainer.step, "fashion-60x80": round(float((best == truth).mean()), 4)}


def main() -> None:
    settings = from_arguments(__doc__)
    result = {
        "timing": [timing(settings, size, channels) for size in SIZES for channels in WIDTHS],
        "probe": [probe(settings, size) for size in tqdm(SIZES, desc="sizes")],
    }
    write(settings, result)
    result["training"] = [short_training(settings, change) for change in tqdm(STARTS, desc="starts")]
    write(settings, result)


def write(settings: Settings, result: dict) -> None:
    (settings.work / "comparison.json").write_text(json.dumps(result, indent=1))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
