"""Puts a cut-out product on a drawn part of a body. Without a product, the body alone is drawn."""

import cv2
import numpy as np

from .backgrounds import surface_colour


def skin(random: np.random.Generator) -> np.ndarray:
    light = random.uniform(0.35, 1.05)
    return np.clip(np.array([236, 188, 160]) * light + random.normal(0, 6, 3), 0, 255)


def worn(cutout: np.ndarray, label: str, random: np.random.Generator) -> np.ndarray:
    """RGBA of the product on a face, an arm, legs or a body."""
    draw = {"Sunglasses": on_face, "Watches": on_arm, "Handbags": on_body}.get(label, on_legs)
    return draw(cutout, random)


def blank(cutout: np.ndarray, across: float, down: float) -> np.ndarray:
    height, width = cutout.shape[:2]
    return np.zeros((round(height * down), round(width * across), 4), np.uint8)


def ellipse(canvas: np.ndarray, centre: tuple[float, float], radii: tuple[float, float], colour: np.ndarray) -> None:
    points = [tuple(round(value) for value in pair) for pair in (centre, radii)]
    cv2.ellipse(canvas, points[0], points[1], 0, 0, 360, (*map(int, colour), 255), -1, cv2.LINE_AA)


def bar(canvas: np.ndarray, ends: np.ndarray, width: float, colour: np.ndarray) -> None:
    start, end = (tuple(int(value) for value in point) for point in ends)
    cv2.line(canvas, start, end, (*map(int, colour), 255), max(1, round(width)), cv2.LINE_AA)
    cv2.line(canvas, start, end, (*map(int, colour * 0.9), 255), max(1, round(width * 0.5)), cv2.LINE_AA)


def put(canvas: np.ndarray, cutout: np.ndarray, left: float, top: float) -> np.ndarray:
    """The canvas with the cut-out over it; what lies outside is cropped."""
    height, width = cutout.shape[:2]
    left, top = max(0, round(left)), max(0, round(top))
    part = canvas[top : top + height, left : left + width]
    piece = cutout[: part.shape[0], : part.shape[1]]
    alpha = piece[..., 3:] / 255
    part[..., :3] = part[..., :3] * (1 - alpha) + piece[..., :3] * alpha
    part[..., 3] = np.maximum(part[..., 3], piece[..., 3])
    return canvas


def on_face(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    width = cutout.shape[1]
    wide = random.uniform(1.0, 1.3) * width  # of the face
    tall = wide * random.uniform(1.25, 1.5)
    canvas = np.zeros((round(tall * 1.5), round(wide * 1.6), 4), np.uint8)
    middle, top = canvas.shape[1] / 2, tall * 0.2
    colour, hair = skin(random), surface_colour(random) * 0.5
    long_hair = random.uniform(0.5, 0.85)
    ellipse(canvas, (middle, top + tall * (long_hair - 0.08)), (wide * 0.68, tall * long_hair), hair)
    bar(canvas, np.array([[middle, top + tall * 0.8], [middle, tall * 1.6]]), wide * 0.5, colour * 0.85)
    ellipse(canvas, (middle, top + tall / 2), (wide / 2, tall / 2), colour)
    ellipse(canvas, (middle, top + tall * 0.02), (wide * 0.42, tall * random.uniform(0.1, 0.2)), hair)
    eyes = top + tall * random.uniform(0.36, 0.46)
    for side in (-0.22, 0.22):
        ellipse(canvas, (middle + side * wide, eyes), (wide * 0.08, wide * 0.04), np.array([60, 45, 40]))
    bar(canvas, np.array([[middle, eyes], [middle, top + tall * 0.62]]), wide * 0.08, colour * 0.92)
    ellipse(canvas, (middle, top + tall * 0.78), (wide * 0.16, wide * 0.045), colour * [0.8, 0.5, 0.5])
    canvas = cv2.GaussianBlur(canvas, (0, 0), 1.2)
    return put(canvas, cutout, middle - width / 2, eyes - cutout.shape[0] / 2)


def on_arm(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    height, width = cutout.shape[:2]
    middle = cutout[round(height * 0.18) : round(height * 0.82)] if height > 1.3 * width else cutout
    canvas = blank(middle, random.uniform(2, 3), 1.15)
    across, down = canvas.shape[1], canvas.shape[0]
    bar(canvas, np.array([[0, down / 2], [across, down / 2 + random.normal(0, down * 0.04)]]), len(middle) * 0.95, skin(random))
    return put(canvas, middle, (across - width) / 2, (down - len(middle)) / 2)


def on_legs(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    height, width = cutout.shape[:2]
    canvas = blank(cutout, 1.1, random.uniform(1.8, 3))
    colour = skin(random) if random.random() < 0.5 else surface_colour(random) * 0.6
    back = random.choice([0.25, 0.75]) * width
    for offset in (0, random.uniform(-0.2, 0.2) * width):
        bar(canvas, np.array([[back + offset, 0], [back, len(canvas) - height * 0.6]]), width * random.uniform(0.2, 0.35), colour)
    return put(canvas, cutout, 0, len(canvas) - height)


def on_body(cutout: np.ndarray, random: np.random.Generator) -> np.ndarray:
    height, width = cutout.shape[:2]
    canvas = blank(cutout, random.uniform(1.8, 3), random.uniform(2, 3.5))
    middle = canvas.shape[1] * random.uniform(0.35, 0.65)
    wide = width * random.uniform(0.7, 1.2)
    bar(canvas, np.array([[middle, wide * 0.5], [middle, len(canvas)]]), wide, surface_colour(random))
    side = middle + random.choice([-0.5, 0.5]) * wide
    top = random.uniform(0.3, 0.9) * (len(canvas) - height)
    bar(canvas, np.array([[side, wide * 0.6], [side, top + height * 0.2]]), width * 0.22, skin(random))
    return put(canvas, cutout, min(max(side - width / 2, 0), canvas.shape[1] - width), top)
