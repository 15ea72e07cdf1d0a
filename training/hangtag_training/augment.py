"""Random views of a picture: the changes that cameras, shops and thumbnails make to a product."""

import cv2
import numpy as np

KERNELS = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]


def augmented(image: np.ndarray, size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A random view of `image` (uint8 RGB); `size` is (width, height)."""
    view = at_random_resolution(image, random)
    view = moved(view, size, random)
    view = recoloured(view, random)
    if random.random() < 0.15:
        view = erased(view, random)
    return view


def at_random_resolution(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Half of the larger pictures are shrunk, down to a thumbnail; some are compressed as JPEG once
    more.
    """
    height, width = image.shape[:2]
    view = image
    if height > 100:
        wanted = 80 if random.random() < 0.35 else random.uniform(90, min(height, 240))
        # Thumbnails are 3:4, whatever the shape of the stored picture.
        shape = (round(wanted * 0.75), round(wanted)) if wanted == 80 else (round(wanted * width / height), round(wanted))
        view = cv2.resize(view, shape, interpolation=cv2.INTER_AREA)
    elif random.random() < 0.1:
        scale = random.uniform(0.7, 1)
        view = cv2.resize(view, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    if random.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(45, 96))]
        view = cv2.imdecode(cv2.imencode(".jpg", view, quality)[1], cv2.IMREAD_COLOR)
    return view


def moved(image: np.ndarray, size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """Mirrored, rotated, scaled and shifted; most views stay close to the plain squash."""
    height, width = image.shape[:2]
    strength = 1.0 if random.random() < 0.7 else 0.15
    angle = np.deg2rad(random.normal(0, 6)) * strength
    zoom = np.exp(random.uniform(-0.15, 0.22) * strength)
    stretch = np.exp(random.normal(0, 0.07) * strength)
    mirror = -1 if random.random() < 0.5 else 1
    across, down = size[0] / width * zoom * stretch, size[1] / height * zoom / stretch
    shift = random.uniform(-0.06, 0.06, 2) * strength * size
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([across * mirror, down])
    centre = np.array([size[0] / 2, size[1] / 2]) + shift - matrix @ [width / 2, height / 2]
    affine = np.column_stack([matrix, centre])
    # Pixel centres have half coordinates.
    affine[:, 2] += matrix @ [0.5, 0.5] - 0.5
    kernel = KERNELS[random.integers(len(KERNELS))]
    return cv2.warpAffine(image, affine, size, flags=kernel, borderMode=cv2.BORDER_REPLICATE)


def recoloured(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Exposure, contrast, white balance and saturation as one linear map; sometimes grey, or with
    grain.
    """
    saturation = 0.0 if random.random() < 0.04 else random.uniform(0.6, 1.4)
    balance = random.uniform(0.85, 1.15) * random.normal(1, 0.04, 3)
    contrast, pivot = random.uniform(0.75, 1.2), random.uniform(90, 255)
    colours = saturation * np.eye(3) + (1 - saturation) * np.array([0.299, 0.587, 0.114])
    linear = balance[:, None] * contrast * colours
    offset = balance * (1 - contrast) * pivot
    view = cv2.transform(image, np.column_stack([linear, offset]))
    if random.random() < 0.1:
        grain = random.normal(0, random.uniform(2, 10), view.shape)
        view = np.clip(view + grain, 0, 255).astype(np.uint8)
    return view


def erased(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    tall, wide = int(random.uniform(0.1, 0.35) * height), int(random.uniform(0.1, 0.35) * width)
    top, left = random.integers(height - tall), random.integers(width - wide)
    image[top : top + tall, left : left + wide] = random.integers(0, 256, 3)
    return image


def nonsense(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A picture without an object: plain colour, gradient, blotches, noise, bars or scribble."""
    width, height = size
    coarse = int(random.integers(1, 12))
    shape = [(1, 1), (2, 2), (coarse, coarse), (height, width), (1, coarse), (coarse, 1)][random.integers(6)]
    field = random.integers(0, 256, (*shape, 3)).astype(np.uint8)
    kernel = [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC][random.integers(3)]
    view = cv2.resize(field, size, interpolation=kernel)
    for _ in range(int(random.integers(0, 6))):
        points = random.integers(0, max(size), (int(random.integers(2, 9)), 1, 2)).astype(np.int32)
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        cv2.polylines(view, [points], bool(random.integers(2)), colour, int(random.integers(1, 9)))
    return view
