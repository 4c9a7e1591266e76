"""What the Studio's tests have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from photoai.models import FileKind, Job
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.merges import poster_key
from tests.support.forms import submitted
from tests.support.reader import Reader, words
from tests.unit.video.making import facts

MARKUP = "<b>\"моё\" & 'твоё' 🎬</b>"
FOUND: dict[FileKind, dict[str, Any]] = {
    FileKind.VIDEO: facts(10.0).as_json(),
    FileKind.AUDIO: {"duration_sec": 5.0, "container": "mp3", "audio": {"codec": "mp3float"}},
    FileKind.IMAGE: {"width": 640, "height": 480, "animated": False},
    FileKind.SUBTITLES: {"cues": 2},
}
File = Callable[..., str]
VIDEO_MADE = {
    "mime": "video/mp4", "size_bytes": 5, "mode": "copy", "width": 640, "height": 360,
    "fps": 25.0, "duration_sec": 61.0, "has_poster": True,
}  # fmt: skip


def form_of(reader: Reader, kind: str, **changes: Any) -> dict[str, str]:
    """The form of a type as it stands when its page is opened, with some of it typed anew."""
    fields = submitted(reader.page(f"/studio?type={kind}"), "order")
    del fields["csrf_token"]
    return fields | {name: str(value) for name, value in changes.items()}


def job_at(services: Services, address: str | None) -> Job:
    return services.jobs.behind_link(str(address).rpartition("=")[2])


def problem(page: str, name: str) -> str:
    """What is said beside the field of this name."""
    found = page.partition(f'id="f-{name.replace(".", "-")}-problem"')[2]
    return words("<" + found.partition("</span>")[0])


def done(
    services: Services, reader: Reader, kind: str, result: dict[str, Any], file: str,
    data: bytes = b"12345",
) -> str:  # fmt: skip
    """A finished task, its result stored; its number."""
    key = f"results/{kind}.1.bin"
    for each in (key, poster_key(key)):
        with services.store.write(each) as stored:
            stored.write(data)
    result = result | {"size_bytes": len(data)}
    params = {"input_files": [file], "config": {"start_sec": 2.0}}
    draft = JobDraft(f"done-{kind}", reader.caller.id, kind, utcnow(), params=params)
    with services.database.begin() as session:
        states.insert_done(session, draft, key=key, facts=result)
    return f"done-{kind}"
