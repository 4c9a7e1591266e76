"""A video that is being watched: one process for all who watch it."""

from __future__ import annotations

import itertools
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, cast

from photoai.errors import ChildFailed, NotInTime, PhotoaiError, error_named
from photoai.services.ascii.projecting import wire
from photoai.services.jobs import Child, Limits, Spares
from photoai.services.merges import WorkFolders

from .order import Footage

PROJECTING = "photoai.services.ascii.projecting.projector"
MEMORY_BYTES = 2 << 30
# Nobody watches one video for longer.
LIVES_SEC = 4 * 3600.0
ANSWERS_WITHIN_SEC = 20.0
# Processes that load are greedy: they take turns, so that those who watch already are not late.
TURN_SEC = 3.0
_turn = threading.Lock()

Told = TypeVar("Told")


Said = dict[str, Any]


class Answer(Generic[Told]):
    """What will be said to an order, as `understand` understands it; `ended` is called when it has
    come, or never will."""

    def __init__(
        self, understand: Callable[[Said, bytes], Told], ended: Callable[[], None] | None = None
    ) -> None:
        self._understand = understand
        self._ended = ended
        self._here = threading.Event()
        self._told: Told | None = None
        self._error: PhotoaiError | None = None

    def give(self, said: Said, payload: bytes) -> None:
        if "error" in said:
            about = said["error"]
            self.fail(error_named(about["code"], about["message"], about["details"]))
        else:
            self._told = self._understand(said, payload)
            self._end()

    def fail(self, error: PhotoaiError) -> None:
        self._error = error
        self._end()

    def wait(self) -> Told:
        """Raises PhotoaiError: why there is none."""
        if not self._here.wait(ANSWERS_WITHIN_SEC):
            raise NotInTime
        if self._error is not None:
            raise self._error
        return cast(Told, self._told)

    def _end(self) -> None:
        if self._ended is not None:
            self._ended()
        self._here.set()


class Show:
    """`ended` is called once, when the process is gone."""

    def __init__(
        self,
        footage: Footage,
        limits: Mapping[str, Any],
        spares: Spares,
        folders: WorkFolders,
        ended: Callable[[Show], None],
    ) -> None:
        self.footage = footage
        self._spares = spares
        self._folders = folders
        self._ended = ended
        self._line = wire.Line()
        self._wire: socket.socket | None = None
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._answers: dict[int, Answer[Any]] = {}
        self._early: list[Mapping[str, Any]] = []
        self._error: PhotoaiError | None = None
        self._child: Child | None = None
        self._called = threading.Event()
        path = f"/proc/{os.getpid()}/fd/{footage.data.fileno()}"
        self._params = {
            "wire": self._line.name,
            "input": {**footage.said, "path": path},
            "limits": dict(limits),
            "deadline": time.monotonic() + LIVES_SEC,
        }
        threading.Thread(target=self._take_turn, name="turn", daemon=True).start()

    def ask(self, answer: Answer[Any], do: str, **said: Any) -> None:
        """Order something; what comes of it may be waited for."""
        order = {"id": next(self._ids), "do": do, **said}
        with self._lock:
            error = self._error
            if error is None:
                self._answers[order["id"]] = answer
                self._say(order)
        if error is not None:
            answer.fail(error)

    def tell(self, do: str, **said: Any) -> None:
        """Order something nothing is said to."""
        with self._lock:
            if self._error is None:
                self._say({"id": next(self._ids), "do": do, **said})

    def close(self) -> None:
        """Nobody watches any more; fine to call twice."""
        self._over(ChildFailed())
        if self._child is not None:
            self._child.kill()

    def _take_turn(self) -> None:
        """Until the process has loaded all it needs, or takes too long over it."""
        with _turn:
            if self._error is not None:  # nobody waits for it any more
                self._ended(self)
                return
            threading.Thread(target=self._hear, name="answers", daemon=True).start()
            threading.Thread(target=self._work, name="show", daemon=True).start()
            self._called.wait(TURN_SEC)

    def _work(self) -> None:
        """The process, from its start to its end."""
        limits = Limits(MEMORY_BYTES, round(LIVES_SEC), LIVES_SEC)
        with self._folders.own(f"show-{secrets.token_hex(8)}") as folder:
            work = f"{PROJECTING}:project"
            self._child = Child(work, self._params, folder, limits, self._spares.take)
            try:
                self._child.run(lambda progress, stage, eta_sec: None)
                error: PhotoaiError = ChildFailed()
            except PhotoaiError as raised:
                error = raised
            except OSError as raised:
                error = ChildFailed(str(raised))
            finally:
                self._spares.prepare()
        self._called.set()
        self._over(error)
        self._ended(self)

    def _hear(self) -> None:
        try:
            line = self._line.answered()
        except OSError:  # the process will say why it did not call
            return
        self._called.set()
        with line:
            with self._lock:
                self._wire = line
                for order in self._early:
                    self._send(order)
                self._early.clear()
                if self._error is not None:
                    _shut(line)
            for said, payload in wire.answers(line):
                if (answer := self._answers.pop(said["id"], None)) is not None:
                    answer.give(said, payload)

    def _say(self, order: Mapping[str, Any]) -> None:
        if self._wire is None:
            self._early.append(order)
        else:
            self._send(order)

    def _send(self, order: Mapping[str, Any]) -> None:
        assert self._wire is not None
        try:
            wire.order(self._wire, order)
        except OSError:  # it is gone, which `_work` will say
            return

    def _over(self, error: PhotoaiError) -> None:
        self._line.hang_up()
        with self._lock:
            if self._wire is not None:
                _shut(self._wire)
            self._error = self._error or error
            waiting, self._answers = list(self._answers.values()), {}
        for answer in waiting:
            answer.fail(self._error)


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is already
        return
