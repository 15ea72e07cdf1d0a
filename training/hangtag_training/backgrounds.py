"""Backgrounds of composites: parts of phone photos outside the object, and drawn floors, tables and fabrics."""

import cv2
import numpy as np

Size = tuple[int, int]


def background(photos: list[np.ndarray], size: Size, random: np.random.Generator) -> np.ndarray:
    if random.random() < 0.5:
        return photo_corner(photos[random.integers(len(photos))], size, random)
    return drawn_background(size, random)


def drawn_background(size: Size, random: np.random.Generator) -> np.ndarray:
    return random.choice([gradient, boards, tiles, fabric, blotches], p=[0.3, 0.175, 0.175, 0.175, 0.175])(size, random)


def photo_corner(photo: np.ndarray, size: Size, random: np.random.Generator) -> np.ndarray:
    """A corner of a photo of one object in its middle: mostly background."""
    height, width = photo.shape[:2]
    share = random.uniform(0.25, 0.42)
    tall, wide = round(height * share), round(width * share)
    top, left = random.integers(2) * (height - tall), random.integers(2) * (width - wide)
    corner = photo[top : top + tall, left : left + wide]
    if random.random() < 0.5:
        corner = corner[:, ::-1]
    if random.random() < 0.3:  # a finer texture: the corner and its mirror images
        corner = np.block([[[corner], [corner[:, ::-1]]], [[corner[::-1]], [corner[::-1, ::-1]]]])
    return cv2.resize(np.ascontiguousarray(corner), size, interpolation=cv2.INTER_AREA if len(corner) > size[1] else cv2.INTER_CUBIC)


def surface_colour(random: np.random.Generator) -> np.ndarray:
    """Half of the surfaces are wood, skin or stone; half have any colour."""
    hue = random.uniform(8, 22) if random.random() < 0.5 else random.uniform(0, 180)
    hsv = np.uint8([[[hue, random.uniform(5, 170), random.uniform(50, 245)]]])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def noise(size: Size, cells: Size, random: np.random.Generator) -> np.ndarray:
    """Smooth noise (h, w, 1) of about -1 to 1; `cells` are its details across and down."""
    return cv2.resize(random.normal(0, 0.5, (cells[1], cells[0])).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)[..., None]


def clipped(view: np.ndarray) -> np.ndarray:
    return np.clip(view, 0, 255).astype(np.uint8)


def gradient(size: Size, random: np.random.Generator) -> np.ndarray:
    corners = np.float32([[surface_colour(random) for _ in range(2)] for _ in range(2)])
    strength = random.uniform(0, 0.5)
    return clipped(cv2.resize(strength * corners + (1 - strength) * corners[0, 0], size, interpolation=cv2.INTER_LINEAR))


def blotches(size: Size, random: np.random.Generator) -> np.ndarray:
    cells = int(random.integers(2, 40))
    return clipped(surface_colour(random) + noise(size, (cells, cells), random) * random.uniform(10, 90, 3))


def fabric(size: Size, random: np.random.Generator) -> np.ndarray:
    """Folds, threads and sometimes stripes."""
    folds = noise(size, (int(random.integers(2, 6)), int(random.integers(2, 6))), random) * random.uniform(10, 50)
    threads = noise(size, (size[0] // 2, size[1] // 2), random) * random.uniform(3, 25)
    view = surface_colour(random) + folds + threads
    if random.random() < 0.4:
        period, angle = random.uniform(4, 30), random.uniform(0, np.pi)
        across = np.arange(size[0]) * np.cos(angle) + np.arange(size[1])[:, None] * np.sin(angle)
        stripes = (np.sin(across * 2 * np.pi / period) > random.uniform(-0.6, 0.6))[..., None]
        view = np.where(stripes, view, surface_colour(random) + folds + threads)
    return clipped(view)


def boards(size: Size, random: np.random.Generator) -> np.ndarray:
    """Wooden boards at any angle."""
    side = 2 * max(size)
    wide, colour = int(random.integers(14, 60)), surface_colour(random)
    shade = random.normal(0, random.uniform(3, 14), side // wide + 1).repeat(wide)[:side, None, None]
    view = colour + shade + noise((side, side), (6, side // 2), random) * random.uniform(5, 30)
    view[::wide] *= random.uniform(0.4, 0.95)
    return turned(view, size, random)


def tiles(size: Size, random: np.random.Generator) -> np.ndarray:
    side = 2 * max(size)
    wide, joint = int(random.integers(25, 110)), surface_colour(random)
    cells = int(random.integers(8, side // 2))
    view = surface_colour(random) + noise((side, side), (cells, cells), random) * random.uniform(2, 30)
    for at in range(int(random.integers(1, 3))):
        view[at::wide] = joint
        view[:, at::wide] = joint
    return turned(view, size, random)


def turned(view: np.ndarray, size: Size, random: np.random.Generator) -> np.ndarray:
    side = len(view)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(0, 180), random.uniform(0.8, 1.3))
    matrix[:, 2] += np.array(size) / 2 - side / 2
    return cv2.warpAffine(clipped(view), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
