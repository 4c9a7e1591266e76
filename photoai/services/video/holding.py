"""What an MP4 can hold of a clip's own streams, so that players play it."""

from __future__ import annotations

from .facts import ClipFacts

# By the names of those that decode them.
PICTURES = {"h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4", "mpeg2video"}
SOUNDS = {"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus"}
# Where every packet of a picture says when it is shown.
CONTAINERS = {"mp4", "matroska", "mpegts", "flv"}
HEVC_TAG = "hvc1"  # the only one that Apple's players know


def why_not_held(facts: ClipFacts) -> str | None:
    """Why the picture cannot be copied, in a few words; None if it can."""
    if facts.video.codec not in PICTURES:
        return f"codec {facts.video.codec}"
    return None if facts.container in CONTAINERS else f"container {facts.container}"


def sound_held(facts: ClipFacts) -> bool:
    return facts.audio is not None and facts.audio.codec in SOUNDS
