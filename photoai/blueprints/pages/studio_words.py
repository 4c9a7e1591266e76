"""What the Studio says: of files, of choices, of what would be done and of what is being done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext, ngettext

from photoai.models import UserFile

from . import merge_words
from .merge_words import STATES, length, size

__all__ = ["STATES", "length", "size"]
KINDS: Mapping[str, Any] = {
    "video": lazy_gettext("Videos"),
    "audio": lazy_gettext("Sounds"),
    "image": lazy_gettext("Pictures"),
    "subtitles": lazy_gettext("Subtitles"),
    "font": lazy_gettext("Fonts"),
}
ICONS = {
    "video": "film", "audio": "sound", "image": "picture", "subtitles": "captions",
    "font": "letters",
}  # fmt: skip
TYPE_ICONS = {
    "join": "film", "trim": "scissors", "audio_overlay": "sound", "text_overlay": "letters",
    "subtitles": "captions", "video_overlay": "layers", "combined": "steps",
    "thumbnail": "picture", "probe": "search",
}  # fmt: skip
STAGES = {
    "preparing": lazy_gettext("Preparing"),
    "measuring": lazy_gettext("Measuring the sound"),
    "rendering": lazy_gettext("Rendering"),
    "checking": lazy_gettext("Checking"),
}
MODES = {**merge_words.MODES, "look": lazy_gettext("only looked at")}
STREAMS = {**merge_words.ACTIONS, "none": lazy_gettext("there is none")}
LOOKED_AT = lazy_gettext("looked at")
PLACES = {
    "top-left": lazy_gettext("top left"),
    "top": lazy_gettext("top"),
    "top-right": lazy_gettext("top right"),
    "left": lazy_gettext("left"),
    "center": lazy_gettext("in the middle"),
    "right": lazy_gettext("right"),
    "bottom-left": lazy_gettext("bottom left"),
    "bottom": lazy_gettext("bottom"),
    "bottom-right": lazy_gettext("bottom right"),
}
WAYS = {
    "mix": lazy_gettext("mixed with the video's own"),
    "replace": lazy_gettext("in place of the video's own"),
    "burn": lazy_gettext("drawn on the picture"),
    "soft": lazy_gettext("a track that viewers switch on"),
}
STYLES = {
    "classic": lazy_gettext("classic"),
    "karaoke": lazy_gettext("karaoke: words fill up"),
    "highlight": lazy_gettext("the spoken word stands out"),
    "word_by_word": lazy_gettext("word by word"),
}
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP"}
REASONS = {
    "cut": lazy_gettext("it is cut"),
    "joined": lazy_gettext("it is joined with others"),
    "sound is added": lazy_gettext("sound is added"),
    "text is drawn on it": lazy_gettext("text is drawn on it"),
    "subtitles are drawn on it": lazy_gettext("subtitles are drawn on it"),
    "something is laid over it": lazy_gettext("something is laid over it"),
    "laid over; its sound is not used": lazy_gettext("it is laid over; its sound is not used"),
}
CONTAINER = "container "
MOST_FAMILIES = 2
UNITS = {"s": lazy_gettext("s"), "px": lazy_gettext("px"), "LUFS": "LUFS"}


def choices_of(name: str) -> Mapping[str, Any]:
    """What may be chosen for the setting of this name, in the visitor's words."""
    if name == "aspect_ratio":
        return merge_words.aspects()
    return {
        "anchor": PLACES, "fit": merge_words.FITS, "format": FORMATS, "mode": WAYS,
        "quality": merge_words.QUALITIES, "style": STYLES, "transition": merge_words.TRANSITIONS,
    }.get(name, {})  # fmt: skip


def facts_of(file: UserFile) -> str:
    """The length, the pixels and what else tells files apart."""
    probe = file.probe or {}
    shown = [_pixels(file), _length(probe), _inside(file, probe), size(file.size_bytes)]
    return " · ".join(each for each in shown if each)


def pixels_of(file: UserFile) -> tuple[int, int] | None:
    """Width and height as they are seen."""
    probe = file.probe or {}
    seen = probe.get("video") or probe
    if "width" not in seen:
        return None
    width, height = int(seen["width"]), int(seen["height"])
    return (height, width) if seen.get("rotation_deg") in {90, 270} else (width, height)


def _pixels(file: UserFile) -> str:
    found = pixels_of(file)
    return f"{found[0]}×{found[1]}" if found else ""


def _length(probe: Mapping[str, Any]) -> str:
    sec = probe.get("duration_sec")
    return length(sec) if sec is not None else ""


def _inside(file: UserFile, probe: Mapping[str, Any]) -> str:
    if "cues" in probe:
        return ngettext("%(num)s cue", "%(num)s cues", int(probe["cues"]))
    if families := probe.get("families"):
        return ", ".join(families[:MOST_FAMILIES])
    if file.kind == "video" and not probe.get("audio"):
        return gettext("no sound")
    if file.kind == "audio" and probe.get("audio"):
        return str(probe.get("container", "")).upper()
    return ""


def frames(fps: float) -> str:
    return gettext("%(fps)s fps", fps=format_decimal(round(fps, 2)))


def because(reason: str) -> str:
    """Why something is done to a clip."""
    if reason.startswith(CONTAINER):
        return gettext("the container is %(what)s", what=reason.removeprefix(CONTAINER).upper())
    return str(REASONS[reason]) if reason in REASONS else merge_words.because(reason)


def action(name: str) -> str:
    """What becomes of a clip."""
    return str({**merge_words.ACTIONS, "look": LOOKED_AT}.get(name, name))


def said(words: Mapping[str, Any]) -> dict[str, str]:
    """In the visitor's language, for the page's modules."""
    return {name: str(word) for name, word in words.items()}
