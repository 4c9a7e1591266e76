"""Cues for a track that shows one at a time: of two at once, MP4's ends with the other's beginning
(3GPP TS 26.245), and one of two that begin together would never be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Shown = tuple[int, int, str]  # from and to when, in milliseconds, and what

# Lines nobody could read, and a sample holds no more than 65,535 bytes.
MOST_AT_ONCE = 6


def in_turn(cues: Iterable[Shown]) -> Iterator[Shown]:
    """The same cues, which come in the order of their beginnings: while several are seen, one says
    what all of them do. What more begin over, from the oldest on, is over."""
    going: list[tuple[int, str]] = []
    now = 0
    for begins, ends, text in cues:
        yield from _until(begins, now, going)
        now = begins
        going = [each for each in going if each[0] > now]
        going = [*going, *([(ends, text)] if ends > begins else [])][-MOST_AT_ONCE:]
    yield from _until(max([now, *(ends for ends, _ in going)]), now, going)


def _until(end: int, now: int, going: list[tuple[int, str]]) -> Iterator[Shown]:
    while going and now < end:
        until = min(end, *(ends for ends, _ in going))
        yield now, until, "\n".join(dict.fromkeys(text for _, text in going))
        going, now = [each for each in going if each[0] > until], until
