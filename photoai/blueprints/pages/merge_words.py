"""What pages say of merges: what may be chosen, what becomes of a clip and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext

from photoai.services.merges import ASPECTS

SHAPES = {
    "16:9": lazy_gettext("wide"),
    "9:16": lazy_gettext("upright, for phones"),
    "1:1": lazy_gettext("square"),
    "4:3": lazy_gettext("classic"),
}
QUALITIES = {
    "low": lazy_gettext("low, the fastest"),
    "medium": lazy_gettext("medium"),
    "high": lazy_gettext("high"),
    "ultra": lazy_gettext("highest, the slowest"),
}
FITS = {
    "pad": lazy_gettext("whole picture, margins in a colour"),
    "crop": lazy_gettext("fill, edges cut off"),
    "blur": lazy_gettext("whole picture, blurred margins"),
}
TRANSITIONS = {
    "none": lazy_gettext("none"),
    "fade": lazy_gettext("through black"),
    "crossfade": lazy_gettext("one fades into the other"),
    "slide-left": lazy_gettext("slide to the left"),
    "slide-right": lazy_gettext("slide to the right"),
    "slide-up": lazy_gettext("slide up"),
    "slide-down": lazy_gettext("slide down"),
    "wipe-left": lazy_gettext("wipe to the left"),
    "wipe-right": lazy_gettext("wipe to the right"),
}
STAGES = {
    "downloading": lazy_gettext("Downloading"),
    "preparing": lazy_gettext("Preparing"),
    "merging": lazy_gettext("Merging"),
}
STATES = {
    "queued": lazy_gettext("waiting"),
    "running": lazy_gettext("running"),
    "succeeded": lazy_gettext("ready"),
    "failed": lazy_gettext("failed"),
    "cancelled": lazy_gettext("cancelled"),
}
MODES = {
    "copy": lazy_gettext("without encoding: quick and without loss"),
    "mixed": lazy_gettext("partly encoded"),
    "encode": lazy_gettext("encoded"),
}
ACTIONS = {"copy": lazy_gettext("taken as it is"), "encode": lazy_gettext("encoded anew")}
# By what the planner's reason begins with; the rest of it is `{what}`.
REASONS = {
    "codec": lazy_gettext("the codec is {what}"),
    "profile": lazy_gettext("the H.264 profile is {what}"),
    "pixel format": lazy_gettext("the pixel format is {what}"),
    "size": lazy_gettext("the size is {what}"),
    "pixels that are not square": lazy_gettext("its pixels are not square"),
    "turned": lazy_gettext("it was filmed turned"),
    "interlaced": lazy_gettext("it is interlaced"),
    "variable frame rate": lazy_gettext("its frame rate varies"),
    "frame rate": lazy_gettext("the frame rate is {what}"),
    "colours": lazy_gettext("its colours are coded differently"),
    "does not start with a keyframe": lazy_gettext("it does not begin with a key frame"),
    "transition": lazy_gettext("it has a transition"),
}


def aspects() -> dict[str, str]:
    """Every aspect ratio with its shape and its pixels."""
    return {
        aspect: f"{aspect} · {SHAPES.get(aspect, '')} · {width}×{height}"
        for aspect, (width, height) in ASPECTS.items()
    }


def because(reason: str | None) -> str:
    """Why a clip is not taken as it is, in the visitor's words; empty when it is."""
    for start, said in REASONS.items():
        if reason is not None and (reason == start or reason.startswith(f"{start} ")):
            return str(said).format(what=reason.removeprefix(start).strip())
    return reason or ""


def length(sec: float) -> str:
    """A duration: tenths of seconds under a minute."""
    if sec < 60:
        return gettext("%(seconds)s s", seconds=format_decimal(round(sec, 1)))
    minutes, seconds = divmod(round(sec), 60)
    return gettext("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)


def size(size_bytes: int) -> str:
    """Megabytes of 10^6 bytes: hundredths under one, and never nothing."""
    digits = 2 if size_bytes < 1e6 else 1
    shown = max(0.01, round(size_bytes / 1e6, digits))
    return gettext("%(size)s MB", size=format_decimal(shown))


def for_modules() -> Mapping[str, Any]:
    """What the page's modules say with the same words."""
    said = {"mode": MODES, "action": ACTIONS, "reason": REASONS, "stage": STAGES}
    return {what: {name: str(text) for name, text in texts.items()} for what, texts in said.items()}
