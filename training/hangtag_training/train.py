"""Trains the network in stages; resumes after the last complete epoch; the result is the running
average of the weights.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from .network import EMBEDDING, MobileNetV2, load_imagenet
from .pictures import Cache, TrainingPictures, fitted, title_targets, to_tensor
from .run import Run, save
from .settings import UNKNOWN, Settings, from_arguments


class Trainer(Run):
    """One stage of training, from `weights` or, without them, from the configured start."""

    checkpointed = (*Run.checkpointed, "title_head")

    def __init__(self, settings: Settings, weights: dict[str, Tensor] | None = None):
        self.settings = settings
        torch.manual_seed(settings.config["seed"])
        model = new_model(settings)
        if weights is not None:
            model.load_state_dict(weights)
        super().__init__(settings.config["train"], model)
        words = len(title_targets(settings)[0])
        self.title_head = nn.Linear(EMBEDDING, words)
        self.optimizer = torch.optim.AdamW(self._parameter_groups(), weight_decay=self.config["weight_decay"])

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
        pictures = TrainingPictures(self.settings, self.epoch)
        batches = DataLoader(pictures, self.config["batch"], num_workers=self.config["loaders"], drop_last=True)
        self.model.train()
        for block in frozen(self.model, self.settings):
            block.eval()
        losses = []
        for batch in (bar := tqdm(batches, desc=f"epoch {self.epoch + 1}", unit="batch", mininterval=5)):
            self._set_rates(len(batches))
            loss = self._loss(*batch)
            self.learn(loss)
            losses.append(loss.item())
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
        return float(np.mean(losses))

    def measured(self) -> dict:
        return quick_scores(self.average, self.settings)

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
    cache, names = Cache(settings), np.array(settings.outputs)
    scores = {}
    for source in cache.arrays:
        rows = cache.rows(source, "val")
        images = [fitted(cache.image(r.source, r.row), settings.input_size) for r in rows.itertuples()]
        logits = predict(model, images)
        known = (rows.label != UNKNOWN).to_numpy()
        best = names[logits[:, :-1].argmax(1)]
        scores[source] = float((best == rows.label)[known].mean())
        if not known.all():
            scores[f"{source} unknown"] = float((logits.argmax(1) == len(names) - 1)[~known].mean())
        if source == "fashion-60x80":
            scores["Tops"] = float((best == rows.label)[rows.label == "Tops"].mean())
    return {name: round(score, 4) for name, score in scores.items()}


def main() -> None:
    settings = from_arguments(__doc__)
    settings.run.mkdir(parents=True, exist_ok=True)
    weights = None
    for number, stage in enumerate(settings.stages(), 1):
        finished = settings.run / f"stage-{number}.pt"
        if not finished.exists():
            trainer = Trainer(stage, weights)
            trainer.train_epochs(settings.run / f"checkpoint-{number}.pt")
            save(trainer.average.state_dict(), finished)
        weights = torch.load(finished)
    save(weights, settings.run / "weights.pt")


if __name__ == "__main__":
    main()
