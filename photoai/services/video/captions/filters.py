"""What an `ass` filter is told. Text is in the script's file: only paths of ours reach a filter."""

from __future__ import annotations

from pathlib import Path

from photoai.services.video.quoting import quoted


def ass_filter(script: Path, fonts: Path) -> str:
    """Draws a script with the fonts in a folder and those of the system."""
    return f"ass=filename={quoted(str(script))}:fontsdir={quoted(str(fonts))}"
