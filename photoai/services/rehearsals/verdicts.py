"""What a look before an event may come to: a light, and what to do in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from photoai.errors import PhotoaiError, Sentence


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


WORST_FIRST = (Light.RED, Light.YELLOW, Light.GREEN)


@dataclass(frozen=True)
class Verdict:
    """`said` are sentences; `job_id` is the job that tried a slot."""

    light: Light
    said: tuple[Sentence, ...]
    job_id: str | None = None

    def said_as_json(self) -> list[dict[str, Any]]:
        """The sentences as a row keeps them, so that each reader has them in their own language."""
        return [{"text": each.template, "values": each.values} for each in self.said]


Look = Callable[[], Verdict]


def green(*said: Sentence) -> Verdict:
    return Verdict(Light.GREEN, said)


def yellow(*said: Sentence) -> Verdict:
    return Verdict(Light.YELLOW, said)


def red(*said: Sentence) -> Verdict:
    return Verdict(Light.RED, said)


def failed(error: PhotoaiError) -> Verdict:
    """What it says, and what its details say about single fields."""
    fields = [each for each in error.details.values() if isinstance(each, list)]
    said = [each for field in fields for each in field if isinstance(each, Sentence)]
    return red(sentence_of(error), *said)


def sentence_of(error: PhotoaiError) -> Sentence:
    """What the error says, which has a translation of its own."""
    said = error.message
    return said if isinstance(said, Sentence) else Sentence(said)


def worst(verdicts: list[Verdict], fine: Sentence) -> Verdict:
    """One verdict of several: the worst light, and what is said in that and in yellow."""
    bad = [each for each in verdicts if each.light is not Light.GREEN]
    if not bad:
        return green(fine)
    bad.sort(key=lambda each: WORST_FIRST.index(each.light))
    return Verdict(bad[0].light, tuple(said for each in bad for said in each.said))
