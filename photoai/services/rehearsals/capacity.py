"""How many guests an hour a provider can serve, and how many photos the disk has room for."""

from __future__ import annotations

from dataclasses import dataclass

from photoai.errors import Sentence
from photoai.services.catalogue import ProviderEntry

from .verdicts import Verdict, green, red, yellow

# What one guest's original takes, as cameras send it.
ORIGINAL_BYTES = 6_000_000
# With less than this times what is needed, something unforeseen is one thing too many.
COMFORTABLE = 1.5
GB = 1_000_000_000


@dataclass(frozen=True)
class Event:
    """What an operator expects: guests in its busiest hour, and how many hours it lasts."""

    guests_per_hour: int = 60
    hours: int = 5

    @property
    def guests(self) -> int:
        return self.guests_per_hour * self.hours


@dataclass(frozen=True)
class Capacity:
    """Photos an hour, and the limit that decides it; photos a day, None without a limit."""

    per_hour: int
    because: Sentence
    per_day: int | None


def capacity_of(entry: ProviderEntry, usual_sec: float, usual_tokens: float | None) -> Capacity:
    """What the quotas of one key and the places allow when a photo takes `usual_sec` seconds and,
    where that is known, so many tokens."""
    quotas, places = entry.quotas, entry.max_parallel_jobs
    limits = [
        (
            places * 3600 / max(usual_sec, 0.1),
            Sentence(
                "The limit is {places} at once, with {sec} s for a photo.",
                places=places,
                sec=f"{max(usual_sec, 0.1):.3g}",
            ),
        )
    ]
    for name, said in (
        ("requests_per_minute", Sentence("The limit is a quota of {most} requests a minute.")),
        ("images_per_minute", Sentence("The limit is a quota of {most} images a minute.")),
    ):
        if most := quotas.get(name):
            limits.append((most * 60.0, said.filled(most=most)))
    if (most := quotas.get("tokens_per_minute")) and usual_tokens:
        tokens = Sentence("The limit is a quota of {most} tokens a minute.", most=most)
        limits.append((most * 60 / usual_tokens, tokens))
    per_hour, because = min(limits, key=lambda limit: limit[0])
    return Capacity(int(per_hour), because, quotas.get("requests_per_day"))


def serves(capacity: Capacity, event: Event) -> Verdict:
    """Whether that is enough for the event."""
    facts = {"most": capacity.per_hour, "needed": event.guests_per_hour}
    if capacity.per_day is not None and capacity.per_day < event.guests:
        return red(
            Sentence(
                "{most} photos a day are taken, and {needed} guests are expected: order a "
                "larger quota, or give the slots a ladder with another provider.",
                most=capacity.per_day, needed=event.guests,
            )
        )  # fmt: skip
    if capacity.per_hour < event.guests_per_hour:
        return red(
            Sentence(
                "About {most} photos an hour are possible, and {needed} guests are expected: "
                "share them out among providers, or take a faster model.",
                **facts,
            ),
            capacity.because,
        )
    if capacity.per_hour < COMFORTABLE * event.guests_per_hour:
        return yellow(
            Sentence(
                "About {most} photos an hour are possible, just enough for {needed} guests: "
                "give the slots a ladder, so that nobody waits in a rush.",
                **facts,
            ),
            capacity.because,
        )
    return green(
        Sentence("About {most} photos an hour are possible; {needed} are expected.", **facts),
        capacity.because,
    )


def room(free_bytes: int, photo_bytes: float, originals_kept_min: float, event: Event) -> Verdict:
    """Whether the disk takes the event's photos and what is kept of the originals."""
    kept = event.guests_per_hour * min(event.hours, max(1.0, originals_kept_min) / 60)
    needed = event.guests * photo_bytes + kept * ORIGINAL_BYTES
    facts = {
        "free": round(free_bytes / GB, 1),
        "photos": int(max(0.0, free_bytes - kept * ORIGINAL_BYTES) / photo_bytes),
        "needed": event.guests,
    }
    if free_bytes < needed:
        return red(
            Sentence(
                "{free} GB are free: room for {photos} photos of {needed}. Free the disk, or clear "
                "the media cache.",
                **facts,
            )
        )
    if free_bytes < 2 * needed:
        return yellow(
            Sentence(
                "{free} GB are free: room for {photos} photos, {needed} are expected. Free some "
                "more of the disk before the event.",
                **facts,
            )
        )
    return green(
        Sentence("{free} GB are free: room for {photos} photos, {needed} are expected.", **facts)
    )
