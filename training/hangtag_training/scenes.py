"""Makes composites: cut-out products, and things that are none of the labels, on real and drawn backgrounds.

Writes `scenes-SPLIT-N.npy` (uint8, the model's input size) and their rows into `scenes.csv`.
Val takes products, photos and backgrounds of val only. A part that exists is not made again.
"""

from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from .augment import nonsense
from .backgrounds import background, clipped, surface_colour
from .cutouts import garment_cutout, product_cutout
from .pictures import Cache
from .settings import UNKNOWN, Settings, from_arguments
from .worn import skin, worn

SHOES = ("Casual Shoes", "Heels", "Sports Shoes")
WORN = (*SHOES, "Handbags", "Sunglasses", "Watches")


@dataclass(frozen=True)
class Placement:
    """How a cut-out lies on a background: spread of its angle (90: any angle), its size as a share of the picture,
    and spread of its distance from the middle.
    """

    degrees: float
    extent: tuple[float, float] = (0.6, 1.4)
    shift: float = 0.12

    def matrix(self, scale: float, random: np.random.Generator) -> np.ndarray:
        """Turned, scaled and slightly distorted."""
        angle = np.deg2rad(random.uniform(-180, 180) if self.degrees == 90 else random.normal(0, self.degrees))
        stretch, shear = np.exp(random.normal(0, 0.08)), random.normal(0, 0.08)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return turn @ [[scale * stretch, shear * scale], [0, scale / stretch]]


UPRIGHT = Placement(12)
SCATTERED = Placement(90, (0.3, 1.0), 0.2)
ASIDE = Placement(90, (0.2, 0.5), 0.5)


class Scenes:
    """Random composites from the pictures of one split."""

    def __init__(self, settings: Settings, split: str):
        self.cache = Cache(settings)
        self.size = settings.input_size
        index = self.cache.index[self.cache.index.split == split]
        products = index[index.source.str.startswith("fashion")]
        self.products = {label: list(rows.itertuples()) for label, rows in products.groupby("label")}
        phone = index[index.source == "clothing"]
        self.photos = [self.cache.image(row.source, row.row) for row in phone.itertuples()]
        self.other = [at for at, label in enumerate(phone.label) if label == UNKNOWN]
        self.garments: dict[int, np.ndarray | None] = {}

    def of(self, label: str, random: np.random.Generator) -> np.ndarray:
        """A composite of a product; of something else for "unknown"."""
        if label == UNKNOWN:
            return self._other(random)
        cutout = self._product(label, random)
        place = background(self.photos, self.size, random)
        if random.random() < 0.15:
            place = pasted(place, self._thing(random), ASIDE, random)
        if label in WORN and random.random() < (0.5 if label == "Sunglasses" else 0.25):
            cutout = worn(cutout, label, random)
        degrees = random.choice([8, 30, 90], p=[0.4, 0.45, 0.15] if label in WORN else [0.65, 0.33, 0.02])
        if label in SHOES and random.random() < 0.4:
            cutout = pair(cutout, random)
        return photographed(pasted(place, cutout, Placement(degrees), random), random)

    def _product(self, label: str, random: np.random.Generator) -> np.ndarray:
        rows = self.products[label]
        while True:
            row = rows[random.integers(len(rows))]
            image = self.cache.image(row.source, row.row)
            if row.source == "fashion-hi224":  # squashed from 3:4
                image = cv2.resize(image, (168, 224), interpolation=cv2.INTER_AREA)
            cutout = product_cutout(image)
            if cutout is not None:
                return recoloured(cutout, random)

    def _garment(self, random: np.random.Generator) -> np.ndarray:
        while True:
            photo = self.other[random.integers(len(self.other))]
            if photo not in self.garments:
                self.garments[photo] = garment_cutout(self.photos[photo])
            cutout = self.garments[photo]
            if cutout is not None:
                return recoloured(cutout, random)

    def _thing(self, random: np.random.Generator) -> np.ndarray:
        """An object without a name: a random shape with the texture of a photo or a drawing."""
        width, height = (int(side) for side in random.integers(40, 120, 2))
        texture = background(self.photos, (width, height), random)
        mask, angles = np.zeros((height, width), np.uint8), np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 12)))
        radii = random.uniform(0.45, 1, len(angles))
        points = np.stack([width / 2 * (1 + radii * np.cos(angles)), height / 2 * (1 + radii * np.sin(angles))], 1)
        cv2.fillPoly(mask, [points.astype(np.int32)], 255, cv2.LINE_AA)
        if random.random() < 0.4:
            cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 255, -1)
        return np.dstack([texture, mask])

    def _other(self, random: np.random.Generator) -> np.ndarray:
        kind, white = random.random(), random.random() < 0.35
        place = np.full((*self.size[::-1], 3), 255, np.uint8) if white else background(self.photos, self.size, random)
        if kind < 0.5:
            scene = pasted(place, self._garment(random), UPRIGHT, random)
        elif kind < 0.7:
            for _ in range(int(random.integers(1, 4))):
                place = pasted(place, self._thing(random), SCATTERED, random)
            scene = place
        elif kind < 0.85:  # a body without the product
            empty = np.zeros((int(random.integers(20, 70)), int(random.integers(40, 80)), 4), np.uint8)
            scene = pasted(place, worn(empty, str(random.choice(WORN)), random), UPRIGHT, random)
        elif kind < 0.97:
            scene = background(self.photos, self.size, random)
        else:
            scene = nonsense(self.size, random)
        return photographed(scene, random) if not white or random.random() < 0.5 else scene


