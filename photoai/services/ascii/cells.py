"""A frame as characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating[Any]]
Color = tuple[int, int, int]


@dataclass(frozen=True)
class Cells:
    """`glyphs` are places in the artist's `charset`, `[rows, columns]`. `ink` is the colour of all
    of them, `colors` (`[rows, columns, 3]`, in true colour only) that of each."""

    glyphs: Bytes
    ink: Color
    colors: Bytes | None = None
