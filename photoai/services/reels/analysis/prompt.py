"""What the model is told."""

from __future__ import annotations

from dataclasses import dataclass

PROMPT_VERSION = "1"
# ISO 639-1, with the names the prompt calls them by.
LANGUAGES: dict[str, str] = {"ru": "русский"}
MOST_VARIANTS = 3


@dataclass(frozen=True)
class Wish:
    """The language of everything new (ISO 639-1, one of LANGUAGES), and how many scripts, 1 to
    MOST_VARIANTS."""

    target_language: str = "ru"
    variants: int = 1
