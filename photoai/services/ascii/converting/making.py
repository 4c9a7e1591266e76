"""A conversion from its file to what was wished, in a job's child process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .progress import Voice


def convert(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """Not there yet."""
    raise NotImplementedError
