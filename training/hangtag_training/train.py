"""Trains the network in stages; resumes after the last complete epoch; the result is the running
average of the weights.
"""

import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from .network import EMBEDDING, MobileNetV2, load_imagenet
from .pictures import Cache, TrainingPictures, fitted, title_targets, to_tensor
from .settings import Settings, from_arguments


class Trainer:
    """One stage of training, from `weights` or, without them, from the configured start."""

    def __init__(self, settings: Settings, weights: dict[str, Tensor] | None = None):
        self.settings, self.config = settings, settings.config["train"]
        torch.manual_seed(settings.config["seed"])
        self.model = new_model(settings)
        if weights is not None:
            self.model.load_state_dict(weights)
        words = len(title_targets(settings)[0])
        self.title_head = nn.Linear(EMBEDDING, words)
        self.average = copy.deepcopy(self.model).eval()
        self.optimizer = torch.optim.AdamW(self._parameter_groups(), weight_decay=self.config["weight_decay"])
        self.epoch, self.step, self.history = 0, 0, []

    def _parameter_groups(self) -> list[dict]:
        rate = self.config["learning_rate"]
        heads = [*self.model.head.parameters(), *self.title_head.parameters()]
        body = [p for p in self.model.features.parameters() if p.requires_grad]
        matrices, vectors = [p for p in body if p.ndim > 1], [p for p in body if p.ndim == 1]
        return [
            {"params": matrices, "peak": rate},
            {"params": vectors, "peak": rate, "weight_decay": 0.0},
            {"params": heads, "peak": rate * self.config["head_factor"]},
        ]

    def train_epoch(self) -> float:
        """One pass over the draws of an epoch. Returns the mean loss."""
        pictures = TrainingPictures(self.settings, self.epoch)
        batches = DataLoader(pictures, self.config["batch"], num_workers=self.config["loaders"], drop_last=True)
        self.model.train()
        for block in frozen(self.model, self.settings):
            block.eval()
        losses = []
        for batch in (bar := tqdm(batches, desc=f"epoch {self.epoch + 1}", unit="batch", mininterval=5)):
            self._set_rates(len(batches))
            loss = self._loss(*batch)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.step += 1
            self._update_average()
            losses.append(loss.item())
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
        self.epoch += 1
        return float(np.mean(losses))

    def _loss(self, images: Tensor, labels: Tensor, words: Tensor, titled: Tensor) -> Tensor:
        x = to_tensor(images.numpy()).to(memory_format=torch.channels_last)
        share, other = 1.0, torch.arange(len(labels))
        if torch.rand(()) < self.config["mix_probability"]:
            share = float(np.random.default_rng(self.step).beta(0.4, 0.4))
            other = torch.randperm(len(labels))
            x = share * x + (1 - share) * x[other]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, embedding = self.model(x)
        smoothing = self.config["label_smoothing"]
        loss = sum(
            part * F.cross_entropy(logits.float(), target, label_smoothing=smoothing)
            for part, target in [(share, labels), (1 - share, labels[other])]
            if part > 0
        )
        if share == 1.0 and titled.any():
            guesses = self.title_head(embedding.float())
            per_word = F.binary_cross_entropy_with_logits(guesses, words, reduction="none").sum(1) / 10
            loss = loss + self.config["title_weight"] * (per_word * titled).sum() / titled.sum()
        return loss

    def _set_rates(self, batches: int) -> None:
        warmup, total = self.config["warmup_epochs"] * batches, self.config["epochs"] * batches
        progress = max(0.0, (self.step - warmup) / (total - warmup))
        factor = min(1.0, (self.step + 1) / warmup) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor

    def _update_average(self) -> None:
        decay = min(self.config["average_decay"], (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - decay)
                else:
                    mean.copy_(now)

    def state(self) -> dict:
        parts = {name: getattr(self, name).state_dict() for name in ("model", "title_head", "average", "optimizer")}
        return parts | {"epoch": self.epoch, "step": self.step, "history": self.history}

    def resume(self, state: dict) -> None:
        for name in ("model", "title_head", "average", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]


def new_model(settings: Settings) -> MobileNetV2:
    config = settings.config["model"]
    model = MobileNetV2(len(settings.labels) + 1, config["channels"], config["dropout"])
    if config["start"] == "imagenet":
        load_imagenet(model, settings.backbone)
    for block in frozen(model, settings):
        block.requires_grad_(False)
    return model.to(memory_format=torch.channels_last)


def frozen(model: MobileNetV2, settings: Settings) -> nn.Sequential:
    """The blocks that keep their given weights; none without given weights."""
    config = settings.config["model"]
    return model.features[: config["frozen_blocks"] if config["start"] == "imagenet" else 0]


def predict(model: MobileNetV2, images: list[np.ndarray]) -> np.ndarray:
    """Logits (n, outputs) of uint8 pictures of the input's size."""
    model.eval()
    logits = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(images), 128):
            x = to_tensor(np.stack(images[start : start + 128])).to(memory_format=torch.channels_last)
            logits.append(model(x)[0].float().numpy())
    return np.concatenate(logits)


def quick_scores(model: MobileNetV2, settings: Settings) -> dict[str, float]:
    """Accuracy by source on val; for unknown things, the share that is called unknown."""
    cache, config = Cache(settings), settings.config["model"]
    names = np.array([*settings.labels, "unknown"])
    scores = {}
    for source in cache.arrays:
        rows = cache.rows(source, "val")
        images = [fitted(cache.image(r.source, r.row), (config["width"], config["height"])) for r in rows.itertuples()]
        logits = predict(model, images)
        known = (rows.label != "unknown").to_numpy()
        best = names[logits[:, :-1].argmax(1)]
        scores[source] = float((best == rows.label)[known].mean())
        if not known.all():
            scores[f"{source} unknown"] = float((logits.argmax(1) == len(names) - 1)[~known].mean())
        if source == "fashion-60x80":
            scores["Tops"] = float((best == rows.label)[rows.label == "Tops"].mean())
    return {name: round(score, 4) for name, score in scores.items()}


def train_stage(trainer: Trainer, checkpoint: Path) -> dict[str, Tensor]:
    """Trains to the last epoch of the stage, from a checkpoint if one exists. Returns the averaged
    weights.
    """
    if checkpoint.exists():
        trainer.resume(torch.load(checkpoint))
    while trainer.epoch < trainer.config["epochs"]:
        start = time.monotonic()
        loss = trainer.train_epoch()
        seconds = round(time.monotonic() - start)
        record = {"epoch": trainer.epoch, "loss": round(loss, 4), "seconds": seconds}
        record["val"] = quick_scores(trainer.average, trainer.settings)
        trainer.history.append(record)
        print(json.dumps(record), flush=True)
        torch.save(trainer.state(), checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        checkpoint.with_suffix(".json").write_text(json.dumps(trainer.history, indent=1))
    return trainer.average.state_dict()


def main() -> None:
    settings = from_arguments(__doc__)
    settings.run.mkdir(parents=True, exist_ok=True)
    weights = None
    for number, stage in enumerate(settings.stages(), 1):
        finished = settings.run / f"stage-{number}.pt"
        if not finished.exists():
            trained = train_stage(Trainer(stage, weights), settings.run / f"checkpoint-{number}.pt")
            torch.save(trained, finished)
        weights = torch.load(finished)
    torch.save(weights, settings.run / "weights.pt")


if __name__ == "__main__":
    main()
