"""Continues the training of the weights in `start.onnx` with composites and phone photos, so that the background of a
picture does not decide; writes `weights.pt`, a `Branched` network.

Its branch for product photos is `start.onnx`. Only the other branch learns, with the same head. What the lower blocks make of
every view is computed once (`*_views.pt`). On the catalogue pictures of a batch it learns the label and the outputs of
`start.onnx`. After an interruption it continues after the last complete epoch. Last, the gate is fitted.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from tqdm import tqdm

from .augment import augmented, nonsense
from .figures import delivered, softmax
from .network import Branched, MobileNetV2
from .pictures import Cache, fitted, to_tensor
from .prepare import SOME_SHOE
from .run import Run, save
from .scenes import SHOES, photographed
from .settings import UNKNOWN, Settings, from_arguments
from .shipped import load_shipped

THRESHOLD = 0.4  # of the output "unknown", before calibration


@dataclass(frozen=True)
class Features:
    """What the lower blocks make of views, bfloat16 (n, c, h, w); and of the whole of `start.onnx`, the logits."""

    maps: Tensor
    first: Tensor
    labels: np.ndarray
    sources: np.ndarray

    @staticmethod
    def joined(parts: list["Features"]) -> "Features":
        arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in ("labels", "sources"))
        return Features(*(torch.cat([getattr(part, name) for part in parts]) for name in ("maps", "first")), *arrays)


View = tuple[np.ndarray, str, str]  # image of the input's size, label, source


def stored_features(settings: Settings, model: Branched, views: Callable[[Settings], Iterator[View]]) -> Features:
    """Computed once for each of the functions below."""
    file = settings.run / f"{views.__name__}.pt"
    if not file.exists():
        save(vars(computed(model, views(settings))), file)
    return Features(**torch.load(file, weights_only=False))


def catalogue_views(settings: Settings) -> Iterator[View]:
    cache, random = Cache(settings), np.random.default_rng(settings.config["seed"])
    train = cache.index[(cache.index.split == "train") & cache.index.source.str.startswith("fashion")]
    products = train.sample(frac=1, random_state=0).drop_duplicates("id")
    for row in products.head(settings.config["adapt"]["views"]["fashion"]).itertuples():
        yield augmented(cache.image(row.source, row.row), settings.input_size, random), row.label, "fashion"


def phone_views(settings: Settings) -> Iterator[View]:
    """Views of phone photos, of drawings and without an object."""
    config, cache, size = settings.config["adapt"]["views"], Cache(settings), settings.input_size
    random = np.random.default_rng(settings.config["seed"])
    train = cache.index[cache.index.split == "train"]
    phone = train[train.source == "clothing"]
    for label, count in config["phone"].items():
        for row in phone[phone.label == label].sample(count, replace=True, random_state=1).itertuples():
            view = augmented(zoomed(cache.image("clothing", row.row), random), size, random)
            yield (photographed(view, random) if random.random() < 0.3 else view), label, "clothing"
    for row in train[train.source == "drawings"].head(config["drawings"]).itertuples():
        yield augmented(cache.image(row.source, row.row), size, random), row.label, "drawings"
    for _ in range(config["nonsense"]):
        yield nonsense(size, random), UNKNOWN, "nonsense"


def scene_views(settings: Settings) -> Iterator[View]:
    cache = Cache(settings)
    for row in cache.index[cache.index.source.str.startswith("scenes-train")].itertuples():
        yield cache.image(row.source, row.row), row.label, "scenes"


def val_views(settings: Settings) -> Iterator[View]:
    """Some catalogue pictures, every phone photo and every composite of val."""
    cache = Cache(settings)
    val = cache.index[cache.index.split == "val"]
    catalogue = val[val.source == "fashion-60x80"].sample(settings.config["adapt"]["views"]["val"], random_state=0)
    for rows, source in [(catalogue, "fashion"), (val[val.source == "clothing"], "clothing"),
                         (val[val.source.str.startswith("scenes")], "scenes")]:  # fmt: skip
        for row in rows.itertuples():
            yield fitted(cache.image(row.source, row.row), settings.input_size), row.label, source


def zoomed(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Half of the photos are cropped to 60 to 100 % of each side."""
    if random.random() < 0.5:
        return image
    height, width = image.shape[:2]
    tall, wide = (round(side * random.uniform(0.6, 1)) for side in (height, width))
    top, left = random.integers(0, height - tall + 1), random.integers(0, width - wide + 1)
    return image[top : top + tall, left : left + wide]