def recoloured(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Mirrored at random, with another exposure and white balance."""
    colours = cutout[..., :3] * random.uniform(0.65, 1.1) * random.normal(1, 0.04, 3)
    view = np.dstack([clipped(colours), cutout[..., 3]])
    return np.ascontiguousarray(view[:, ::-1]) if random.random() < 0.5 else view


def pair(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Two shoes of one kind, beside or over each other."""
    height, width = cutout.shape[:2]
    other = cutout[:, ::-1] if random.random() < 0.4 else cutout
    dx, dy = (round(side) for side in (random.uniform(0, 0.9) * width, random.uniform(0.25, 0.9) * height))
    canvas = np.zeros((height + dy, width + dx, 4), np.uint8)
    canvas[:height, dx:] = cutout
    part = canvas[dy:, :width]
    part[:] = np.where(other[..., 3:] > 127, other, part)
    return canvas


def pasted(place: np.ndarray, cutout: np.ndarray, placement: Placement, random: np.random.Generator) -> np.ndarray:
    """The cut-out on the background `place`, with a shadow, and sometimes half hidden."""
    height, width = place.shape[:2]
    tall, wide = cutout.shape[:2]
    scale = min(width / wide, height / tall) * np.exp(random.uniform(*np.log(placement.extent)))
    matrix = placement.matrix(scale, random)
    centre = np.array([width, height]) * (0.5 + random.normal(0, placement.shift, 2).clip(-0.45, 0.45))
    affine = np.column_stack([matrix, centre - matrix @ [wide / 2, tall / 2]])
    alpha = cutout[..., 3:].astype(np.float32) / 255
    layer = np.dstack([cutout[..., :3] * alpha, alpha])
    if scale < 0.7:
        layer = cv2.GaussianBlur(layer, (0, 0), 0.35 / scale)
    layer = cv2.warpAffine(layer, affine, (width, height), flags=cv2.INTER_LINEAR)
    view = place.astype(np.float32)
    if random.random() < 0.7:
        view *= shade(layer[..., 3], random)
    view = view * (1 - layer[..., 3:]) + layer[..., :3]
    return clipped(hidden(view, place, random) if random.random() < 0.2 else view)


def shade(alpha: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The light that a soft shadow of the object leaves (h, w, 1)."""
    moved = np.float32([[1, 0, random.normal(0, 4)], [0, 1, random.uniform(0, 6)]])
    shadow = cv2.GaussianBlur(cv2.warpAffine(alpha, moved, alpha.shape[::-1]), (0, 0), random.uniform(1.5, 7))
    return 1 - random.uniform(0.1, 0.6) * shadow[..., None]


def hidden(view: np.ndarray, place: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A finger, a sleeve or a part of the background over the picture."""
    height, width = view.shape[:2]
    mask = np.zeros((height, width), np.float32)
    start = np.array([random.uniform(0, width), random.choice([0, height])])
    end = np.array([width / 2, height / 2]) + random.normal(0, 0.25, 2) * [width, height]
    cv2.line(mask, tuple(map(int, start)), tuple(map(int, end)), 1.0, int(random.uniform(0.06, 0.25) * width), cv2.LINE_AA)
    over = [skin(random), surface_colour(random), place[::-1]][random.integers(3)]
    return np.where(mask[..., None] > 0.5, over, view)


def photographed(view: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Light, blur, noise and JPEG of a phone."""
    size = view.shape[1::-1]
    light = cv2.resize(np.exp(random.normal(0, random.uniform(0, 0.35), (2, 2))).astype(np.float32), size)[..., None]
    image = view * light * np.exp(random.normal(0, 0.15)) * random.normal(1, 0.06, 3)
    image = (image - 128) * random.uniform(0.75, 1.15) + 128
    if random.random() < 0.35:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.3))
    if random.random() < 0.25:
        small = tuple(round(side * random.uniform(0.45, 0.8)) for side in size)
        image = cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), size, interpolation=cv2.INTER_CUBIC)
    if random.random() < 0.5:
        image = image + random.normal(0, random.uniform(1, 9), image.shape)
    image = clipped(image)
    if random.random() < 0.4:
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 95))])[1], cv2.IMREAD_COLOR)
    return image


def labels_of(settings: Settings, count: int) -> list[str]:
    """Every label alike, and the configured share of "unknown"."""
    unknown = round(count * settings.config["scenes"]["unknown_share"])
    return [*np.resize(settings.labels, count - unknown), *[UNKNOWN] * unknown]


def write_part(settings: Settings, name: str) -> list[tuple]:
    """Makes a part if its file does not exist. Returns its rows of the index."""
    file = settings.cache / f"{name}.npy"
    split, number = name.split("-")[1:]
    labels = labels_of(settings, settings.config["scenes"]["part"])
    if not file.exists():
        cv2.setNumThreads(1)
        views, scenes = [], Scenes(settings, split)
        for at, label in enumerate(tqdm(labels, desc=name, mininterval=10)):
            seed = [settings.config["seed"], split == "val", int(number), at]
            cv2.setRNGSeed(at)  # of GrabCut
            views.append(scenes.of(label, np.random.default_rng(seed)))
        part = file.with_suffix(".new.npy")
        np.save(part, np.stack(views))
        part.replace(file)
    return [(name, row, f"{name}/{row}", label, split) for row, label in enumerate(labels)]


def main() -> None:
    settings = from_arguments(__doc__)
    rows = []
    for split in ("val", "train"):
        parts = settings.config["scenes"][split] // settings.config["scenes"]["part"]
        with get_context("fork").Pool(settings.config["scenes"]["processes"]) as pool:
            jobs = [(settings, f"scenes-{split}-{number}") for number in range(parts)]
            rows += [row for part in pool.starmap(write_part, jobs, chunksize=1) for row in part]
    pd.DataFrame(rows, columns=["source", "row", "id", "label", "split"]).to_csv(settings.cache / "scenes.csv", index=False)


if __name__ == "__main__":
    main()
