"""Ways in which a host of clips is bad: what `ClipHost.answer` answers an address with."""

from __future__ import annotations

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


def _begin(visit: Visit, length: int | None) -> None:
    visit.send_response(200)
    visit.send_header("Content-Type", "video/mp4")
    if length is not None:
        visit.send_header("Content-Length", str(length))
    visit.end_headers()
