"""Ways in which a host of clips is bad: what `ClipHost.answer` answers an address with."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat

from .cliphost import Misbehaviour, Visit
from .waiting import paced

MEGABYTE = 1_000_000
ENDLESS = 1_000  # megabytes: nobody takes as many


def refuses(status: int) -> Misbehaviour:
    def answer(visit: Visit) -> None:
        visit.send_error(status)

    return answer


def sends_to(location: str) -> Misbehaviour:
    def answer(visit: Visit) -> None:
        visit.send_response(302)
        visit.send_header("Location", location)
        visit.end_headers()

    return answer


def says_length(content: bytes, length: int | None) -> Misbehaviour:
    """Sends the content with a Content-Length of its own choice, or with none."""

    def answer(visit: Visit) -> None:
        _begin(visit, length)
        visit.wfile.write(content)

    return answer


def never_ends(visit: Visit) -> None:
    _begin(visit, None)
    for megabyte in repeat(b"\0" * MEGABYTE, ENDLESS):
        visit.wfile.write(megabyte)


def never_ends_in_chunks(visit: Visit) -> None:
    visit.send_response(200)
    visit.send_header("Transfer-Encoding", "chunked")
    visit.end_headers()
    for megabyte in repeat(b"\0" * MEGABYTE, ENDLESS):
        visit.wfile.write(b"%x\r\n%b\r\n" % (len(megabyte), megabyte))


def drips(visit: Visit) -> None:
    """A clip at a speed at which it will not be here today."""
    _begin(visit, MEGABYTE)
    for piece in paced(b"\0" * MEGABYTE, 100):
        visit.wfile.write(piece)


def slowly(content: bytes, sec: float) -> Misbehaviour:
    """The content, which takes so long."""

    def answer(visit: Visit) -> None:
        _begin(visit, len(content))
        if visit.command == "GET":
            for piece in paced(content, round(len(content) / sec)):
                visit.wfile.write(piece)

    return answer


def hangs_up(visit: Visit) -> None:
    visit.connection.close()


@dataclass
class BreaksOff:
    """Hangs up in the middle of its first answer; whoever comes back may have the rest. `answers`
    are what each asked for (Range, If-Range) and how many bytes of content it was sent."""

    content: bytes
    tag: str = '"the-only-version"'
    answers: list[tuple[str | None, str | None, int]] = field(default_factory=list)

    def __call__(self, visit: Visit) -> None:
        asked, version = visit.headers.get("Range"), visit.headers.get("If-Range")
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = self.content[first:]
        visit.send_response(206 if asked else 200)
        visit.send_header("Content-Type", "video/mp4")
        visit.send_header("ETag", self.tag)
        visit.send_header("Content-Length", str(len(rest)))
        if asked:
            last, whole = len(self.content) - 1, len(self.content)
            visit.send_header("Content-Range", f"bytes {first}-{last}/{whole}")
        visit.end_headers()
        sent = rest if self.answers else rest[: len(rest) // 2]
        self.answers.append((asked, version, len(sent)))
        visit.wfile.write(sent)


def _begin(visit: Visit, length: int | None) -> None:
    visit.send_response(200)
    visit.send_header("Content-Type", "video/mp4")
    if length is not None:
        visit.send_header("Content-Length", str(length))
    visit.end_headers()
