"""The kinds of edits that make a video of a video."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from photoai.services.video.captions import Font, FontBook

from .audio_overlay import AudioOverlay
from .film import Film
from .inputs import Input
from .join import Join
from .subtitles import Subtitles
from .text_overlay import TextOverlay
from .trim import Trim
from .video_overlay import VideoOverlay


class Edit(Protocol):
    """What is wished, as values."""

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """The film after it; `seat` is its place among the operations.

        Raises:
            PhotoaiError: it cannot be; `details.input_index` names the file that is to blame.
        """


@dataclass(frozen=True)
class Operation:
    """One edit of an order and its files: the first one's first is the base, all others are
    added."""

    index: int
    kind: str
    edit: Edit
    inputs: tuple[Input, ...]

    @property
    def added(self) -> tuple[Input, ...]:
        return self.inputs if self.index else self.inputs[1:]


EDITS: Mapping[str, Callable[[Mapping[str, Any], FontBook], Edit]] = {
    "join": Join.from_json,
    "trim": Trim.from_json,
    "audio_overlay": AudioOverlay.from_json,
    "video_overlay": VideoOverlay.from_json,
    "text_overlay": TextOverlay.from_json,
    "subtitles": Subtitles.from_json,
}
# Those that look at one file and make no video of it.
PROBE, THUMBNAIL = "probe", "thumbnail"


def operations_of(
    said: Sequence[Mapping[str, Any]],
    inputs: Sequence[Input],
    fonts: Sequence[Mapping[str, Any]],
) -> list[Operation]:
    """An order's operations; `quality` stands for the whole and is nothing of theirs. `fonts` are
    the account's own."""
    book = FontBook(Font(font["family"], Path(font["path"])) for font in fonts)
    operations = []
    for index, each in enumerate(said):
        config = {name: value for name, value in each["config"].items() if name != "quality"}
        files = tuple(inputs[at] for at in each["inputs"])
        operations.append(Operation(index, each["type"], EDITS[each["type"]](config, book), files))
    return operations
