"""Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import force_locale, get_locale

from photoai.models import Slot
from photoai.offload import ON_LINUX
from photoai.schemas.jobs import JobSchema
from photoai.schemas.slots import SlotSchema
from photoai.services.jobs import Outlook
from photoai.services.live import Event, Kind, Moment, Stream, Wish

from .context import base_url, services
from .jobs import job_shown
from .slots import slot_shown

MIME = "text/event-stream"
TEXT = {"type": "string", "description": "`id`, `event` and `data` of each event."}
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
SILENT_SEC = 20.0
# What may be on its way to a client. A larger buffer would hide for long that nobody reads.
UNSENT_BYTES = 64 * 1024
# Clients come back after this long, unless they are told 204.
HELLO = b"retry: 2000\n\n"
BEAT, BYE = b":\n\n", b"event: bye\ndata: {}\n\n"
ALERTS = b"event: alerts\ndata: {}\n\n"
JOB, SLOT = JobSchema(), SlotSchema()


def streamed(wish: Wish, writer: Writer | None = None) -> Response:
    """Everything that is wished for, as it happens; 204 when there is nothing more to tell."""
    _prepare(_wire())
    stream = services().live.open(wish)
    if stream is None:
        return Response(status=204)
    frames = _frames(stream, writer or Writer())
    response = Response(frames, mimetype=MIME, headers=HEADERS)
    response.call_on_close(stream.close)
    return response


def connected() -> Callable[[], bool]:
    """Whether the client has not hung up, as far as can be seen without waiting."""
    wire = _wire()
    return (lambda: True) if wire is None else (lambda: _is_open(wire))


class Writer:
    """Writes events as one client reads them: its language, its base of links. It knows no
    request; equal writers share what they have written."""

    def __init__(self) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._base = base_url()
        self._locale = str(get_locale())

    def write(self, event: Event) -> bytes:
        if event.kind is Kind.BEAT:
            return BEAT
        if event.kind is Kind.BYE:
            return BYE
        if event.kind is Kind.ALERTS:
            return ALERTS
        if event.moment is None:
            return f"id: {event.version}\n\n".encode()
        manner = (type(self), event.kind, self._base, self._locale)
        return event.moment.once(manner, lambda: self._frame(event))

    def _frame(self, event: Event) -> bytes:
        assert event.moment is not None
        with self._app.app_context(), force_locale(self._locale):
            data = self._app.json.dumps(self.shown(event.moment), separators=(",", ":"))
        return f"id: {event.version}\nevent: {event.kind}\ndata: {data}\n\n".encode()

    def shown(self, moment: Moment) -> Any:
        """What is told of it, ready for JSON."""
        if isinstance(moment.row, Slot):
            return SLOT.dump(slot_shown(moment.row, self._base))
        return JOB.dump(job_shown(moment.row, moment.outlook or Outlook(), self._base))


def _frames(stream: Stream, writer: Writer) -> Iterator[bytes]:
    yield HELLO
    for events in stream:
        yield b"".join([writer.write(event) for event in events])


def _wire() -> socket.socket | None:
    wire: socket.socket | None = request.environ.get("gunicorn.socket")
    return wire


def _prepare(wire: socket.socket | None) -> None:
    """Who is silently gone, or takes nothing, is let go of soon."""
    if wire is None:
        return
    wire.settimeout(SILENT_SEC)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
    if ON_LINUX and wire.family in (socket.AF_INET, socket.AF_INET6):
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SILENT_SEC * 1000))


def _is_open(wire: socket.socket) -> bool:
    patience = wire.gettimeout()
    wire.settimeout(0)
    try:
        return wire.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        wire.settimeout(patience)
