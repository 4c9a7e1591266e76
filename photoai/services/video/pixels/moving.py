"""What of an upload can be read as a clip: a video, or a GIF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from photoai.errors import ClipWithoutVideo, EditFileUnfit
from photoai.services.video.facts import ClipFacts, ClipLimits
from photoai.services.video.probe import probe, probe_as

VIDEO, AUDIO, GIF = "video", "audio", "image/gif"


def clip_of(said: Mapping[str, Any], limits: ClipLimits) -> tuple[Path, ClipFacts]:
    """An upload (`path`, `kind`, `mime` and `facts`, what it was found to be) as a clip; it is
    looked into where its facts do not say enough.

    Raises:
        EditFileUnfit: it is another picture, or none at all.
        ClipWithoutVideo: it is sound.
        PhotoaiError: it is over a limit, or as `probe`.
    """
    path, kind, mime = Path(said["path"]), said["kind"], said["mime"]
    if kind == AUDIO:
        raise ClipWithoutVideo
    if kind == VIDEO:
        facts = ClipFacts.remembered(said["facts"]) or probe(path, limits)
    elif mime == GIF:
        facts = probe_as(path, mime, limits)
    else:
        raise EditFileUnfit(details={"kind": kind, "kinds": [VIDEO, GIF]})
    limits.check(facts)
    return path, facts
