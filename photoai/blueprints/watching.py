"""What is said while somebody watches a video over WebSocket."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from flask import Flask, current_app
from flask_babel import force_locale, get_locale
from marshmallow import Schema, ValidationError
from websockets.frames import CloseCode

from photoai.errors import (
    FileMissing,
    Invalid,
    PhotoaiError,
    TooLarge,
    TooMany,
    Unavailable,
    UploadTooSlow,
)
from photoai.errors.viewing import (
    ActionUnknown,
    MessageTooLarge,
    NoRoomToView,
    ViewingNotStarted,
    ViewingStarted,
)
from photoai.schemas.ascii_live import (
    SeekSchema,
    StartSchema,
    View,
    look_after,
    ready_view,
)
from photoai.services.accounts import Bearer, Caller
from photoai.services.viewing import (
    Bye,
    End,
    Footage,
    Form,
    Gone,
    Picture,
    Ready,
    Refusal,
    Said,
    Viewer,
)

from .ascii_access import ASCII
from .context import config, services
from .errors import body_of
from .guard import known_by
from .limits import throttles
from .starting import decoded, fields_of
from .websocket import WebSocket, binary_frame, text_frame

# A start may bring its file; nothing else is long.
START_MAX_BYTES, MESSAGE_MAX_BYTES = 28_000_000, 64 * 1024
START_WITHIN_SEC, SLOWEST_BYTES_PER_SEC = 30.0, 100_000
LARGE_AT_ONCE = 4
PLACE_WITHIN_SEC = 5.0
WISHES_AT_ONCE, FLOOD_SEC = 32, 0.05
SILENT_BEATS = 3  # then it is gone
# How the conversation is closed after an error; after all others, the client is at fault.
CLOSES: dict[type[PhotoaiError], CloseCode] = {
    TooLarge: CloseCode.MESSAGE_TOO_BIG,
    Unavailable: CloseCode.TRY_AGAIN_LATER,
    TooMany: CloseCode.TRY_AGAIN_LATER,
}
Known = tuple[Caller, Bearer]
log = logging.getLogger(__name__)
large = threading.BoundedSemaphore(LARGE_AT_ONCE)


class Conversation:
    """One viewer's, from its start to its end. `known` is who has opened it, None when the start
    is to tell. It outlives its request."""

    def __init__(self, known: Known | None, address: str) -> None:
        self._known = known
        self._address = address
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._locale = str(get_locale())
        self._beat_sec = float(config().live_heartbeat_sec)
        self._began = time.monotonic()
        self._start: bytes | bytearray | None = None
        self._refusal: PhotoaiError | None = None
        self._has_begun = threading.Event()  # the start is here, or never will be
        self._viewer: Viewer | None = None
        self._has_come_in = threading.Event()  # there is a viewer, or never will be
        self._place = Place()

    def talk(self, wire: WebSocket) -> None:
        """Say and hear all there is."""
        listener = threading.Thread(target=self._listen, args=(wire,), name="viewer", daemon=True)
        listener.start()
        code = CloseCode.NORMAL_CLOSURE
        try:
            with self._app.app_context(), force_locale(self._locale):
                try:
                    code = self._watch(wire)
                except PhotoaiError as error:
                    code = _refused(wire, error)
        except OSError:  # nobody takes what is said
            wire.drop()
        except Exception:
            log.exception("viewing_failed")
            code = CloseCode.INTERNAL_ERROR
        finally:
            self._place.leave()
            self._has_come_in.set()
            wire.close(code, listener)

    # What is said

    def _watch(self, wire: WebSocket) -> CloseCode:
        """Raises PhotoaiError, OSError"""
        fields, text = fields_of(self._first_message(wire))
        if (action := fields.get("action")) != START:
            raise ViewingNotStarted if _is_wish(action) else ActionUnknown
        wanted: View = _loaded(StartSchema(), fields)
        caller, bearer = self._known or known_by(wanted.api_key, ASCII, self._address)
        count_guest(caller, self._address)
        services().viewing.check_room(bearer)
        footage = _footage(caller, wanted, text)
        self._start = text = None  # many megabytes
        self._place.leave()
        with services().viewing.watching(bearer, footage, wanted.order) as viewer:
            self._viewer = viewer
            self._has_come_in.set()
            return self._show(wire, viewer, wanted)

    def _first_message(self, wire: WebSocket) -> bytes | bytearray:
        """Raises UploadTooSlow, MessageTooLarge, NoRoomToView, OSError"""
        while not self._has_begun.wait(self._beat_sec):
            if time.monotonic() - self._began > self._patience_sec:
                raise UploadTooSlow
            wire.ping(SILENT_BEATS * self._beat_sec)
        if self._refusal is not None:
            raise self._refusal
        if self._start is None:
            raise ConnectionResetError
        return self._start

    @property
    def _patience_sec(self) -> float:
        longer_sec = START_MAX_BYTES / SLOWEST_BYTES_PER_SEC if self._place.is_taken else 0.0
        return START_WITHIN_SEC + longer_sec

    def _show(self, wire: WebSocket, viewer: Viewer, wanted: View) -> CloseCode:
        """Raises PhotoaiError, OSError"""
        is_binary = wanted.order.form is Form.BINARY
        framed, wants_events = binary_frame if is_binary else text_frame, is_binary or wanted.events
        due = time.monotonic() + self._beat_sec
        for said in viewer:
            if isinstance(said, Picture):
                wire.send(said.once(framed))
            elif isinstance(said, Refusal) and said.is_last:
                raise said.error
            elif (event := event_of(said)) and (wants_events or not isinstance(said, Ready)):
                wire.send(text_frame(event))
            if isinstance(said, Bye):
                return CloseCode.SERVICE_RESTART
            wire.flush()
            if (now := time.monotonic()) >= due:
                due = now + self._beat_sec
                wire.ping(SILENT_BEATS * self._beat_sec)
        return CloseCode.NORMAL_CLOSURE

    # What is heard

    def _listen(self, wire: WebSocket) -> None:
        try:
            for message in wire.listen(self._place.make_room):
                if message is None:
                    if self._viewer is not None:
                        self._viewer.stir()
                elif not self._has_begun.is_set():
                    self._start = message
                    wire.limit(MESSAGE_MAX_BYTES)
                    self._has_begun.set()
                else:
                    self._hear(wire, message)
        except NoRoomToView as error:
            self._refusal = error
        if wire.is_too_large:
            self._refusal = MessageTooLarge(details={"max_bytes": wire.max_bytes})
        self._has_begun.set()
        self._has_come_in.wait()
        if self._viewer is not None:
            refusal = self._refusal
            self._viewer.end(Refusal(refusal, is_last=True) if refusal else Gone())

    def _hear(self, wire: WebSocket, message: bytes | bytearray) -> None:
        self._has_come_in.wait()
        viewer = self._viewer
        if viewer is None:
            return
        try:
            fields, _ = fields_of(message)
            action = fields.pop("action", None)
            if action == START:
                raise ViewingStarted
            if not _is_wish(action):
                raise ActionUnknown
            WISHES[action](viewer, fields)
        except PhotoaiError as error:
            viewer.refuse(error)
        while viewer.wishes >= WISHES_AT_ONCE and wire.is_open:
            time.sleep(FLOOD_SEC)


class Place:
    """One of the few for those whose start is on its way and long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_over = False
        self.is_taken = False

    def make_room(self, message_bytes: int) -> None:
        """So much of a message has come. Raises NoRoomToView: all places are taken for long."""
        if message_bytes <= MESSAGE_MAX_BYTES or self.is_taken or self._is_over:
            return
        if not large.acquire(timeout=PLACE_WITHIN_SEC):
            raise NoRoomToView(retry_after=PLACE_WITHIN_SEC)
        with self._lock:
            self.is_taken = not self._is_over
            if self._is_over:
                large.release()

    def leave(self) -> None:
        """It is needed no more; fine to call twice."""
        with self._lock:
            if self.is_taken:
                large.release()
            self.is_taken, self._is_over = False, True


