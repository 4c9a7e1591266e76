"""An order of edits from its files to what was wished, in a job's child process."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoai.errors import ClipUnreadable
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects.material import even
from photoai.services.video.facts import ClipFacts
from photoai.services.video.merging import POSTER, POSTER_AT, POSTER_SIDE_PX, VIDEO, room_to_work
from photoai.services.video.poster import QUALITY, poster
from photoai.services.video.probe import probe
from photoai.services.video.sound import Levelling
from photoai.services.video.timeline import Cut
from photoai.services.video.verify import ANY_SIZE

from .audio_overlay import Levelled
from .checking import checked
from .edits import PROBE, THUMBNAIL, operations_of
from .film import Film
from .filming import Sketch, filmed
from .inputs import VIDEO as OF_VIDEO
from .inputs import Input, naming_the_input
from .leading import LEAD, Leading
from .leads import Excerpt, Lead, Merge, made
from .looks import Thumbnail
from .pictured import FORMATS, is_plain, picture_at
from .planning import LOOK, NONE, EditPlan, check_length, is_led, plan_of, why_encoded
from .progress import CHECKING_FROM, MEASURING_COSTS, Progress
from .rendering import RENDER, Rendering

if TYPE_CHECKING:
    from photoai.services.video.merging import Voice

PREPARING, MEASURING, RENDERING, CHECKING = "preparing", "measuring", "rendering", "checking"
MP4, JSON = "video/mp4", "application/json"
FACTS, THUMB = "facts.json", "thumbnail"
FROM_PLAN = ("mode", "video", "audio", "passes", "encoded_megapixels", "clips")


def edit(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """What was ordered: the name of its file in `folder`, its type, its poster, facts about it.

    Raises:
        PhotoaiError: why there is nothing.
    """
    runs: list[ffmpeg.Run] = []

    def ended(run: ffmpeg.Run) -> None:
        runs.append(run)
        voice.tell({"operation": _told(run)})

    with room_to_work(), ffmpeg.telling_of_runs(ended):
        voice(0.0, PREPARING)
        files = [_known(Input.from_json(at, said)) for at, said in enumerate(params["inputs"])]
        first = params["operations"][0]
        if first["type"] == PROBE:
            return _probed(files[first["inputs"][0]], folder)
        if first["type"] == THUMBNAIL:
            look = Thumbnail.from_json(first["config"])
            return _thumbnail(look, files[first["inputs"][0]], folder, params["deadline"])
        with _naming_the_only_video(files):
            made = Making(params, files, folder, voice).run()
    encode_sec = sum(run.duration_sec for run in runs if run.operation == RENDER)
    return {**made, "facts": {**made["facts"], "encode_sec": round(encode_sec, 3)}}


class Making:
    """One attempt at a video."""

    def __init__(
        self, params: Mapping[str, Any], files: Sequence[Input], folder: Path, voice: Voice
    ) -> None:
        self._params = params
        self._files = files
        self._folder = folder
        self._voice = voice
        self._operations = operations_of(params["operations"], files, params.get("fonts", ()))
        self._rendering = Rendering(folder, params["quality"], params["deadline"])
        self._levels: dict[Levelled, Levelling] = {}
        self._plan = self._planned()
        self._progress = Progress(voice, self._costs())
        self._turns = 0

    def run(self) -> dict[str, Any]:
        film = filmed(self._operations, self._params["quality"], self)
        out = self._folder / VIDEO
        with ThreadPoolExecutor(1, "poster") as aside:
            copied = _copied_as_it_is(film)
            posed = copied and aside.submit(self._poster, copied.path, copied.facts)
            if is_led(film):
                (self._folder / LEAD).rename(out)
            else:
                self._measure(film)
                self._rendering.finish(film, self._levels, out, self._progress.step(RENDERING, 1))
            self._voice(CHECKING_FROM, CHECKING)
            facts = checked(out, film)
            (posed or aside.submit(self._poster, out, facts)).result()
        return {
            "file": VIDEO, "mime": MP4, "poster": POSTER, "facts": self._facts(film, facts),
        }  # fmt: skip

    # The bench on which the film's parts are made.

    def led(self, lead: Lead, film: Film) -> Film:
        """The lead, made."""
        leading = Leading(self._params, self._folder, self._progress.step(RENDERING, 1))
        if isinstance(lead, Merge):
            path = leading.merged(lead)
        elif isinstance(lead, Excerpt):
            path = leading.excerpt(lead, self._files[film.base])
        else:
            path = leading.snippet(lead, self._files[film.base])
        return made(film, probe(path, ANY_SIZE), path)

    def rendered(self, film: Film) -> Film:
        """So much of the film as can be made at once, as a file."""
        self._turns += 1
        self._measure(film)
        path = self._folder / f"turn-{self._turns}.mov"
        self._rendering.between(film, self._levels, path, self._progress.step(RENDERING, 1))
        found = made(film, probe(path, ANY_SIZE), path, self._turns)
        return replace(found, reason=film.reason)

    def _planned(self) -> EditPlan:
        sketch = Sketch()
        film = filmed(self._operations, self._params["quality"], sketch)
        check_length(film, self._params.get("max_duration_sec") or math.inf)
        self._measurings = sketch.measured + (len(film.sound.levelled) if film.sound else 0)
        return plan_of(film, sketch)

    def _costs(self) -> float:
        measurings = self._measurings
        return self._plan.passes - measurings + MEASURING_COSTS * measurings

    def _measure(self, film: Film) -> None:
        for sound in film.sound.levelled if film.sound else ():
            if sound not in self._levels:
                report = self._progress.step(MEASURING, MEASURING_COSTS)
                self._levels[sound] = self._rendering.measure(film, sound, self._levels, report)

    def _poster(self, video: Path, facts: ClipFacts) -> None:
        out, at_sec = self._folder / POSTER, POSTER_AT * facts.duration_sec
        if is_plain(facts):
            poster(video, out, at_sec=at_sec, max_side_px=POSTER_SIDE_PX)
            return
        size = _fitting(facts.display_size, POSTER_SIDE_PX)
        image = picture_at(
            video, facts, at_sec, Canvas(*size, facts.video.fps), deadline=self._params["deadline"]
        )
        image.save(out, "JPEG", quality=QUALITY)

    def _facts(self, film: Film, facts: ClipFacts) -> dict[str, Any]:
        plan, (width, height) = self._plan, facts.display_size
        levels = [found.as_json() for found in self._levels.values()]
        return {
            "width": width,
            "height": height,
            "fps": round(float(facts.video.fps), 3),
            "duration_sec": round(facts.duration_sec, 3),
            **{name: plan.as_json()[name] for name in FROM_PLAN},
            **({"loudness": levels} if levels else {}),
        }


@contextmanager
def _naming_the_only_video(files: Sequence[Input]) -> Iterator[None]:
    """What is unreadable is that one: ffmpeg does not say which of several it was."""
    try:
        yield
    except ClipUnreadable as error:
        videos = [given.index for given in files if given.kind == OF_VIDEO]
        if len(videos) == 1:
            error.details = {"input_index": videos[0], **error.details}
        raise


def _told(run: ffmpeg.Run) -> dict[str, Any]:
    return {
        "operation": run.operation,
        "duration_sec": round(run.duration_sec, 3),
        "success": run.exit_code == 0,
        "exit_code": run.exit_code,
        "words": run.words,
    }


def _known(given: Input) -> Input:
    """The same file; a video that another version of ours has looked at is looked at again."""
    if given.kind != OF_VIDEO or ClipFacts.remembered(given.facts):
        return given
    with naming_the_input(given):
        return replace(given, facts=probe(given.path, ANY_SIZE).as_json())


def _copied_as_it_is(film: Film) -> Cut | None:
    """A picture of which the poster can be made while it is copied."""
    take = film.untouched
    if take is None or is_led(film) or why_encoded(film):
        return None
    return take.cut if take.facts.container == "mp4" and is_plain(take.facts) else None


def _probed(given: Input, folder: Path) -> dict[str, Any]:
    """What is in a file, as JSON; a video is looked at once more."""
    facts = dict(given.facts)
    if given.kind == OF_VIDEO:
        with naming_the_input(given):
            facts = probe(given.path, ANY_SIZE).as_json()
    (folder / FACTS).write_text(json.dumps({"kind": given.kind, "mime": given.mime, **facts}))
    looked = {"mode": LOOK, "video": NONE, "audio": NONE, "passes": 0}
    return {"file": FACTS, "mime": JSON, "poster": None, "facts": looked}


def _thumbnail(look: Thumbnail, given: Input, folder: Path, deadline: float) -> dict[str, Any]:
    with naming_the_input(given):
        canvas, clip = look.canvas(given), given.clip
        image = picture_at(given.path, clip, look.moment_sec(given), canvas, deadline=deadline)
    name, (kind, options) = f"{THUMB}.{look.format}", FORMATS[look.format]
    image.save(folder / name, kind, **options)
    facts = {
        "width": image.width, "height": image.height, "fps": 0.0, "duration_sec": 0.0,
        "mode": LOOK, "video": NONE, "audio": NONE, "passes": 0,
    }  # fmt: skip
    return {"file": name, "mime": f"image/{look.format}", "poster": None, "facts": facts}


def _fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    shrink = min(1.0, longest / max(size))
    return even(size[0] * shrink), even(size[1] * shrink)
