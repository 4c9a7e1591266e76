"""Finished photos, small: a page that shows a hundred of them must not fetch a gigabyte."""

from __future__ import annotations

from photoai.errors import ResultGone
from photoai.models import Job
from photoai.offload import Offload
from photoai.services import photos
from photoai.services.jobs import Jobs
from photoai.services.media import Media

SIDE_PX, QUALITY = 192, 80


class Previews:
    def __init__(self, jobs: Jobs, media: Media, offload: Offload) -> None:
        self._jobs = jobs
        self._media = media
        self._offload = offload

    def of(self, job: Job) -> bytes:
        """A JPEG of a job's photo, at most 192 pixels wide and high.

        Raises:
            ResultGone: there is none, or it is no photo.
        """
        if not str((job.result or {}).get("mime", "")).startswith("image/"):
            raise ResultGone
        with self._jobs.result(job) as file:
            data = file.read()
        made: bytes = self._offload(
            photos.thumbnail, data, self._media.answer_limits, SIDE_PX, QUALITY
        )
        return made
