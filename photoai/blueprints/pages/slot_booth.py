"""What a slot's page says about its booth: the program, the link, what to type there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from photoai.models import Slot
from photoai.services.ingest import MOST_CHARS, Placeholder, placeholders
from photoai.services.slots import IMAGE, MULTIPART

from ..context import absolute, services
from .slot_form import Choice

ANSWER = "answer."  # begins the names of the fields with a guest's sample answers
CURL = "curl -F password=… -F fileToUpload=@guest.jpg \\\n"


@dataclass(frozen=True)
class Program:
    """A booth's program: its profile and name, what it gets, where it is set up, what stands in its
    dialog, in the words it has there, and the same as a command."""

    profile: str
    name: str
    told: str
    where: str
    rows: Sequence[tuple[str, str]]
    command: str


@dataclass(frozen=True)
class BoothSide:
    """How a booth is set up for a slot: its profile, its link, the placeholders of the prompt."""

    profile: str
    link: str
    placeholders: list[Placeholder]
    most_chars = MOST_CHARS  # of an answer
    programs: list[Program]

    @property
    def survey_link(self) -> str:
        """With the placeholders as a booth writes its survey's tokens: it puts answers there."""
        pairs = (f"{each.name}={{{each.name}}}" for each in self.placeholders)
        return f"{self.link}?{'&'.join(pairs)}"


def sample_answers(typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was typed as a guest's answers, by the placeholders' names; empty ones are none."""
    named = [name for name in typed if name.startswith(ANSWER)]
    return [(name.removeprefix(ANSWER), typed[name]) for name in named if typed[name]]


def booth_side(slot: Slot, choice: Choice, typed: Mapping[str, str] | None) -> BoothSide:
    link = absolute(f"/ingest/{slot.id}")
    return BoothSide(
        profile=(typed or {}).get("client_profile") or slot.client_profile,
        link=link,
        placeholders=placeholders(str(choice.values.get("prompt") or "")),
        programs=_programs(link),
    )


def _programs(link: str) -> list[Program]:
    seconds = math.ceil(services().settings.sync_response_timeout_sec())
    above, password = gettext("the link above"), gettext("the ingest password of the settings page")
    patience = gettext(
        "%(seconds)s s or more: after that the booth prints its original", seconds=seconds
    )
    return [
        Program(
            IMAGE,
            "DSLR Remote Pro",
            gettext("Gets the finished photo itself, and nothing else."),
            "Output Settings → Postprocess photos → Settings…",
            [
                ("Postprocess photos", "Web based (HTTP POST)"),
                ("URL", above),
                ("Password", password),
                ("Timeout", patience),
                ("Max image size", gettext("0, so that nothing is scaled twice")),
            ],
            f"{CURL}  -o finished.jpg {link}",
        ),
        Program(
            MULTIPART,
            "Breeze Booth (iPad)",
            gettext("Gets a form of two parts: facts in JSON and the finished photo."),
            "Event settings → Post-Processing",
            [
                ("Post-Processing URL", above),
                ("Password", password),
                ("Timeout", patience),
                ("Survey", gettext("answers come along by themselves, as fields of the form")),
            ],
            f"{CURL}  -F survey1_text_name=Anna \\\n  -o answer.bin {link}",
        ),
    ]