def count_guest(caller: Caller, address: str) -> None:
    """One more video a guest wants to see. Raises TooManyAnonymous"""
    if caller.is_guest:
        throttles().orders_of_guests.count(address)


def event_of(said: Said) -> bytes | None:
    """An event as JSON; None for what is none. A refusal is told in the language of the moment."""
    about: dict[str, Any]
    if isinstance(said, Ready):
        about = ready_view(said)
    elif isinstance(said, End):
        about = {"event": "end", "frames": said.frames}
    elif isinstance(said, Refusal):
        about = {"event": "error", "error": body_of(said.error)}
    elif isinstance(said, Bye):
        about = {"event": "bye"}
    else:
        return None
    return json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()


def _refused(wire: WebSocket, error: PhotoaiError) -> CloseCode:
    """Raises OSError"""
    event = event_of(Refusal(error, is_last=True))
    assert event is not None
    wire.send(text_frame(event))
    codes = (code for kind, code in CLOSES.items() if isinstance(error, kind))
    return next(codes, CloseCode.POLICY_VIOLATION)


def _footage(caller: Caller, wanted: View, text: memoryview | None) -> Footage:
    """Raises FileMissing, and what is wrong with the file"""
    viewing = services().viewing
    if text is not None:
        return viewing.received(caller, lambda data, most: decoded(text, most, data))
    if wanted.file_id is None:
        raise FileMissing
    return viewing.kept(caller, wanted.file_id)


def _loaded(schema: Schema, fields: Mapping[str, Any]) -> Any:
    """Raises Invalid"""
    try:
        return schema.load(fields)
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None


def _is_wish(action: object) -> TypeGuard[str]:
    return isinstance(action, str) and action in WISHES


def _seek(viewer: Viewer, fields: Mapping[str, Any]) -> None:
    viewer.seek(_loaded(SeekSchema(), fields)["to_sec"])


def _settings(viewer: Viewer, fields: Mapping[str, Any]) -> None:
    try:
        viewer.see(look_after(viewer.look, fields))
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None


START = "start"
WISHES: dict[str, Callable[[Viewer, Mapping[str, Any]], None]] = {
    "pause": lambda viewer, fields: viewer.pause(),
    "resume": lambda viewer, fields: viewer.resume(),
    "seek": _seek,
    "settings": _settings,
    "stop": lambda viewer, fields: viewer.stop(),
}
