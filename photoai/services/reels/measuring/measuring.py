"""A video measured, in a job's child process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .facts import Measured
from .progress import Voice


def measure(params: Mapping[str, Any], folder: Path, voice: Voice) -> Measured:
    """As the door says."""
    raise NotImplementedError
