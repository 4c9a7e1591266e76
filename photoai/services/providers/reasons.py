"""Why providers make no image of a photo, said to whoever runs the booth, and what helps.

Each provider has a table of its own words for these reasons. The vendor's word goes along as
`reason` in an error's details, `advice` beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from photoai.errors import Sentence


@dataclass(frozen=True)
class Reason:
    """What happened, and what an operator can do."""

    said: Sentence
    advice: Sentence


def explained(name: str, reason: Reason) -> dict[str, Any]:
    """What an error is made with; `name` is the vendor's word for the reason."""
    return {"message": str(reason.said), "details": {"reason": name, "advice": [reason.advice]}}


def every_reason() -> Iterator[Reason]:
    yield from (each for each in globals().values() if isinstance(each, Reason))


def advice_on(said: str) -> str:
    """What helps against a reason, by its sentence; "" for one that is none of these."""
    return next((str(each.advice) for each in every_reason() if each.said == said), "")


MILDER = Sentence(
    "Make the prompt milder: nothing about bodies, weapons, blood or children."
    " The slot's milder wording is tried by itself."
)
TRY_AGAIN = Sentence("Try it again; if it stays so, change the prompt or the model.")
ALLOWED_ONLY = Sentence(
    "Take out of the prompt what is not allowed: nudity, violence, symbols, names of real people."
    " The slot's milder wording is tried by itself."
)

UNSAFE = Reason(Sentence("The AI's safety filter stopped this photo or its prompt."), MILDER)
UNSAFE_IMAGE = Reason(Sentence("The AI's finished image did not pass its safety filter."), MILDER)
FORBIDDEN = Reason(
    Sentence("The photo or its prompt holds what the AI provider forbids."), ALLOWED_ONLY
)
FORBIDDEN_IMAGE = Reason(
    Sentence("The finished image would show what the AI provider forbids."), ALLOWED_ONLY
)
MODERATED = Reason(
    Sentence("The AI provider's moderation stopped this photo or its prompt."), MILDER
)
BLOCKED_WORD = Reason(
    Sentence("The prompt holds a word that the AI provider blocks."),
    Sentence("Say it in other words; a guest's answer in the prompt may be the cause, too."),
)
PERSONAL = Reason(
    Sentence("The AI provider saw personal data: a document, a card or a number."),
    Sentence("Have badges and cards out of the picture, and names out of the prompt."),
)
KNOWN_WORK = Reason(
    Sentence("The result was too much like a known work."),
    Sentence("Name no films, characters, brands or artists: describe how it shall look."),
)
LANGUAGE = Reason(
    Sentence("The AI provider does not know the prompt's language."),
    Sentence("Write the prompt in English or Russian."),
)
WORDS_ONLY = Reason(
    Sentence("The AI provider answered in words, without an image."),
    Sentence("Begin the prompt with what shall be done: “Edit this photo: …”."),
)
CUT_OFF = Reason(
    Sentence("The AI provider's answer ended before the image was done."),
    Sentence("Make the prompt shorter, or choose another model."),
)
BROKEN = Reason(Sentence("The AI provider's answer was broken."), TRY_AGAIN)
UNSAID = Reason(Sentence("The AI provider made no image and did not say why."), TRY_AGAIN)
NO_FACE = Reason(
    Sentence("No face was found on the photo."),
    Sentence("Have the guests look into the camera, nearer to it and in better light."),
)
