"""What the page of reels says: of languages, of stages, of what was measured and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_currency, format_decimal, get_locale, gettext, lazy_gettext

from photoai.services.reels.analysis import LANGUAGES

from .merge_words import STATES, length, size
from .studio_words import STYLES, facts_of, said

__all__ = ["STATES", "STYLES", "facts_of", "length", "said", "size"]
STAGES = {
    "preparing": lazy_gettext("Preparing"),
    "measuring": lazy_gettext("Measuring the video"),
    "sending": lazy_gettext("Sending it to the model"),
    "watching": lazy_gettext("The model watches"),
    "checking": lazy_gettext("Checking the answer"),
}
PARTS = {
    "original": lazy_gettext("transcript and translation"),
    "keys": lazy_gettext("keys to success"),
    "script": lazy_gettext("script"),
    "recommendations": lazy_gettext("advice"),
}
# Those most people want come first.
USUAL_LANGUAGES = (
    "ru", "en", "es", "de", "fr", "it", "pt", "tr", "uk", "kk", "pl", "zh", "ja", "ko", "hi", "ar",
)  # fmt: skip
CENTS = "#,##0.00"  # of a currency's pattern (Unicode TR 35)
FINE_USD = 0.1
TEXTS = {
    "translation": lazy_gettext("translation"),
    "original": lazy_gettext("as it is spoken"),
}


def language(code: str | None) -> str:
    """What a language is called in the visitor's, its code where it has no name."""
    locale = get_locale()
    return str(locale.languages.get(code, code or "")) if locale and code else code or ""


def languages() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Those that are usual and all others, with their names, in order."""
    names = {code: language(code) for code in LANGUAGES}
    usual = {code: names.pop(code) for code in USUAL_LANGUAGES}
    return usual, dict(sorted(names.items(), key=lambda each: each[1].casefold()))


def moment(sec: float) -> str:
    """A place in a video, as players show it."""
    minutes, seconds = divmod(int(sec), 60)
    return f"{minutes}:{seconds:02}"


def limit(sec: float) -> str:
    """A length that is a round number of minutes more often than not."""
    minutes, rest = divmod(sec, 60)
    return length(sec) if rest or not minutes else gettext("%(minutes)s min", minutes=int(minutes))


def cost(usd: float | None) -> str:
    """An amount of dollars; tenths of cents under a dime, for there they matter."""
    if usd is None:
        return gettext("unknown")
    locale = get_locale()
    pattern = locale.currency_formats["standard"].pattern if locale else CENTS
    if 0 < usd < FINE_USD:
        pattern = pattern.replace(CENTS, f"{CENTS}00")
    return str(format_currency(usd, "USD", pattern, currency_digits=False))


def seconds_of(parts: list[dict[str, float]]) -> float:
    """How long these parts are together."""
    return sum(part["end_sec"] - part["start_sec"] for part in parts)


def number(value: float, digits: int = 1) -> str:
    return str(format_decimal(round(value, digits))).replace("-", "−")


def measured(facts: Mapping[str, Any], shots: int) -> list[tuple[str, str]]:
    """What was measured, a word and a value each."""
    pace, sound = facts["pace"], facts["loudness"]
    told = [
        (gettext("Length"), length(facts["duration_sec"])),
        (gettext("Picture"), f"{facts['width']}×{facts['height']}"),
        (gettext("Frames per second"), number(facts["fps"], 2)),
        (gettext("Shots"), str(shots)),
        (gettext("Shots a minute"), number(pace["shots_per_minute"])),
        (gettext("A shot lasts"), length(pace["mean_shot_sec"])),
    ]
    if pace["first_cut_sec"] is not None:
        told.append((gettext("The first cut after"), length(pace["first_cut_sec"])))
    if sound is None:
        return [*told, (gettext("Sound"), gettext("there is none"))]
    if sound["integrated_lufs"] is not None:
        loud = gettext("%(lufs)s LUFS", lufs=number(sound["integrated_lufs"]))
        told.append((gettext("Volume"), loud))
    quiet = {
        gettext("Silence"): facts["silence"], gettext("Without speech"): facts["speech_free"],
    }  # fmt: skip
    return told + [
        (name, length(seconds_of(parts))) for name, parts in quiet.items() if seconds_of(parts)
    ]
