"""Who watches what in this process, and how many may."""

from __future__ import annotations

import contextlib
import logging
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from photoai.config import Config
from photoai.errors import ClipTooLong, TokenRevoked
from photoai.errors.viewing import NoRoomToView, TooManyVideosWatched, TooManyViewers
from photoai.services.accounts import Accounts, Bearer, Caller
from photoai.services.events import LocalEvents
from photoai.services.files import Files
from photoai.services.ingest import Form as Received
from photoai.services.jobs import Spares
from photoai.services.merges import WorkFolders
from photoai.services.stopping import Stop

from .order import Footage, ViewOrder
from .screen import Screen
from .show import Show
from .viewer import Bye, Refusal, Viewer

SHOWS = 16  # a process each
RETRY_SEC = 5.0
log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Playing:
    """A show, with what is seen of it."""

    show: Show
    screens: list[Screen] = field(default_factory=list)
    viewers: int = 0


class Viewing:
    """Who watches the same video shares its process; in the same look and at the same rate also
    what is drawn. With the last one who watches all of it goes."""

    def __init__(
        self,
        files: Files,
        accounts: Accounts,
        events: LocalEvents,
        stop: Stop,
        spares: Spares,
        folders: WorkFolders,
        config: Config,
    ) -> None:
        self._files = files
        self._folders = folders
        self._accounts = accounts
        self._stop = stop
        self._spares = spares
        self._config = config
        self._limits = {
            "max_bytes": config.upload_max_mb * 1_000_000,
            "max_duration_sec": config.video_max_duration_sec,
            "max_pixels": config.video_max_pixels,
        }
        self._lock = threading.Lock()
        self._playing: dict[str, _Playing] = {}
        self._viewers: dict[Viewer, Bearer] = {}
        self._check = threading.Event()
        self._checker: threading.Thread | None = None
        self._max_bytes = config.video_max_file_mb * 1_000_000
        self._guests_bytes = min(self._max_bytes, config.anonymous_max_file_mb * 1_000_000)
        self._guests_sec = config.anonymous_max_duration_sec
        events.watch(self)

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def kept(self, caller: Caller, file_id: str) -> Footage:
        """One of the caller's files. Raises FileUnknown, StorageUnavailable, StorageFull"""
        file = self._files.get(caller, file_id)
        with self._folders.own(f"view-{secrets.token_hex(8)}") as folder:
            path = folder / "video"
            self._files.bring(caller.id, file.id, path)
            data = path.open("rb")
        said = {"kind": file.kind, "mime": file.mime, "facts": file.probe}
        return Footage(data, file.sha256, said)

    def received(self, caller: Caller, receive: Callable[[BinaryIO, int], Received]) -> Footage:
        """What is being sent, for this once; `receive` is told how many bytes it may have.

        Raises:
            whatever `receive` raises
            FileMissing, TooManyFiles, FileEmpty
            every error of a file that is not taken
        """
        is_guest = caller.is_guest
        data = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with its footage
        try:
            form = receive(data, self._guests_bytes if is_guest else self._max_bytes)
            form.check_file()
            sort, facts = self._files.look_into(data, form.size_bytes)
            if is_guest and facts.get("duration_sec", 0.0) > self._guests_sec:
                raise ClipTooLong(details={"max_duration_sec": self._guests_sec})
        except BaseException:
            data.close()
            raise
        said = {"kind": sort.kind, "mime": sort.mime, "facts": facts}
        return Footage(data, form.sha256, said, self._guests_sec if is_guest else None)

    @contextmanager
    def watching(self, bearer: Bearer, footage: Footage, order: ViewOrder) -> Iterator[Viewer]:
        """A viewer for the time of the block.

        Raises:
            TooManyViewers: the account has too many.
            NoRoomToView: all together have.
            TooManyVideosWatched: too many different videos are watched.
        """
        try:
            playing, viewer = self._admitted(bearer, footage, order)
        except BaseException:
            footage.data.close()
            raise
        try:
            yield viewer
        finally:
            self._leave(playing, viewer)

    def check_room(self, bearer: Bearer) -> None:
        """Before anything is sent or looked into. Raises TooManyViewers, NoRoomToView"""
        with self._lock:
            self._check_room(bearer)

    # Nudges

    def job_changed(self, job_id: int) -> None:
        return

    def slot_changed(self, user_id: int, slot_id: str) -> None:
        return

    def account_changed(self, user_id: int) -> None:
        """It may have been signed out: that is looked up."""
        self._check.set()

    def look_again(self) -> None:
        if self._stop.requested:
            for viewer in tuple(self._viewers):
                viewer.end(Bye())
        self._check.set()

    # Coming and going

    def _admitted(
        self, bearer: Bearer, footage: Footage, order: ViewOrder
    ) -> tuple[_Playing, Viewer]:
        with self._lock:
            self._check_room(bearer)
            playing = self._playing.get(footage.sha256)
            if playing is None and len(self._playing) >= SHOWS:
                raise TooManyVideosWatched(retry_after=RETRY_SEC)
            if playing is None:
                most_sec = footage.most_sec or self._limits["max_duration_sec"]
                limits = {**self._limits, "max_duration_sec": most_sec}
                show = Show(footage, limits, self._spares, self._folders, self._ended)
                playing = self._playing[footage.sha256] = _Playing(show)
            elif playing.show.footage is not footage:
                footage.data.close()
            playing.viewers += 1
            viewer = self._viewer(playing, order)
            self._viewers[viewer] = bearer
            self._see_to_checks()
        if self._stop.requested:
            viewer.end(Bye())
        return playing, viewer

    def _viewer(self, playing: _Playing, order: ViewOrder) -> Viewer:
        return Viewer(
            order,
            lambda wanted: self._screen(playing, wanted),
            lambda screen: self._left(playing, screen),
            self._config.live_heartbeat_sec,
        )

    def _check_room(self, bearer: Bearer) -> None:
        theirs = [each for each in self._viewers.values() if each.user_id == bearer.user_id]
        if len(theirs) >= self._config.ascii_viewers_per_user:
            raise TooManyViewers(retry_after=RETRY_SEC)
        if len(self._viewers) >= self._config.ascii_viewers_max:
            raise NoRoomToView(retry_after=RETRY_SEC)

    def _leave(self, playing: _Playing, viewer: Viewer) -> None:
        with self._lock:
            del self._viewers[viewer]
            playing.viewers -= 1
            is_last = not playing.viewers
            if is_last:
                self._forget(playing.show)
        if is_last:
            playing.show.close()
            playing.show.footage.data.close()
        log.info("viewer_left", extra={"fields": {"viewers": len(self._viewers)}})

    def _ended(self, show: Show) -> None:
        """Its process is gone; who still watches is told by the show."""
        with self._lock:
            self._forget(show)

    def _forget(self, show: Show) -> None:
        playing = self._playing.get(show.footage.sha256)
        if playing is not None and playing.show is show:
            del self._playing[show.footage.sha256]

    def _screen(self, playing: _Playing, order: ViewOrder) -> Screen:
        with self._lock:
            for screen in playing.screens:
                if (screen.look, screen.fps) == (order.look, order.fps):
                    break
            else:
                screen = Screen(playing.show, order.look, order.fps)
                playing.screens.append(screen)
            screen.viewers += 1
        return screen

    def _left(self, playing: _Playing, screen: Screen) -> None:
        with self._lock:
            screen.viewers -= 1
            if screen.viewers:
                return
            playing.screens.remove(screen)
        screen.close()

    # Whether they still may

    def _see_to_checks(self) -> None:
        if self._checker is None:
            self._checker = threading.Thread(
                target=self._check_now_and_then, name="viewing", daemon=True
            )
            self._checker.start()

    def _check_now_and_then(self) -> None:
        while True:
            self._check.wait(self._config.live_heartbeat_sec)
            self._check.clear()
            with self._lock:
                if not self._viewers:
                    self._checker = None
                    return
            with contextlib.suppress(Exception):
                self._check_bearers()

    def _check_bearers(self) -> None:
        """Who has signed out, or lost the account, sees nothing more."""
        bearers = dict(self._viewers)
        valid = self._accounts.still_valid(set(bearers.values()))
        for viewer, bearer in bearers.items():
            if bearer not in valid:
                viewer.end(Refusal(TokenRevoked(), is_last=True))