def computed(model: Branched, views: Iterator[View]) -> Features:
    maps, logits, labels, sources, batch = [], [], [], [], []

    def finish() -> None:
        x = to_tensor(np.stack(batch)).to(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            made = model.lower(x)
            maps.append(made.bfloat16().contiguous())
            logits.append(model.classified(model.products(made))[0].float())
        batch.clear()

    for image, label, source in tqdm(views, unit="view", mininterval=10):
        batch.append(image)
        labels.append(label)
        sources.append(source)
        if len(batch) == 64:
            finish()
    if batch:
        finish()
    return Features(torch.cat(maps), torch.cat(logits), np.array(labels), np.array(sources))


class Adaptation(Run):
    """Trains the branch for other pictures; the rest of the network stays as it is."""

    def __init__(self, settings: Settings, model: Branched):
        super().__init__(settings.config["adapt"], model)
        self.settings = settings
        self.catalogue = round(self.config["batch"] * self.config["catalogue_share"])
        training = (catalogue_views, phone_views, scene_views)
        self.train = Features.joined([stored_features(settings, model, views) for views in training])
        self.val = stored_features(settings, model, val_views)
        self.allowed = torch.from_numpy(allowed(self.train.labels, settings.outputs))
        self.optimizer = torch.optim.AdamW(model.others.parameters(), weight_decay=self.config["weight_decay"])

    def learning(self, model: Branched) -> nn.Module:
        return model.others

    def measured(self) -> dict:
        average = self.average
        return scores(predicted(lambda maps: average.classified(average.others(maps)), self.val), self.val, self.settings)

    def batches(self) -> list[np.ndarray]:
        """Catalogue pictures first, then composites and phone photos, each in random order."""
        random = np.random.default_rng([self.settings.config["seed"], self.epoch])
        which = self.train.sources == "fashion"
        catalogue, others = (random.permutation(np.flatnonzero(part)) for part in (which, ~which))
        rest = self.config["batch"] - self.catalogue
        count = len(others) // rest
        catalogue = np.resize(catalogue, count * self.catalogue).reshape(count, -1)
        return list(np.concatenate([catalogue, others[: count * rest].reshape(count, -1)], 1))

    def train_epoch(self) -> float:
        self.model.train()
        losses, batches = [], self.batches()
        for rows in tqdm(batches, mininterval=10):
            self._set_rate(len(batches))
            loss = self._loss(torch.from_numpy(rows))
            self.learn(loss)
            losses.append(loss.item())
        return float(np.mean(losses))

    def _loss(self, rows: Tensor) -> Tensor:
        maps = self.train.maps[rows]
        if torch.rand(()) < 0.5:
            maps = maps.flip(3)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, _ = self.model.classified(self.model.others(maps.to(memory_format=torch.channels_last)))
        logs = logits.float().log_softmax(1)
        right = -(logs + self.allowed[rows]).logsumexp(1)
        smooth = self.config["label_smoothing"]
        loss = (1 - smooth) * right - smooth * logs.mean(1)
        part, share = self.catalogue, self.config["taught_share"]
        teacher = self.train.first[rows[:part]].log_softmax(1)
        taught = F.kl_div(logs[:part], teacher, reduction="none", log_target=True).sum(1)
        return torch.cat([(1 - share) * loss[:part] + share * taught, loss[part:]]).mean()

    def _set_rate(self, batches: int) -> None:
        warmup, total = 100, self.config["epochs"] * batches
        progress = max(0.0, (self.step - warmup) / max(1, total - warmup))
        factor = min(1.0, (self.step + 1) / warmup) * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config["learning_rate"] * factor

    def fit_gate(self) -> None:
        """Logistic regression on the mean of the maps of the lower blocks: product photos and drawings, or phone photos and
        composites?
        """
        views = self.train.sources != "nonsense"
        means = self.train.maps[views].float().mean((2, 3)).numpy()
        scaling = StandardScaler().fit(means)
        fitted = LogisticRegression(max_iter=1000).fit(scaling.transform(means), np.isin(self.train.sources[views], ["fashion", "drawings"]))
        weights = fitted.coef_ / scaling.scale_
        with torch.no_grad():
            self.average.gate.weight.copy_(torch.from_numpy(weights))
            self.average.gate.bias.copy_(torch.from_numpy(fitted.intercept_ - weights @ scaling.mean_))


def allowed(labels: np.ndarray, outputs: list[str]) -> np.ndarray:
    """For each label and output (n, outputs): zero if the output may be right, otherwise a large negative number. A shoe without
    a name may be any shoe, or none of the labels.
    """
    sets = {name: [at] for at, name in enumerate(outputs)}
    sets[SOME_SHOE] = [outputs.index(name) for name in (*SHOES, UNKNOWN)]
    table = np.full((len(labels), len(outputs)), -1e4, np.float32)
    for row, label in enumerate(labels):
        table[row, sets[label]] = 0
    return table


def scores(logits: np.ndarray, features: Features, settings: Settings) -> dict:
    """Delivered shares by source, not calibrated yet."""
    names = settings.outputs
    truth = np.array([names.index(label) for label in features.labels])
    unknownness = softmax(logits)[:, -1]
    probabilities = softmax(logits[:, :-1])
    result = {}
    for source in sorted(set(features.sources)):
        rows = features.sources == source
        result[source] = delivered(probabilities[rows], unknownness[rows], truth[rows], names, THRESHOLD)
    return result


def predicted(classify: Callable[[Tensor], tuple[Tensor, Tensor]], features: Features) -> np.ndarray:
    parts = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(features.maps), 256):
            maps = features.maps[start : start + 256].to(memory_format=torch.channels_last)
            parts.append(classify(maps)[0].float().numpy())
    return np.concatenate(parts)


def sample(settings: Settings) -> np.ndarray:
    """Some training pictures, half from the catalogue and half from phones."""
    cache = Cache(settings)
    rows = [row for source in ("fashion-hi224", "clothing") for row in cache.rows(source, "train").head(32).itertuples()]
    return np.stack([fitted(cache.image(row.source, row.row), settings.input_size) for row in rows])


def main() -> None:
    settings = from_arguments(__doc__)
    settings.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.config["seed"])
    network = MobileNetV2(len(settings.labels) + 1, dropout=settings.config["model"]["dropout"])
    load_shipped(network, settings.start, sample(settings))
    model = Branched(network, settings.config["adapt"]["lower_blocks"]).to(memory_format=torch.channels_last).eval()
    model.requires_grad_(False)
    model.others.requires_grad_(True)
    adaptation = Adaptation(settings, model)
    print("start", json.dumps(scores(adaptation.val.first.numpy(), adaptation.val, settings)), flush=True)
    adaptation.train_epochs(settings.run / "adapted.pt")
    adaptation.fit_gate()
    print("both", json.dumps(scores(predicted(adaptation.average.upper, adaptation.val), adaptation.val, settings)), flush=True)
    save(adaptation.average.state_dict(), settings.run / "weights.pt")


if __name__ == "__main__":
    main()
