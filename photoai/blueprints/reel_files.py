"""What is handed out of an analysis: texts that are saved, pictures that are shown."""

from __future__ import annotations

import hashlib
import io
from pathlib import PurePath

from flask import Response

from photoai.models import Reel, UserFile
from photoai.services.reels import Picture

from .context import services
from .files import part_response

JPEG = "image/jpeg"


def text_response(text: str, mime: str, kept: Reel, ending: str) -> Response:
    """A text as a file that is called like the video."""
    data = text.encode()
    name = PurePath((kept.analysis or {}).get("file_name") or "reel").stem or "reel"
    tag = hashlib.sha256(data).hexdigest()
    return part_response(io.BytesIO(data), mime, len(data), tag=tag, saved_as=f"{name}.{ending}")


def picture_response(picture: Picture, name: str) -> Response:
    """A picture to be shown; its browser may keep it, for it never becomes another."""
    response = part_response(
        io.BytesIO(picture.data), JPEG, len(picture.data), tag=picture.tag, name=name
    )
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def video_response(file: UserFile) -> Response:
    """As much of a video as is asked for, to be shown."""
    data = services().files.content(file)
    return part_response(data, file.mime, file.size_bytes, tag=file.sha256, name="video")
