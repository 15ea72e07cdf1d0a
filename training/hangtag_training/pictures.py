"""The cached pictures, as a stream of training batches and as arrays for evaluation."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch.utils.data import Dataset

from .augment import augmented, nonsense
from .settings import UNKNOWN, Settings


class Cache:
    """The index and the arrays that `prepare` and, after it, `scenes` wrote."""

    def __init__(self, settings: Settings):
        files = [settings.cache / name for name in ("index.csv", "scenes.csv")]
        self.index = pd.concat([pd.read_csv(file, dtype={"id": str}) for file in files if file.exists()], ignore_index=True)
        names = self.index.source.unique()
        self.arrays = {name: np.load(settings.cache / f"{name}.npy", mmap_mode="r") for name in names}

    def image(self, source: str, row: int) -> np.ndarray:
        return np.array(self.arrays[source][row])

    def rows(self, source: str, split: str) -> pd.DataFrame:
        return self.index[(self.index.source == source) & (self.index.split == split)]


def fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture squashed to `size` as in the product: a cubic filter that averages when it shrinks.
    """
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, h, w, 3) to float (n, 3, h, w) in -1..1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def title_targets(settings: Settings) -> tuple[list[str], dict[str, np.ndarray]]:
    """The most common words of training titles and, by id, which of them a product's title contains.
    """
    table = pd.read_csv(settings.data / "fashion" / "labels.csv", dtype={"id": str})
    words = {row.id: set(re.findall(r"[a-z]{2,}", str(row.productDisplayName).lower())) for row in table.itertuples()}
    training = table[table.split == "train"].id
    counts = Counter(word for id in training for word in words[id])
    # By the alphabet if the counts are equal: the order of a set differs between processes, and that of the words must not.
    vocabulary = sorted(counts, key=lambda word: (-counts[word], word))[: settings.config["train"]["title_words"]]
    targets = {id: np.array([word in has for word in vocabulary], np.float32) for id, has in words.items()}
    return vocabulary, targets


class TrainingPictures(Dataset):
    """One epoch: a fixed number of draws from each source, shuffled, each with a new random view.

    A product in several sizes is one product: a draw takes any of its sizes.

    Item: (image uint8 (h, w, 3), label, title words, whether it has a title).
    """

    def __init__(self, settings: Settings, epoch: int):
        config = settings.config
        self.cache = Cache(settings)
        self.size = settings.input_size
        self.words, self.titles = title_targets(settings)
        self.labels = {label: index for index, label in enumerate(settings.outputs)}
        self.seed = [config["seed"], epoch]
        self.draws = self._draws(config["train"]["draws"], np.random.default_rng(self.seed))

    def _draws(self, counts: dict, random: np.random.Generator) -> list:
        index = self.cache.index[self.cache.index.split == "train"]
        fashion = index[index.source.str.startswith("fashion")]
        clothing = index[(index.source == "clothing") & index.label.isin(self.labels)]
        pools = {
            "fashion": [list(rows.itertuples()) for _, rows in fashion.groupby("id")],
            "clothing": [[row] for row in clothing[clothing.label != UNKNOWN].itertuples()],
            "clothing_unknown": [[row] for row in clothing[clothing.label == UNKNOWN].itertuples()],
            "drawings": [[row] for row in index[index.source == "drawings"].itertuples()],
            "nonsense": [[None]],
        }
        drawn = []
        for name, pool in pools.items():
            if not pool or counts[name] == 0:
                continue
            rounds = -(-counts[name] // len(pool))
            order = np.concatenate([random.permutation(len(pool)) for _ in range(rounds)])[: counts[name]]
            drawn += [pool[at][random.integers(len(pool[at]))] for at in order]
        random.shuffle(drawn)
        return drawn

    def __len__(self) -> int:
        return len(self.draws)

    def __getitem__(self, at: int):
        random = np.random.default_rng([*self.seed, at])
        row = self.draws[at]
        blank = np.zeros(len(self.words), np.float32)
        if row is None:
            return nonsense(self.size, random), self.labels[UNKNOWN], blank, 0.0
        view = augmented(self.cache.image(row.source, row.row), self.size, random)
        titled = row.source.startswith("fashion")
        return view, self.labels[row.label], self.titles[row.id] if titled else blank, float(titled)
