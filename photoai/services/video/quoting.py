"""Paths as filters of ffmpeg take them."""

from __future__ import annotations

import re

# An option's value is read twice: as a part of the graph and as one of the filter's options
# (ffmpeg-filters, "Notes on filtergraph escaping"). Spaces are trimmed each time.
OPTION = re.compile(r"[\\':\s]")
GRAPH = re.compile(r"[\\'\[\],;\s]")


def quoted(value: str) -> str:
    """As an option's value within a graph of filters."""
    return GRAPH.sub(r"\\\g<0>", OPTION.sub(r"\\\g<0>", value))
