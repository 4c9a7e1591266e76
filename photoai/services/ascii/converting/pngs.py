"""PNG written fast: what is drawn of a few glyphs needs no search for the best filter."""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEVEL = 1
UNFILTERED = 0
EIGHT_BITS, FOUR_BITS = 8, 4
GREY, RGB, PALETTE, RGBA = 0, 2, 3, 6  # colour types (PNG, 11.2.1)
KINDS = {3: RGB, 4: RGBA}
THREADS = 2
WAITING = 2 * THREADS


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """`[height, width, 3]` as RGB, `[height, width, 4]` with alpha."""
    height, width, channels = pixels.shape
    rows = _rows(pixels.reshape(height, width * channels))
    return _file(width, height, EIGHT_BITS, KINDS[channels], rows)


def png_of_shades(
    shades: npt.NDArray[np.uint8], palette: bytes, alpha: bytes | None = None
) -> bytes:
    """`[height, width]` of 0 to 15, places of `palette`, 16 RGB triples, and of `alpha`."""
    height, width = shades.shape
    padded = np.pad(shades, ((0, 0), (0, 1))) if width % 2 else shades
    rows = _rows((padded[:, ::2] << 4 | padded[:, 1::2]).astype(np.uint8))
    chunks = [_chunk(b"PLTE", palette)] + ([_chunk(b"tRNS", alpha)] if alpha else [])
    return _file(width, height, FOUR_BITS, PALETTE, rows, b"".join(chunks))


class Pngs:
    """Files made by threads of their own, handed over in the order in which they were ordered; no
    more than a few wait at a time."""

    def __init__(self, hand_over: Callable[[bytes], None]) -> None:
        self._hand_over = hand_over
        self._threads = ThreadPoolExecutor(THREADS, "png")
        self._waiting: deque[Future[bytes]] = deque()

    def order(self, make: Callable[[], bytes]) -> None:
        """What `make` uses must not change any more."""
        self._waiting.append(self._threads.submit(make))
        if len(self._waiting) > WAITING:
            self._hand_over(self._waiting.popleft().result())

    def finish(self) -> None:
        """Hand over what is still being made."""
        while self._waiting:
            self._hand_over(self._waiting.popleft().result())

    def stop(self) -> None:
        """What nobody has been handed by now is for nobody."""
        self._waiting.clear()
        self._threads.shutdown(cancel_futures=True)


def _rows(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Every row behind its filter's number."""
    height, width = pixels.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = UNFILTERED
    rows[:, 1:] = pixels
    return rows.tobytes()


def _file(
    width: int, height: int, bits: int, kind: int, rows: bytes, between: bytes = b""
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(rows, LEVEL))
    return b"".join([SIGNATURE, _chunk(b"IHDR", head), between, pixels, _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
