"""An emulator in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import ClassVar, Self

from tests.support.server import free_port
from tests.support.waiting import wait_until


class EmulatorProcess:
    """`python -m MODULE PORT`, which prints a line once it listens; a context manager."""

    module: ClassVar[str]

    def __init__(self) -> None:
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Again where it was before, with nothing remembered."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, str(self._port)], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        wait_until(self._process.stdout.readline, 20, "the emulator listens")

    def vanish(self) -> None:
        """Its connections break and no new one is taken."""
        self._process.kill()
        self._process.communicate()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.vanish()
