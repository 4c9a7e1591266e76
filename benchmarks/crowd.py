"""Many booths at once, in a process of their own, so that sending does not slow down who measures:
`python -m benchmarks.crowd HOST PORT COUNT` reads the ingest password, prints JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from tests.support import photos
from tests.support.booth import Booth


@dataclass(frozen=True)
class Crowd:
    """What came of it: the answers' statuses, and the time until all were there."""

    statuses: list[int]
    seconds: float

    @property
    def finished(self) -> int:
        return self.statuses.count(200)


class CrowdProcess:
    """Booths that send one photo each when told to go."""

    def __init__(self, booth: Booth, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, booth.host, str(booth.port), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(booth.password)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        self._say("go")

    def result(self) -> Crowd:
        """Wait for the last answer."""
        output, _ = self._process.communicate()
        return Crowd(**json.loads(output))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def main() -> None:
    host, port, count = sys.argv[1:]
    booth = Booth(host, int(port), sys.stdin.readline().strip())
    photo = photos.booth_jpeg()
    statuses: list[int] = []

    def send() -> None:
        statuses.append(booth.send(photo).status)

    threads = [threading.Thread(target=send) for _ in range(int(count))]
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"statuses": statuses, "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
