"""What the command understands."""

from __future__ import annotations

import argparse
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.errors import ConfigError
from photoai.services.ascii.charsets import STYLES
from photoai.services.ascii.look import COLORS, DITHERS, WIDTHS, Look

SLOWEST_FPS, FASTEST_FPS = 1, 60
CHOICES: dict[str, tuple[str, ...]] = {
    "style": tuple(STYLES),
    "color": COLORS,
    "dither": DITHERS,
}
HELP = {
    "width": f"columns, {WIDTHS[0]} to {WIDTHS[1]}, if there are so many; default: all there are",
    "style": f"one of {', '.join(STYLES)}",
    "charset": "own characters, dark to light",
    "color": f"one of {', '.join(COLORS)}",
    "dither": f"one of {', '.join(DITHERS)}",
    "brightness": "0.5 to 2",
    "contrast": "0.5 to 2",
    "gamma": "0.5 to 2; more is lighter",
    "text_color": "#rrggbb",
    "bg_color": "#rrggbb",
    "transparent": "keep the terminal's own background",
    "steadiness": "0 to 1: how long a cell keeps its character",
    "shapes": "choose characters by their shape, too",
    "seed": "of random colours",
}
KINDS = {"int": int, "float": float}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, how it is played, and an option for each field of `Look`, with its default but for
    the width."""
    parser.add_argument("file", type=Path, help="a video or a GIF")
    rates = f"frames a second, {SLOWEST_FPS} to {FASTEST_FPS}; default: the video's"
    parser.add_argument("--fps", type=rate, help=rates)
    parser.add_argument("--loop", action="store_true", help="again and again, until Ctrl-C")
    for field in fields(Look):
        flag, text = f"--{field.name.replace('_', '-')}", HELP[field.name]
        known: dict[str, Any] = {"help": text, "default": field.default}
        if field.type == "bool":
            known["action"] = "store_true"
        else:
            known |= {"type": KINDS.get(str(field.type), str), "metavar": _metavar(field.name)}
            known["choices"] = CHOICES.get(field.name)
        parser.add_argument(flag, **known)
    parser.set_defaults(width=None)


def looked_at(args: argparse.Namespace) -> Look:
    """The look that was asked for.

    Raises:
        CharsetInvalid: see `check_charset`.
        ConfigError: a value is out of its range.
    """
    said = {field.name: getattr(args, field.name) for field in fields(Look)}
    try:
        return Look(**{name: value for name, value in said.items() if value is not None})
    except ValueError as error:
        name = str(error)
        raise ConfigError(f"--{name.replace('_', '-')}: {HELP[name]}.") from None


def rate(said: str) -> Fraction:
    """Raises ValueError: it is no number, or none that is played at."""
    fps = Fraction(said)
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise ValueError(said)
    return fps


def _metavar(name: str) -> str:
    return "COLOR" if name.endswith("_color") else name.upper()
