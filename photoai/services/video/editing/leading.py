"""Leads done: what begins an order and is made by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoai.errors import PhotoaiError, RenderFailed, ResultWrong
from photoai.services.video.arrivals import Clip
from photoai.services.video.facts import ClipFacts
from photoai.services.video.ffmpeg import Report
from photoai.services.video.join import join
from photoai.services.video.merging import VIDEO, merge
from photoai.services.video.preparing import Preparing
from photoai.services.video.segments import Segments
from photoai.services.video.settings import MergeSettings
from photoai.services.video.verify import check_picture, decoded, outside, together

from .checking import check_heard, span
from .inputs import Input, naming_the_input
from .leads import Excerpt, Merge, Snippet
from .snipping import snip

LEAD = "lead.mp4"
PASSED_ON = (
    "deadline", "max_duration_sec", "max_pixels", "clip_max_bytes", "segments",
    "segments_max_bytes",
)  # fmt: skip
JOINING = 0.05  # of the time an excerpt takes


@dataclass(frozen=True)
class Leading:
    """`params` are those of the whole order."""

    params: Mapping[str, Any]
    folder: Path
    report: Report

    def merged(self, lead: Merge) -> Path:
        """A merge, checked, with its poster."""
        order = {
            "sources": [
                {"path": str(given.path), "sha256": given.sha256, "facts": given.facts}
                for given in lead.clips
            ],
            "settings": lead.settings.as_json(),
            "allowed_hosts": [],
            **{name: self.params[name] for name in PASSED_ON},
        }
        try:
            merge(order, self.folder, _Silent(self.report))
        except PhotoaiError as error:
            if "clip_index" in error.details:
                clip = lead.clips[error.details["clip_index"]]
                error.details = {"input_index": clip.index, **error.details}
            raise
        return (self.folder / VIDEO).rename(self.folder / LEAD)

    def excerpt(self, lead: Excerpt, given: Input) -> Path:
        """What lies between is copied, the rest encoded; what the cache has may be damaged."""
        preparing = self._preparing(lead)
        try:
            return self._joined(lead, given, preparing)
        except (RenderFailed, ResultWrong):
            if not preparing.distrust_the_cache():
                raise
            return self._joined(lead, given, preparing)

    def snippet(self, lead: Snippet, given: Input) -> Path:
        canvas, kept, out = lead.canvas, lead.kept, self.folder / LEAD
        to_the_end = kept.end >= canvas.frames_in(lead.take.facts.duration_sec)
        with naming_the_input(given):
            begins_sec, ends_sec = snip(
                lead.take.cut.path, lead.take.facts, out,
                start_sec=canvas.seconds(kept.start),
                end_sec=None if to_the_end else canvas.seconds(kept.end),
            )  # fmt: skip
        length_sec, (starts_sec, stops_sec) = ends_sec - begins_sec, span(lead.take)

        def check(facts: ClipFacts) -> None:
            together("length", facts.duration_sec - length_sec, float(1 / canvas.fps))
            heard_until_sec = min(stops_sec - begins_sec, length_sec)
            check_heard(facts, max(0.0, starts_sec - begins_sec), heard_until_sec)

        outside(out, check)
        self.report(1.0, None)
        return out

    def _preparing(self, lead: Excerpt) -> Preparing:
        whole = sum(piece.frames for piece in lead.pieces)
        segments = Segments(Path(self.params["segments"]), self.params["segments_max_bytes"])
        return Preparing(
            segments, self.folder, MergeSettings(quality=self.params["quality"]),
            self.params["deadline"],
            lambda frames: self.report((1 - JOINING) * min(1.0, frames / whole), None),
        )  # fmt: skip

    def _joined(self, lead: Excerpt, given: Input, preparing: Preparing) -> Path:
        clips = {0: Clip(given.path, given.sha256, lead.take.facts)}
        with naming_the_input(given):
            segments = [preparing.segment(piece, lead.canvas, clips) for piece in lead.pieces]
        out = self.folder / LEAD
        join(
            segments, out, lead.canvas, deadline=self.params["deadline"], heard=lead.heard,
            report=lambda fraction, eta: self.report(1 - JOINING * (1 - fraction), eta),
        )  # fmt: skip
        frames = sum(piece.frames for piece in lead.pieces)

        def check(facts: ClipFacts) -> None:
            check_picture(facts.video, lead.canvas, frames)
            check_heard(facts, 0.0, lead.canvas.seconds(frames))

        outside(out, check)
        decoded(out, canvas=lead.canvas, frames=frames, joints=lead.joints)
        return out


class _Silent:
    """Hears how far a merge is and nothing else."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        self._report(fraction, eta_sec)

    def tell(self, facts: Mapping[str, Any]) -> None:
        return
