"""Continues from the adapted weights (`refine.onnx`); all blocks but the first few learn, and no view of a picture is used
twice. Writes `refined.pt` with several running averages of the weights, and `weights.pt` between the adapted weights and one
of the averages.

On catalogue pictures the network mostly learns the outputs of version 1.2.1 (`start.onnx`) for the same view (distillation,
arXiv:1503.02531); on composites, phone photos and drawings it learns the label. The statistics of the batch norms are
fixed, so it learns as the function that is exported. After an interruption it continues at the last checkpoint.
"""

import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .adapt import allowed, between, input_size, sample, upper, zoomed
from .augment import augmented, nonsense
from .network import MobileNetV2
from .pictures import Cache, to_tensor
from .prepare import UNKNOWN
from .scenes import Scenes, labels_of, photographed
from .settings import Settings, from_arguments
from .shipped import load_shipped

WARMUP = 50  # batches
DECAY_FROM = 0.2  # of the batches; from there the learning rate falls to almost zero


class Batches(Dataset):
    """Batch `at` of the training: (images uint8 (n, h, w, 3), the outputs that may be right, as in `allowed`).

    Catalogue pictures come first. A product that exists in several sizes is one product: a draw takes any of them.
    """

    def __init__(self, settings: Settings):
        self.settings, self.config, self.cache = settings, settings.config["refine"], Cache(settings)
        self.catalogue = round(self.config["batch"] * self.config["catalogue_share"])
        train = self.cache.index[self.cache.index.split == "train"]
        products = train[train.source.str.startswith("fashion")]
        self.products = [list(rows.itertuples()) for _, rows in products.groupby("id")]
        phone = train[(train.source == "clothing") & train.label.isin(self.config["phone"])]
        self.phone = {label: list(rows.itertuples()) for label, rows in phone.groupby("label")}
        self.drawings = list(train[train.source == "drawings"].itertuples())
        self.scene_labels = labels_of(settings, 4 * len(settings.labels) * 10)
        self.scenes: Scenes | None = None

    def __len__(self) -> int:
        return self.config["batches"]

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        self.scenes = self.scenes or Scenes(self.settings, "train")
        random = np.random.default_rng([self.settings.config["seed"], 5, at])
        views = [self._product(at * self.catalogue + number, random) for number in range(self.catalogue)]
        kinds = self.config["draws"]
        shares = np.array(list(kinds.values())) / sum(kinds.values())
        for kind in random.choice(list(kinds), self.config["batch"] - self.catalogue, p=shares):
            views.append(getattr(self, f"_{kind}")(random))
        images, labels = zip(*views, strict=True)
        return np.stack(images), allowed(np.array(labels), self.settings.labels)

    def _product(self, draw: int, random: np.random.Generator) -> tuple[np.ndarray, str]:
        """Each product once in an epoch."""
        epoch, place = divmod(draw, len(self.products))
        order = np.random.default_rng([self.settings.config["seed"], 6, epoch]).permutation(len(self.products))
        sizes = self.products[order[place]]
        row = sizes[-1] if random.random() < self.config["largest_share"] else sizes[random.integers(len(sizes))]
        return self._view(row, random), row.label

    def _view(self, row, random: np.random.Generator) -> np.ndarray:
        return augmented(self.cache.image(row.source, row.row), input_size(self.settings), random)

    def _scenes(self, random: np.random.Generator) -> tuple[np.ndarray, str]:
        label = self.scene_labels[random.integers(len(self.scene_labels))]
        return self.scenes.of(label, random), label

    def _clothing(self, random: np.random.Generator) -> tuple[np.ndarray, str]:
        shares = np.array(list(self.config["phone"].values()))
        label = str(random.choice(list(self.config["phone"]), p=shares / shares.sum()))
        row = self.phone[label][random.integers(len(self.phone[label]))]
        image = zoomed(self.cache.image("clothing", row.row), random)
        view = augmented(image, input_size(self.settings), random)
        return (photographed(view, random) if random.random() < 0.3 else view), label

    def _drawings(self, random: np.random.Generator) -> tuple[np.ndarray, str]:
        row = self.drawings[random.integers(len(self.drawings))]
        return self._view(row, random), row.label

    def _nonsense(self, random: np.random.Generator) -> tuple[np.ndarray, str]:
        return nonsense(input_size(self.settings), random), UNKNOWN


class Remaining(Dataset):
    """The batches from `start` on."""

    def __init__(self, batches: Batches, start: int):
        self.batches, self.start = batches, start

    def __len__(self) -> int:
        return len(self.batches) - self.start

    def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batches[self.start + at]


