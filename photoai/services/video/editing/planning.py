"""What becomes of an order of edits, decided from what is known of its files; nothing runs here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from photoai.errors import ClipTooLong
from photoai.services.video.canvas import Canvas
from photoai.services.video.holding import sound_held, why_not_held
from photoai.services.video.plan import COPY, ENCODE, MIXED, ClipPlan
from photoai.services.video.remux import can_be_put_together

from .edits import PROBE, THUMBNAIL, operations_of
from .film import Film, Take, Use, film_of
from .filming import Sketch, filmed
from .inputs import VIDEO, Input, naming_the_input
from .leads import LEAD_SEAT, Excerpt, Lead, Merge
from .looks import Thumbnail

NONE, LOOK = "none", "look"
NO_CANVAS = Canvas(0, 0, Fraction(1))


@dataclass(frozen=True)
class EditPlan:
    """`mode` is copy, encode, mixed or look; `video` and `audio` are copy, encode or none.
    `encoded_frames` counts those of every pass."""

    canvas: Canvas
    frames: int
    mode: str
    video: str
    audio: str
    passes: int
    encoded_frames: int
    clips: tuple[Use, ...]

    @property
    def duration_sec(self) -> float:
        return self.canvas.seconds(self.frames) if self.frames else 0.0

    @property
    def encoded_megapixels(self) -> float:
        return self.encoded_frames * self.canvas.width * self.canvas.height / 1e6

    def as_json(self) -> dict[str, Any]:
        canvas = self.canvas
        return {
            "canvas": {
                "width": canvas.width, "height": canvas.height, "fps": round(float(canvas.fps), 3),
            },
            "mode": self.mode,
            "video": self.video,
            "audio": self.audio,
            "passes": self.passes,
            "duration_sec": round(self.duration_sec, 3),
            "encoded_megapixels": self.encoded_megapixels,
            "clips": [
                {
                    "index": use.index,
                    "action": use.action,
                    "reason": use.reason,
                    "duration_sec": round(use.duration_sec, 3),
                }
                for use in self.clips
            ],
        }  # fmt: skip


def plan_edit(
    operations: Sequence[Mapping[str, Any]],
    inputs: Sequence[Mapping[str, Any]],
    *,
    quality: str = "medium",
    max_duration_sec: float = math.inf,
    fonts: Sequence[Mapping[str, Any]] = (),
) -> EditPlan:
    """What `edit` would do with the same order.

    Raises:
        PhotoaiError: why it would fail, as far as that is known before anything is opened;
            `details` name the operation (`operation_index`, of several) and the file
            (`input_index`) that are to blame.
    """
    files = [Input.from_json(index, said) for index, said in enumerate(inputs)]
    if operations[0]["type"] in (PROBE, THUMBNAIL):
        return _look(operations[0], files)
    sketch = Sketch()
    film = filmed(operations_of(operations, files, fonts), quality, sketch)
    check_length(film, max_duration_sec)
    return plan_of(film, sketch)


def check_length(film: Film, max_duration_sec: float) -> None:
    """Raises ClipTooLong: it would be longer than allowed."""
    if film.duration_sec > max_duration_sec:
        about = {
            "duration_sec": round(film.duration_sec, 1), "max_duration_sec": max_duration_sec,
        }  # fmt: skip
        raise ClipTooLong(details=about)


def plan_of(film: Film, sketch: Sketch) -> EditPlan:
    """A film's plan; `sketch` is where it was made."""
    whole, why = is_led(film), why_encoded(film)
    video, audio = (ENCODE if why else COPY), audio_action(film)
    measured = sketch.measured + (len(film.sound.levelled) if film.sound else 0)
    passes = measured + (sketch.lead is not None) + sketch.turns + (not whole)
    clips = (Use(film.base, video, why, film.duration_sec), *film.uses)
    encoded = (film.frames if why else 0) * (1 + sketch.turns)
    plan = EditPlan(film.canvas, film.frames, video, video, audio, passes, encoded, clips)
    return _with_lead(plan, sketch.lead) if sketch.lead else plan


def is_led(film: Film) -> bool:
    """Whether it is a file already, to which nothing is to be added."""
    picture, sound = film.untouched, film.untouched_sound
    return (
        picture is not None
        and picture.seat == LEAD_SEAT
        and (film.sound is None or (sound is not None and sound.seat == LEAD_SEAT))
        and not film.captions
        and why_encoded(film) is None
    )


def _with_lead(plan: EditPlan, lead: Lead) -> EditPlan:
    if isinstance(lead, Merge):
        merge = lead.plan
        own = {each.index: given.index for each, given in zip(merge.clips, lead.clips, strict=True)}
        clips = tuple(_clip_use(each, own[each.index], plan.canvas) for each in merge.clips)
        others = tuple(use for use in plan.clips[1:] if use.index not in own.values())
        copied = merge.mode == COPY and can_be_put_together([each.clip for each in lead.clips])
        audio = COPY if copied and plan.audio == COPY else ENCODE
        return _led_by(plan, merge.mode, merge.encoded_frames, (*clips, *others), audio)
    if isinstance(lead, Excerpt):
        actions = {piece.action for piece in lead.pieces}
        mode = actions.pop() if len(actions) == 1 else MIXED
        encoded = sum(piece.frames for piece in lead.pieces if piece.action == ENCODE)
        reason = "cut" if encoded else None
        base = replace(plan.clips[0], action=ENCODE if encoded else COPY, reason=reason)
        return _led_by(plan, mode, encoded, (base, *plan.clips[1:]), ENCODE)
    return plan


def _led_by(
    plan: EditPlan, mode: str, encoded: int, clips: tuple[Use, ...], audio: str
) -> EditPlan:
    """`plan` is of what comes after the lead, which has that mode."""
    whole_mode = ENCODE if plan.video == ENCODE else mode
    return replace(
        plan,
        mode=whole_mode,
        video=COPY if whole_mode == COPY else ENCODE,
        audio=plan.audio if plan.audio == NONE else audio,
        encoded_frames=plan.encoded_frames + encoded,
        clips=clips,
    )


def _clip_use(clip: ClipPlan, index: int, canvas: Canvas) -> Use:
    return Use(index, clip.action, clip.reason, canvas.seconds(clip.frames))


def why_encoded(film: Film) -> str | None:
    """Why the picture has to be encoded; None if it is copied."""
    take = film.untouched
    return why_not_held(take.facts) if take else film.reason or "cut"


def audio_action(film: Film) -> str:
    if film.sound is None:
        return NONE
    take = film.untouched_sound
    return COPY if isinstance(take, Take) and sound_held(take.facts) else ENCODE


def _look(operation: Mapping[str, Any], files: Sequence[Input]) -> EditPlan:
    given = files[operation["inputs"][0]]
    with naming_the_input(given):
        if operation["type"] == THUMBNAIL:
            canvas = Thumbnail.from_json(operation["config"]).canvas(given)
        else:
            canvas = film_of(given).canvas if given.kind == VIDEO else NO_CANVAS
    return EditPlan(canvas, 0, LOOK, NONE, NONE, 0, 0, (Use(given.index, LOOK, None, 0.0),))
