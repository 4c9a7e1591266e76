"""The clips of an order that are files of its owner's."""

from __future__ import annotations

from photoai.errors import ClipTooLarge, FileNotVideo, FileUnknown
from photoai.models import FileKind, UserFile
from photoai.services.files import Files
from photoai.services.video import naming_the_clip

from .order import MergeOrder


def uploads_of(files: Files, user_id: int, order: MergeOrder, max_bytes: int) -> list[UserFile]:
    """Them in their order, each looked at before anything is begun.

    Raises:
        FileUnknown, FileNotVideo, ClipTooLarge: `details.clip_index` names the clip.
    """
    try:
        found = iter(files.many(user_id, order.file_ids))
    except FileUnknown as error:
        missing = set(error.details["file_ids"])
        error.details["clip_index"] = next(
            index for index, source in enumerate(order.sources) if source.file_id in missing
        )
        raise
    uploads = []
    for index, source in enumerate(order.sources):
        if source.file_id:
            with naming_the_clip(index):
                uploads.append(_checked(next(found), max_bytes))
    return uploads


def _checked(file: UserFile, max_bytes: int) -> UserFile:
    if file.kind != FileKind.VIDEO:
        raise FileNotVideo(details={"kind": file.kind})
    if file.size_bytes > max_bytes:
        raise ClipTooLarge(details={"bytes": file.size_bytes, "max_bytes": max_bytes})
    return file
