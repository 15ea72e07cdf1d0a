"""Cuts objects out of their background. A cut-out is uint8 RGBA (h, w, 4), cropped to the object."""

import cv2
import numpy as np

WHITE_DISTANCE = 14  # of a pixel's darkest channel from 255; JPEG changes white by less
MIN_SHARE, MAX_SHARE = 0.06, 0.9  # of the picture; other masks are faults


def product_cutout(image: np.ndarray) -> np.ndarray | None:
    """The product of a catalogue picture: everything that white, connected to the edge, does not fill. None if
    the background is not white.
    """
    if image.shape[0] < 160:
        image = cv2.resize(image, (120, 160), interpolation=cv2.INTER_CUBIC)
    white = (image.min(2) > 255 - WHITE_DISTANCE).astype(np.uint8)
    framed = cv2.copyMakeBorder(white, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    cv2.floodFill(framed, None, (0, 0), 2)
    return cut(image, (framed[1:-1, 1:-1] != 2).astype(np.uint8))


def garment_cutout(image: np.ndarray) -> np.ndarray | None:
    """The object in the middle of a phone photo, found by GrabCut in a small copy. None if that fails."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (72, 96), interpolation=cv2.INTER_AREA)
    mask, models = np.zeros((96, 72), np.uint8), np.zeros((2, 65))
    cv2.grabCut(small, mask, (5, 6, 62, 84), models[:1].copy(), models[1:].copy(), 3, cv2.GC_INIT_WITH_RECT)
    found = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)
    smooth = cv2.resize(cv2.GaussianBlur(found, (0, 0), 1), (width, height), interpolation=cv2.INTER_LINEAR)
    return cut(image, (smooth > 0.5).astype(np.uint8))


def cut(image: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = stats[:, cv2.CC_STAT_AREA] > 0.02 * mask.size
    large[0] = False
    mask = large[parts].astype(np.uint8)
    if not MIN_SHARE < mask.mean() < MAX_SHARE:
        return None
    left, top, width, height = cv2.boundingRect(mask)
    alpha = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)) * 255.0, (0, 0), 0.8)
    return np.dstack([image, alpha.astype(np.uint8)])[top : top + height, left : left + width]
