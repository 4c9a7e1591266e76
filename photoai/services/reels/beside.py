"""Work that goes on beside other work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Beside(Generic[Result]):
    """Begun at once in a thread of its own; `result` waits for its end."""

    def __init__(self, work: Callable[[], Result], name: str) -> None:
        self._work = work
        self._outcome: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def goes_on(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Result:
        """What the work returned. Raises what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def wait(self) -> None:
        """Return when it has ended, however it did."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            self._error = error