class Refinement:
    def __init__(self, settings: Settings, model: MobileNetV2, teacher: MobileNetV2):
        self.config, self.model, self.teacher = settings.config["refine"], model.eval(), teacher.eval()
        self.fixed = self.config["fixed_blocks"]
        self.averages = {decay: copy.deepcopy(model) for decay in self.config["average_decays"]}
        learning = [*model.features[self.fixed :].parameters(), *model.head.parameters()]
        matrices = [value for value in learning if value.ndim > 1]
        vectors = [value for value in learning if value.ndim == 1]
        groups = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=self.config["weight_decay"])
        self.step = 0

    def learn(self, images: Tensor, may_be_right: Tensor, catalogue: int) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        x = to_tensor(images.numpy()).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                maps = self.model.features[: self.fixed](x)
                teacher = upper(self.teacher, maps[:catalogue], self.fixed).float().log_softmax(1)
            embedding = self.model.features[self.fixed :](maps).mean((2, 3))
            logits = self.model.head(F.dropout(embedding, self.model.dropout.p))
        loss = self._loss(logits.float().log_softmax(1), may_be_right, teacher)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        self._update_averages()
        return loss.item()

    def _loss(self, logs: Tensor, may_be_right: Tensor, teacher: Tensor) -> Tensor:
        smooth, share, part = self.config["label_smoothing"], self.config["taught_share"], len(teacher)
        loss = -(1 - smooth) * (logs + may_be_right).logsumexp(1) - smooth * logs.mean(1)
        taught = F.kl_div(logs[:part], teacher, reduction="none", log_target=True).sum(1)
        return torch.cat([(1 - share) * loss[:part] + share * taught, loss[part:]]).mean()

    def _rate(self) -> float:
        progress = self.step / self.config["batches"]
        falling = min(1.0, (1 - progress) / (1 - DECAY_FROM))
        return self.config["learning_rate"] * min(1.0, (self.step + 1) / WARMUP) * max(falling, 0.01)

    def _update_averages(self) -> None:
        with torch.no_grad():
            for decay, average in self.averages.items():
                now = min(decay, (1 + self.step) / (10 + self.step))
                for mean, value in zip(average.parameters(), self.model.parameters(), strict=True):
                    mean.lerp_(value, 1 - now)

    def state(self) -> dict:
        averages = {decay: average.state_dict() for decay, average in self.averages.items()}
        return {"model": self.model.state_dict(), "averages": averages, "optimizer": self.optimizer.state_dict(), "step": self.step}

    def resume(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for decay, average in self.averages.items():
            average.load_state_dict(state["averages"][decay])
        self.step = state["step"]


def refine(refinement: Refinement, batches: Batches, checkpoint: Path) -> None:
    if checkpoint.exists():
        refinement.resume(torch.load(checkpoint))
    losses, start = [], time.monotonic()
    for images, may_be_right in DataLoader(Remaining(batches, refinement.step), batch_size=None, num_workers=1, prefetch_factor=4):
        losses.append(refinement.learn(images, may_be_right, batches.catalogue))
        if refinement.step % refinement.config["checkpoint"] == 0 or refinement.step == len(batches):
            record = {"batch": refinement.step, "loss": round(float(np.mean(losses)), 4), "seconds": round(time.monotonic() - start)}
            print(json.dumps(record), flush=True)
            torch.save(refinement.state(), checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            losses, start = [], time.monotonic()


def require_same_start(refinement: Refinement) -> None:
    """The fixed blocks are computed once for both networks."""
    blocks = (network.features[: refinement.fixed].parameters() for network in (refinement.model, refinement.teacher))
    if not all(torch.allclose(one, other, atol=1e-3) for one, other in zip(*blocks, strict=True)):
        raise ValueError(f"Expected the first {refinement.fixed} blocks of refine.onnx to be those of start.onnx but received others")


def loaded(settings: Settings, file: Path) -> MobileNetV2:
    model = MobileNetV2(len(settings.labels) + 1, dropout=settings.config["model"]["dropout"]).to(memory_format=torch.channels_last)
    load_shipped(model, file, sample(settings))
    return model


def main() -> None:
    settings = from_arguments(__doc__)
    settings.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.config["seed"])
    model, teacher = (loaded(settings, settings.work / name) for name in ("refine.onnx", "start.onnx"))
    adapted = copy.deepcopy(model.state_dict())
    refinement = Refinement(settings, model, teacher)
    require_same_start(refinement)
    refine(refinement, Batches(settings), settings.run / "refined.pt")
    average = refinement.averages[refinement.config["average"]].state_dict()
    torch.save(between(adapted, average, refinement.config["refined_share"]), settings.run / "weights.pt")


if __name__ == "__main__":
    main()
