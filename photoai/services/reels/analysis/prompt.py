"""What the model is told: the words of `prompts/` filled with the facts, the answer's schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from string import Template
from typing import Any

from babel import Locale

# To be raised with every change of a word or of the schema: answers are kept by it.
PROMPT_VERSION = "1"
PROMPTS = Path(__file__).with_name("prompts")
# English names by their ISO 639-1 codes.
LANGUAGES: Mapping[str, str] = {
    code: name for code, name in sorted(Locale("en").languages.items()) if len(code) == 2
}
RUSSIAN = "ru"
MOST_VARIANTS = 3
KEYS = 5
# More of the loudness than this tells a model nothing new.
MOST_LOUDNESS_POINTS = 90
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Wish:
    """The language of everything new (one of LANGUAGES), and how many scripts, 1 to
    MOST_VARIANTS."""

    target_language: str = RUSSIAN
    variants: int = 1


def instruction() -> str:
    """The system's: what is in a video is material and nothing else."""
    return _text("system.txt")


def prompt(facts: Mapping[str, Any], wish: Wish) -> str:
    """The tasks, in Russian for a Russian answer, with the facts as a block of JSON."""
    words = {
        "facts": json.dumps(_told(facts, wish), ensure_ascii=False, separators=(",", ":")),
        "language": LANGUAGES.get(wish.target_language, wish.target_language),
        **_about_variants(wish.variants),
        **_about_sound(facts),
    }
    name = "ru.txt" if wish.target_language == RUSSIAN else "other.txt"
    return Template(_text(name)).substitute(words)


def repair(problems: Sequence[str]) -> str:
    """What was wrong, a line for each path."""
    lines = "\n".join(f"- {problem}" for problem in problems[:MOST_PROBLEMS])
    return Template(_text("repair.txt")).substitute(problems=lines)


def schema(wish: Wish) -> dict[str, Any]:
    """JSON schema of the answer, in the words Gemini knows."""
    step = _object(time=_TEXT, visual=_TEXT, text=_TEXT, note=_TEXT)
    script = _list(step, at_least=1)
    parts: dict[str, Any] = {
        "original": _object(language=_TEXT, transcription=_TEXT, translation=_TEXT),
        "segments": _list(
            _object(start_sec=_NUMBER, end_sec=_NUMBER, text=_TEXT, translation=_TEXT)
        ),
        "keys": _list(_object(title=_TEXT, description=_TEXT), at_least=KEYS, at_most=KEYS),
        "script": script,
        "recommendations": _list(_object(category=_TEXT, text=_TEXT), at_least=1),
        "hook": _object(text=_TEXT, why=_TEXT, end_sec=_NUMBER),
        "shots": _list(_object(index={"type": "integer"}, description=_TEXT)),
    }
    if wish.variants > 1:
        more = wish.variants - 1
        variant = _object(title=_TEXT, script=script)
        parts["variants"] = _list(variant, at_least=more, at_most=more)
    return _object(**parts)


_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Any, at_least: int | None = None, at_most: int | None = None) -> dict[str, Any]:
    bounds = {"minItems": at_least, "maxItems": at_most}
    told = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"type": "array", "items": items, **told}


@cache
def _text(name: str) -> str:
    return (PROMPTS / name).read_text(encoding="utf-8").strip()


def _told(facts: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """The facts without pictures' names, the loudness no finer than it helps."""
    known = {name: fact for name, fact in facts.items() if name not in {"first_frame", "shots"}}
    shots = [
        {name: shot[name] for name in ("index", "start_sec", "end_sec")}
        for shot in facts.get("shots", ())
    ]
    if loudness := facts.get("loudness"):
        known["loudness"] = _coarser(loudness)
    wished = {"target_language": wish.target_language, "scripts": wish.variants}
    return {**wished, **known, "shots": shots}


def _coarser(loudness: Mapping[str, Any]) -> dict[str, Any]:
    curve = loudness.get("curve_lufs") or []
    together = -(-len(curve) // MOST_LOUDNESS_POINTS) or 1
    parts = [curve[start : start + together] for start in range(0, len(curve), together)]
    heard = [[value for value in part if value is not None] for part in parts]
    return {
        **loudness,
        "every_sec": round(loudness.get("every_sec", 0.5) * together, 3),
        "curve_lufs": [round(fmean(part), 1) if part else None for part in heard],
    }


def _about_variants(scripts: int) -> dict[str, str]:
    if scripts == 1:
        return {"variants_ru": "", "variants_en": ""}
    more = scripts - 1
    return {
        "variants_ru": f"- variants: ещё сценариев: {more}, каждый с другой идеей подачи; title: её"
        " название в нескольких словах.",
        "variants_en": f"- variants: {more} more script(s), each with another idea; title names it"
        " in a few words.",
    }


def _about_sound(facts: Mapping[str, Any]) -> dict[str, str]:
    if is_heard(facts):
        return {"sound_ru": "", "sound_en": ""}
    return {
        "sound_ru": "Звука в видео нет: транскрибация, перевод и segments остаются пустыми.",
        "sound_en": "The video has no sound: transcription, translation and segments stay empty.",
    }


def is_heard(facts: Mapping[str, Any]) -> bool:
    """Whether there is any sound that is not silence from beginning to end."""
    loudness = facts.get("loudness")
    if not facts.get("has_sound") or loudness is None:
        return False
    return any(value is not None for value in loudness.get("curve_lufs") or ())
