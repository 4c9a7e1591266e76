"""What an `ass` filter is told. Text is in the script's file: only paths of ours reach a filter."""

from __future__ import annotations

import re
from pathlib import Path

# An option's value is read twice: as a part of the graph and as one of the filter's options
# (ffmpeg-filters, "Notes on filtergraph escaping"). Spaces are trimmed each time.
OPTION = re.compile(r"[\\':\s]")
GRAPH = re.compile(r"[\\'\[\],;\s]")


def ass_filter(script: Path, fonts: Path) -> str:
    """Draws a script with the fonts in a folder and those of the system."""
    return f"ass=filename={quoted(str(script))}:fontsdir={quoted(str(fonts))}"


def quoted(value: str) -> str:
    """As an option's value within a graph of filters."""
    return GRAPH.sub(r"\\\g<0>", OPTION.sub(r"\\\g<0>", value))
