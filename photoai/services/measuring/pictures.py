"""A picture of every shot, and the very first one: JPEGs in a ZIP that keeps them as they are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image

from photoai.errors import ClipUnreadable
from photoai.services.video.skimming import SHOW_FPS, Size

from .glances import Glances
from .shots import Span

FIRST = "first.jpg"
QUALITY = 85  # of Pillow's, 1 to 95
PLACE = 1 / 3  # of a shot, where its picture is taken
NEAR, NEAR_SEC = 0.12, 0.2  # of a shot, or in seconds: as near as that a calmer one may be
CALM_LEVELS = 4.0  # by which pictures beside each other may differ and are sharp
READABLE = 0o644 << 16  # for everybody, where the ZIP is unpacked


def shot_name(index: int) -> str:
    return f"shot_{index:03d}.jpg"


def pack(
    zip_path: Path, shown_path: Path, size: Size, glances: Glances, spans: Sequence[Span]
) -> None:
    """`first.jpg` and one picture of each shot, in their order.

    Raises:
        ClipUnreadable: there are no pictures.
    """
    with closing(Shown(shown_path, size)) as shown, zipfile.ZipFile(zip_path, "w") as packed:
        _add(packed, FIRST, shown.jpeg(0))
        for index, span in enumerate(spans):
            _add(packed, shot_name(index), shown.jpeg(_chosen(glances, shown.within(span), span)))


def _add(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    about = zipfile.ZipInfo(name)
    about.external_attr = READABLE
    packed.writestr(about, data, zipfile.ZIP_STORED)


def _chosen(glances: Glances, places: Sequence[int], span: Span) -> int:
    """Of some places the one nearest to a third into a shot at which little moves."""
    length_sec = span.clear_to_sec - span.clear_from_sec
    wanted_sec = span.clear_from_sec + length_sec * PLACE
    far = {place: abs(place / SHOW_FPS - wanted_sec) for place in places}
    near_sec = max(NEAR_SEC, length_sec * NEAR)
    near = [place for place in places if far[place] <= near_sec]
    calm = [place for place in near if _moves(glances, place) <= CALM_LEVELS]
    return min(calm or places, key=far.__getitem__)


def _moves(glances: Glances, place: int) -> float:
    """How much changes around a place."""
    at = round(place / SHOW_FPS * glances.fps)
    last = len(glances) - 1
    return glances.apart(min(max(0, at - 1), last), min(at + 1, last))


class Shown:
    """Planes of YCbCr 4:2:0 in full range, one picture after another, every 1/SHOW_FPS s.

    Raises:
        ClipUnreadable: there is none.
    """

    def __init__(self, path: Path, size: Size) -> None:
        self._size = size
        self._bytes = size.pixels * 3 // 2
        self._count = path.stat().st_size // self._bytes
        if not self._count:
            raise ClipUnreadable
        self._file = path.open("rb")

    def close(self) -> None:
        self._file.close()

    def jpeg(self, place: int) -> bytes:
        self._file.seek(place * self._bytes)
        out = BytesIO()
        Image.merge("YCbCr", list(self._planes())).save(out, "JPEG", quality=QUALITY)
        return out.getvalue()

    def within(self, span: Span) -> list[int]:
        """The places of those in the clear part of a shot, else in all of it, else the nearest."""
        clear = self._from_to(span.clear_from_sec, span.clear_to_sec)
        nearest = min(round(span.start_sec * SHOW_FPS), self._count - 1)
        return clear or self._from_to(span.start_sec, span.end_sec) or [nearest]

    def _from_to(self, start_sec: float, end_sec: float) -> list[int]:
        first, end = (ceil(sec * SHOW_FPS - 1e-6) for sec in (start_sec, end_sec))
        return list(range(first, min(end, self._count)))

    def _planes(self) -> Iterator[Image.Image]:
        whole = self._size.width, self._size.height
        half = self._size.width // 2, self._size.height // 2
        for size in (whole, half, half):
            plane = Image.frombytes("L", size, self._file.read(size[0] * size[1]))
            yield plane if size == whole else plane.resize(whole, Image.Resampling.BILINEAR)
