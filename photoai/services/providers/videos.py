"""What a provider that watches videos takes and gives: it is sent a video, asked about it in turns,
and told to forget it.

As in `port.py` a provider's own protocol, keys and errors stay in its file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

US, MODEL = "us", "model"
MP4, QUICKTIME, WEBM = "video/mp4", "video/quicktime", "video/webm"
VIDEOS = (MP4, QUICKTIME, WEBM)


def go_on() -> None:
    """The check of a call that nobody cancels."""


# Called again and again while something is waited for; what it raises ends the waiting.
Check = Callable[[], None]
CHECK_EVERY_SEC = 0.5


def wait(seconds: float, check: Check = go_on) -> None:
    """Sleep, looking up every now and then."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, CHECK_EVERY_SEC))


@dataclass(frozen=True)
class Footage:
    """A video on this machine; `mime` is one of VIDEOS, by its content."""

    path: Path
    mime: str
    size_bytes: int
    duration_sec: float


@dataclass(frozen=True)
class Sent:
    """A video that can be asked about: at the provider under `uri`, or so small that it goes along
    with every question, from `path`; `mime` is what the provider calls its type."""

    mime: str
    uri: str = ""
    path: Path | None = None


@dataclass(frozen=True)
class Said:
    """A turn of the conversation; `who` is US or MODEL."""

    who: str
    text: str


Lost = Callable[[float, Mapping[str, int], str], None]


def nobody(cost: float, usage: Mapping[str, int], model: str) -> None:
    """Who is not told what was lost."""


@dataclass(frozen=True)
class Question:
    """`instruction` is the system's, `turns` begin and end with ours; the first goes with the
    video. `schema` is a JSON schema of the answer. `model` is the one to begin with ("": the first
    of `video_models`); `deadline` is a `time.monotonic()` value. `lost` is told what was billed, in
    USD, in tokens by kind and by which model, when neither an answer nor a provider's error tells.
    """

    sent: Sent
    instruction: str
    turns: Sequence[Said]
    schema: Mapping[str, Any]
    model: str
    deadline: float
    lost: Lost = nobody


@dataclass(frozen=True)
class Told:
    """What came back. `text` is not trusted; `finish` is the provider's own word for why it ends
    (MAX_TOKENS: it breaks off, maybe before its first letter); `usage` counts tokens by kind
    (`input` with `audio` among it, `text`, `thoughts`, `total`); `cost` is in USD, None when the
    model's prices are not known."""

    text: str
    finish: str
    model: str
    model_version: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    request_id: str = ""


class VideoMind(Protocol):
    """A mind that watches videos. `name` is that of the file at the provider: it is chosen, and
    written down, before anything is sent; small letters, digits and inner dashes, at most 40."""

    def configured(self) -> bool:
        """Whether it has what it needs (a key) to be asked at all."""

    def video_models(self) -> Sequence[str]:
        """The model that is asked first, then those that are asked when it cannot answer."""

    def send(self, footage: Footage, name: str, deadline: float, check: Check = go_on) -> Sent:
        """Bring the video to the provider, unless it is so small that questions carry it; a file of
        that name that is there already, after a lost answer say, is taken or replaced.

        Raises:
            ProviderError: one of its subclasses; a part of the file may be there nevertheless.
        """

    def ask(self, question: Question, check: Check = go_on) -> Told:
        """Block until an answer, a refusal or the deadline.

        Raises:
            ProviderError: one of its subclasses, with `cost` and `usage` of what was billed all the
                same; ProviderModelGone when there is no such model any more.
        """

    def remove(self, name: str, deadline: float, check: Check = go_on) -> None:
        """Let the provider forget the file; one that it does not know is no error.

        Raises:
            ProviderError: it may still be there.
        """


@runtime_checkable
class Watching(Protocol):
    """A provider of photos that watches videos, too."""

    @property
    def videos(self) -> VideoMind | None:
        """The part of it that does; None when the catalogue has no models for that."""
