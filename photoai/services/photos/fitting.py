"""A provider's picture in the shape of the guest's photo: cut around the faces, or with a border;
never stretched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image, ImageColor, ImageFilter, ImageOps

from .picture import BLUR, PAD, Output
from .pixels import shrink

# So small a part may go without a look for faces, half of it at each end: what models call 4:3 is
# 37:27, and a search takes longer than all the rest.
NEARLY = 0.03
SEARCH_SIDE_PX, INTEREST_SIDE_PX = 640, 160
MOST_FACES, TILTS = 20, (0, -25, 25)
# Brow, cheeks and chin want that much room for hair and air, in parts of the face's side.
HAIR, CHEEK, CHIN = 0.55, 0.4, 0.3
# A border is made of the picture at an eighth of the size, blurred and darkened.
SMALLER, BLUR_SHARE, SHADE = 8, 0.02, 0.75
# Of two places as interesting, the one nearer to the middle counts.
CENTRE_PULL = 0.3
VISIBLY = 1.01


class Fitted(NamedTuple):
    """A picture in the size that was wanted, and what had to be done for that:

    `cropped` and `padded` are the part of the picture that was cut off and of the photo that is
    border, `faces` how many were found, `faces_cut` how many of them are not whole any more,
    `enlarged` by what factor the provider's pixels were stretched evenly.
    """

    image: Image.Image
    notes: dict[str, Any]


@dataclass(frozen=True)
class Head:
    """Where a head stands along one side of a picture: its face, which must not be cut, and all of
    it, with hair and chin. In pixels; `size` is the face's side."""

    face: tuple[float, float]
    whole: tuple[float, float]
    size: float


def fitted(image: Image.Image, output: Output) -> Fitted:
    """The RGB or RGBA picture in the size of `output`."""
    size = (output.width, output.height)
    if image.size == size:
        return Fitted(image, {})
    wide, high = _largest_window(image.size, size)
    lost = 1 - wide * high / (image.width * image.height)
    if lost <= NEARLY:
        left, top = (image.width - wide) / 2, (image.height - high) / 2
        return _cut(image, (left, top, left + wide, top + high), size, {})
    if output.fit == PAD:
        return _bordered(image, size, output.border)
    across = wide < image.width
    heads = heads_in(image, across)
    if across:
        left, top = _place(image, wide, heads, across), 0.0
    else:
        left, top = 0.0, _place(image, high, heads, across)
    begin, length = (left, wide) if across else (top, high)
    notes: dict[str, Any] = {"cropped": round(lost, 3), "faces": len(heads)}
    if cut := sum(not _holds(begin, length, head.face) for head in heads):
        notes["faces_cut"] = cut
    return _cut(image, (left, top, left + wide, top + high), size, notes)


def must_be_cut(width: int, height: int, output: Output) -> bool:
    """Whether a picture of that size loses more than its rim."""
    wide, high = _largest_window((width, height), (output.width, output.height))
    return output.fit != PAD and 1 - wide * high / (width * height) > NEARLY


def best_offset(length: float, wanted: float, heads: Sequence[Head], usual: float) -> float:
    """Where a window `wanted` long begins on a side `length` long: with as much of the faces'
    area whole as can be, then of the heads', then as near to `usual` as that allows."""
    ends = [end for head in heads for end in (*head.face, *head.whole)]
    last = length - wanted
    places = {usual, *ends, *(end - wanted for end in ends)}

    def worth(begin: float) -> tuple[float, float, float]:
        faces = sum(head.size**2 for head in heads if _holds(begin, wanted, head.face))
        whole = sum(head.size**2 for head in heads if _holds(begin, wanted, head.whole))
        return faces, whole, -abs(begin - usual)

    return max((min(max(0.0, place), last) for place in places), key=worth)


def heads_in(image: Image.Image, across: bool) -> list[Head]:
    """The heads in a picture, as they stand along its width (`across`) or its height."""
    import numpy as np

    from photoai.services.faces import find_faces

    copy = shrink(image, SEARCH_SIDE_PX).convert("RGB")
    scale = image.width / copy.width
    faces = find_faces(np.asarray(copy), MOST_FACES, tilts=TILTS)
    squares = [[scale * each for each in face.square] for face in faces]
    return [_head(square, image.size, across) for square in squares]


