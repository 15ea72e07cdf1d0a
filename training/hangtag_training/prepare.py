"""Unpacks and decodes every picture once into arrays of bytes, so that an epoch reads no archive and
no JPEG.

Each source becomes `<source>.npy`, uint8 (n, height, width, 3), and its rows of `index.csv`:
source, row, id, label, split. Splits are those of the data; labels.csv puts all duplicates of a
group into one split, which is checked here.
"""

import csv
import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from .settings import REPOSITORY, UNKNOWN, Settings, from_arguments

SOME_SHOE = "shoe"  # a shoe of which nobody named the kind
VAL_SHARE = 0.4  # of the phone photos in kinds.csv


@dataclass(frozen=True)
class Picture:
    id: str
    label: str
    split: str
    data: bytes | Path


@dataclass(frozen=True)
class Source:
    """Pictures stored at one size; other sizes and shapes are squashed to it."""

    name: str
    width: int
    height: int
    pictures: list[Picture]


def archive_files(archive: Path) -> Iterator[tuple[Path, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile():
                yield Path(member.name), tar.extractfile(member).read()


def fashion(settings: Settings) -> Iterator[Source]:
    folder = settings.data / "fashion"
    table = pd.read_csv(folder / "labels.csv", dtype={"id": str})
    crossing = table.groupby("group").split.nunique().gt(1).sum()
    if crossing:
        raise ValueError(f"Expected every duplicate group within one split but received {crossing} that cross")
    rows = table.set_index("id")
    for name, width, height in [("60x80", 60, 80), ("hi224", 224, 224), ("hi300", 225, 300)]:
        pictures = [
            Picture(file.stem, rows.articleType[file.stem], rows.split[file.stem], data)
            for file, data in archive_files(folder / f"images-{name}.tar.gz")
        ]
        yield Source(f"fashion-{name}", width, height, pictures)


def clothing(settings: Settings) -> Source:
    folder = settings.data / "clothing"
    kinds = pd.read_csv(folder / "kinds.csv", keep_default_na=False).set_index("image").label.to_dict()
    pictures = []
    for archive in ("train-320", "validation", "new-320"):
        for file, data in archive_files(folder / f"{archive}.tar.gz"):
            label = phone_label(file, kinds, settings.config["clothing"])
            if label is not None:
                name = f"{file.parent.name}/{file.name}"
                pictures.append(Picture(name, label, phone_split(file, archive, kinds), data))
    return Source("clothing", 240, 320, pictures)


def phone_label(file: Path, kinds: dict[str, str], config: dict) -> str | None:
    """The label of a phone photo; None if its folder matches several labels."""
    if file.stem in kinds:
        return kinds[file.stem] or UNKNOWN
    if file.parent.name in config["unknown"]:
        return UNKNOWN
    return config["ours"].get(file.parent.name)


def phone_split(file: Path, archive: str, kinds: dict[str, str]) -> str:
    """The split of the archive; photos of kinds.csv are divided by the SHA-256 of their names."""
    if file.stem in kinds:
        digest = int(hashlib.sha256(file.stem.encode()).hexdigest()[:8], 16)
        return "val" if digest / 2**32 < VAL_SHARE else "train"
    # The kinds of the other shoes are not known, so they measure nothing.
    return "val" if archive == "validation" and file.parent.name != "shoes" else "train"


def drawings(settings: Settings) -> Source:
    counts = settings.config["drawings"]
    pictures = []
    for split in ("train", "val"):
        folder = settings.work / "drawings" / split
        count, seed = counts[split], counts[f"{split}_seed"]
        if not (folder / "labels.csv").exists():
            render = ["node", "drawings/dist/render.js", "--out", folder]
            subprocess.run([*render, "--count", str(count), "--seed", str(seed), "--longest-side", "400"], cwd=REPOSITORY, check=True)
        with open(folder / "labels.csv", newline="") as labels:
            pictures += [Picture(r["file"], r["label"], split, folder / r["file"]) for r in csv.DictReader(labels)]
    return Source("drawings", 240, 320, pictures)


def store(source: Source, cache: Path) -> pd.DataFrame:
    shape = (len(source.pictures), source.height, source.width, 3)
    array = np.lib.format.open_memmap(cache / f"{source.name}.npy", "w+", np.uint8, shape)
    for row, picture in enumerate(tqdm(source.pictures, desc=source.name, unit="image")):
        stream = io.BytesIO(picture.data) if isinstance(picture.data, bytes) else picture.data
        image = Image.open(stream).convert("RGB")
        if image.size != (source.width, source.height):
            image = image.resize((source.width, source.height), Image.Resampling.BICUBIC)
        array[row] = np.asarray(image)
    array.flush()
    rows = [(source.name, row, p.id, p.label, p.split) for row, p in enumerate(source.pictures)]
    return pd.DataFrame(rows, columns=["source", "row", "id", "label", "split"])


def main() -> None:
    settings = from_arguments(__doc__)
    settings.cache.mkdir(parents=True, exist_ok=True)
    sources = [*fashion(settings), clothing(settings), drawings(settings)]
    pd.concat([store(source, settings.cache) for source in sources]).to_csv(settings.cache / "index.csv", index=False)


if __name__ == "__main__":
    main()
