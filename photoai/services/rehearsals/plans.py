"""Looks at what is set up: the booth's time-out, the password, the ladders' arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from photoai.errors import Sentence
from photoai.models import Slot
from photoai.services.catalogue import Catalogue
from photoai.services.ladder import LOCAL, Ladders
from photoai.services.slots import rungs_of

from .verdicts import Verdict, green, red, worst, yellow

# Sending a photo of 10 MB over a venue's Wi-Fi, and the answer's way back.
ON_THE_WAY_SEC = 10


def booth_timeout(sync_response_timeout_sec: float, patience_sec: float) -> Verdict:
    """What to type into the booth's program."""
    seconds = math.ceil(sync_response_timeout_sec) + ON_THE_WAY_SEC
    said = Sentence(
        "DSLR Remote Pro: type {seconds} s or more as Timeout. The server answers after {answer} s "
        "at the latest; {way} s are for the way.",
        seconds=seconds, answer=f"{patience_sec:g}", way=ON_THE_WAY_SEC,
    )  # fmt: skip
    if patience_sec < sync_response_timeout_sec / 2:
        return yellow(
            said,
            Sentence(
                "The host lets a request wait {sec} s only: give each slot a ladder that ends on "
                "this machine.",
                sec=f"{patience_sec:g}",
            ),
        )
    return green(said)


def ingest_password(is_set: bool) -> Verdict:
    if is_set:
        return green(Sentence("It is set. Type it into each booth."))
    return red(Sentence("There is none yet: set it on the settings page, booths cannot send."))


def ladders(
    slots: Sequence[Slot],
    steps_by: Ladders,
    patience_sec: float,
    catalogue: Catalogue,
    is_ready: Callable[[str], bool],
) -> Verdict:
    """Whether every ladder fits into the time there is, and ends where no internet is needed."""
    found = [_ladder(each, steps_by, patience_sec, catalogue, is_ready) for each in slots]
    if not found:
        return yellow(Sentence("No slot is set up yet."))
    if lost := [slot.id for slot in slots if LOCAL not in _providers(slot)]:
        found.append(
            yellow(
                Sentence(
                    "Without internet guests get nothing at: {slots}. Add a rung there that works "
                    "on this machine.",
                    slots=", ".join(lost),
                )
            )
        )
    fine = Sentence(
        "The ladders of {slots} slots fit into {sec} s.",
        slots=len(slots),
        sec=f"{patience_sec:g}",
    )
    return worst(found, fine)


def _ladder(
    slot: Slot,
    ladders: Ladders,
    patience_sec: float,
    catalogue: Catalogue,
    is_ready: Callable[[str], bool],
) -> Verdict:
    providers = _providers(slot)
    if keyless := [id_ for id_ in providers if not is_ready(id_)]:
        return red(
            Sentence(
                "{slot}: {providers} cannot be asked. Type the key on the settings page, or choose "
                "another provider.",
                slot=slot.id,
                providers=", ".join(_titles(keyless, catalogue)),
            )
        )
    least = [ladders.least_sec(id_) for id_ in providers]
    if len(providers) > 1 and sum(least) > patience_sec:
        return yellow(
            Sentence(
                "{slot}: its rungs need {parts} = {sum} s, and the booth's time-out leaves {all} "
                "s. Each has less time than it needs: take a rung away, or let booths wait longer.",
                slot=slot.id, parts=" + ".join(f"{sec:g}" for sec in least),
                sum=f"{sum(least):g}", all=f"{patience_sec:g}",
            )
        )  # fmt: skip
    return green()


def _providers(slot: Slot) -> list[str]:
    return [rung.provider_id for rung in rungs_of(slot)]


def _titles(provider_ids: Iterable[str], catalogue: Catalogue) -> list[str]:
    known = catalogue.providers
    return [known[id_].title if id_ in known else id_ for id_ in provider_ids]