def _head(square: Sequence[float], size: tuple[int, int], across: bool) -> Head:
    left, top, right, bottom = square
    side = right - left
    begin, end = (left, right) if across else (top, bottom)
    before, behind = (CHEEK, CHEEK) if across else (HAIR, CHIN)
    length = size[0] if across else size[1]
    return Head(
        face=_within(length, begin, end),
        whole=_within(length, begin - before * side, end + behind * side),
        size=side,
    )


def _within(length: float, begin: float, end: float) -> tuple[float, float]:
    return min(max(0.0, begin), length), min(max(0.0, end), length)


def _holds(begin: float, length: float, span: tuple[float, float]) -> bool:
    slack = 1e-6 * length
    return begin - slack <= span[0] and span[1] <= begin + length + slack


def _place(image: Image.Image, wanted: float, heads: Sequence[Head], across: bool) -> float:
    length = image.width if across else image.height
    if heads:
        return best_offset(length, wanted, heads, (length - wanted) / 2)
    return _most_interesting(image, wanted / length, across) * (length - wanted)


def _most_interesting(image: Image.Image, share: float, across: bool) -> float:
    """Where the window with the most edges in it begins, from 0 to 1; a half where all is flat."""
    import numpy as np

    levels = np.asarray(shrink(image, INTEREST_SIDE_PX).convert("L"), np.float32)
    edges = np.abs(np.diff(levels, axis=0))[:, :-1] + np.abs(np.diff(levels, axis=1))[:-1]
    along = edges.sum(axis=0 if across else 1)
    window = max(1, round(share * along.size))
    places = along.size - window
    if places < 1 or not along.any():
        return 0.5
    sums = np.convolve(along, np.ones(window, np.float32), "valid")
    from_middle = np.abs(np.linspace(-1, 1, places + 1))
    return float(np.argmax(sums * (1 - CENTRE_PULL * from_middle)) / places)


def _largest_window(of: tuple[int, int], shape: tuple[int, int]) -> tuple[float, float]:
    """The largest width and height inside `of` in the shape of another size."""
    (width, height), (across, down) = of, shape
    if width * down > height * across:
        return height * across / down, float(height)
    return float(width), width * down / across


def _cut(
    image: Image.Image,
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    notes: dict[str, Any],
) -> Fitted:
    inside = (box[0], box[1], min(box[2], image.width), min(box[3], image.height))
    made = image.resize(size, Image.Resampling.LANCZOS, box=inside, reducing_gap=3.0)
    return Fitted(made, {**notes, **_enlarged(size[0] / (box[2] - box[0]))})


def _bordered(image: Image.Image, size: tuple[int, int], border: str) -> Fitted:
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (
        min(size[0], max(1, round(image.width * scale))),
        min(size[1], max(1, round(image.height * scale))),
    )
    made = _ground(image, size, border)
    middle = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
    made.paste(image.resize(inner, Image.Resampling.LANCZOS, reducing_gap=3.0), middle)
    rest = 1 - inner[0] * inner[1] / (size[0] * size[1])
    return Fitted(made, {"padded": round(rest, 3), **_enlarged(scale)})


def _ground(image: Image.Image, size: tuple[int, int], border: str) -> Image.Image:
    """What a border is made of; behind a picture that lets light through there is nothing."""
    if border != BLUR:
        colour = ImageColor.getrgb(border)
        return Image.new(image.mode, size, (*colour[:3], 255)[: len(image.mode)])
    if image.mode == "RGBA":
        return Image.new("RGBA", size, (0, 0, 0, 0))
    small = (max(1, size[0] // SMALLER), max(1, size[1] // SMALLER))
    cover = ImageOps.fit(image, small, Image.Resampling.BOX)
    blurred = cover.filter(ImageFilter.GaussianBlur(max(1.0, BLUR_SHARE * max(small))))
    return blurred.point(lambda level: level * SHADE).resize(size, Image.Resampling.BICUBIC)


def _enlarged(factor: float) -> dict[str, Any]:
    return {"enlarged": round(factor, 2)} if factor > VISIBLY else {}
