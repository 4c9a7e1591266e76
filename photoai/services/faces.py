"""Finding faces and how they are turned; to be loaded where it is used, as OpenCV is large.

Viola, Jones: "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001, with
the cascades that come with OpenCV. They know faces that look at the camera, heads tilted up to
some 45 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from cv2.data import haarcascades

# One photo takes one core: several jobs run side by side, and the server itself needs air.
cv2.setNumThreads(1)

Pixels: TypeAlias = npt.NDArray[Any]

SEARCH_SIDE_PX = 900
SMALLEST_SHARE = 0.06  # of the shorter side: smaller faces carry no likeness
TILTS = (0, -25, 25, -45, 45)  # the next one is tried when the one before found nobody
SURE_VOTES = 10  # neighbouring hits that make a face without visible eyes believable
EYES = np.array([[0.29, 0.375], [0.71, 0.375]])  # where they are in the cascade's square
EYES_APART, EYES_DOWN = 0.42, 0.375


@dataclass(frozen=True)
class Face:
    """`left` and `right` are the eyes' middles as they stand in the picture, (x, y) in pixels."""

    left: Pixels
    right: Pixels

    @property
    def eye_distance(self) -> float:
        return float(np.linalg.norm(self.right - self.left))

    @property
    def degrees(self) -> float:
        """How far the head is turned clockwise."""
        across = self.right - self.left
        return float(np.degrees(np.arctan2(across[1], across[0])))

    @property
    def middle(self) -> Pixels:
        """Between the eyes and the mouth."""
        across = self.right - self.left
        down = np.array([-across[1], across[0]])
        return (self.left + self.right) / 2 + 0.5 * down

    @property
    def square(self) -> tuple[float, float, float, float]:
        """Brow to chin, cheek to cheek: left, top, right, bottom."""
        side = self.eye_distance / EYES_APART
        across, down = (self.left + self.right) / 2
        left, top = float(across) - side / 2, float(down) - EYES_DOWN * side
        return left, top, left + side, top + side


def find_faces(
    rgb: Pixels, most: int, landmarks: bool = True, tilts: Sequence[int] = TILTS
) -> list[Face]:
    """The faces in a picture of any size, largest first.

    Without `landmarks` the eyes are not looked for: every head counts as upright. `tilts` are the
    degrees heads may be tilted by; each is one more search of a picture in which nobody is.
    """
    grey = cv2.equalizeHist(cv2.cvtColor(_bounded(rgb), cv2.COLOR_RGB2GRAY))
    scale = rgb.shape[1] / grey.shape[1]
    search = _Search(landmarks)
    for tilt in tilts if landmarks else (0,):
        if found := search.tilted(grey, tilt):
            found.sort(key=lambda face: -face.eye_distance)
            return [Face(face.left * scale, face.right * scale) for face in found[:most]]
    return []


def left_to_right(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: float(face.middle[0]))


class _Search:
    """One search with its own cascades, 30 ms to load: a cascade keeps state while it looks, so
    threads must not share it.
    """

    def __init__(self, landmarks: bool) -> None:
        self._landmarks = landmarks
        self._faces = _cascade("frontalface_alt2")
        eyes = ("eye_tree_eyeglasses", "eye") if landmarks else ()
        self._eyes = [_cascade(name) for name in eyes]

    def tilted(self, grey: Pixels, degrees: float) -> list[Face]:
        """Faces seen when the picture is turned, in its own coordinates."""
        if degrees == 0:
            return self._upright(grey)
        turned, back = _turned(grey, degrees)
        faces = self._upright(turned)
        return [Face(back @ [*face.left, 1], back @ [*face.right, 1]) for face in faces]

    def _upright(self, grey: Pixels) -> list[Face]:
        smallest = max(24, round(min(grey.shape) * SMALLEST_SHARE))
        boxes, votes = self._faces.detectMultiScale2(grey, 1.1, 4, minSize=(smallest, smallest))
        if not self._landmarks:
            return [_at(box, EYES) for box in np.array(boxes)]
        faces = []
        for box, hits in zip(np.array(boxes), votes, strict=True):
            eyes = self._eyes_in(grey, box)
            if eyes is not None or hits >= SURE_VOTES or len(boxes) == 1:
                faces.append(_at(box, EYES if eyes is None else eyes))
        return faces

    def _eyes_in(self, grey: Pixels, box: Pixels) -> Pixels | None:
        """Both eyes as fractions of the face's square, None where no believable pair is seen."""
        x, y, side = (int(value) for value in box[:3])
        patch = cv2.resize(grey[y : y + side, x : x + side], (160, 160))
        upper = patch[20:105]
        for finder in self._eyes:
            hits = np.array(finder.detectMultiScale(upper, 1.05, 3, minSize=(18, 18)))
            middles = [(hit[:2] + hit[2:] / 2 + (0, 20)) / 160 for hit in hits]
            pairs = [np.stack(pair) for pair in product(middles, middles) if _believable(*pair)]
            if pairs:
                return min(pairs, key=lambda pair: float(np.abs(pair - EYES).sum()))
        return None


def _bounded(rgb: Pixels) -> Pixels:
    height, width = rgb.shape[:2]
    scale = SEARCH_SIDE_PX / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)


def _turned(grey: Pixels, degrees: float) -> tuple[Pixels, Pixels]:
    """The picture turned on a canvas that holds all of it, and the 2 × 3 matrix back."""
    height, width = grey.shape
    side = int(np.ceil(np.hypot(width, height)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    turned = cv2.warpAffine(grey, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.invertAffineTransform(matrix)


def _at(box: Pixels, eyes: Pixels) -> Face:
    """A face from its square and the eyes as fractions of it."""
    left, right = box[:2] + eyes * box[2:]
    return Face(left, right)


def _believable(left: Pixels, right: Pixels) -> bool:
    across, down = right - left
    return bool(0.28 < across < 0.58 and abs(down) < 0.55 * across)


def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(haarcascades) / f"haarcascade_{name}.xml"))
