"""The kinds of job that tasks are: what the work knows, several of it at once, and looks."""

from __future__ import annotations

from photoai.services.video.editing import EDITS, PROBE, THUMBNAIL

from .order import COMBINED

KINDS = (*EDITS, COMBINED, THUMBNAIL, PROBE)
