"""A film made into a file by one run of ffmpeg; streams nobody has touched are copied."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from photoai.services.video import ffmpeg
from photoai.services.video.canvas import QUALITIES, Encoding, Quality
from photoai.services.video.ffmpeg import Report
from photoai.services.video.graph import Graph
from photoai.services.video.holding import HEVC_TAG
from photoai.services.video.plan import COPY
from photoai.services.video.render import AAC, LOSSLESS, PLAIN, SOUNDS
from photoai.services.video.sound import Levelling, levelled
from photoai.services.video.source import input_of

from .audio_overlay import Levelled
from .film import Film, Take
from .planning import NONE, audio_action, why_encoded
from .sheet import Sheet

# What is encoded once more afterwards: nobody can tell it from the original.
BETWEEN = Quality("veryfast", 12)
RENDER, MUX, MEASURE = "render", "mux", "measure"


@dataclass(frozen=True)
class Rendering:
    """`levels` are, everywhere, the loudnesses found so far."""

    folder: Path
    quality: str
    deadline: float

    def measure(
        self, film: Film, sound: Levelled, levels: Mapping[Levelled, Levelling], report: Report
    ) -> Levelling:
        """What brings the sound to its loudness; no picture is decoded."""
        sheet = self._sheet(levels)
        said = sheet.graph(sound.of.write(sheet, sound.canvas))
        return levelled(
            ["-copyts", *said.inputs],
            said.filter_complex,
            said.maps[1].strip("[]"),
            sound.target,
            deadline=self.deadline,
            total_sec=film.duration_sec,
            report=report,
        )

    def finish(
        self, film: Film, levels: Mapping[Levelled, Levelling], out: Path, report: Report
    ) -> None:
        """The film as an MP4 with its index at the front."""
        sheet = self._sheet(levels)
        picture, coding = self._picture(film, sheet)
        sound, sounding = _sound(film, sheet)
        captions, writing = _captions(film, sheet)
        self._run(
            sheet.graph(),
            [*picture, *sound, *captions],
            [*coding, *sounding, *writing],
            film,
            out,
            report,
        )

    def between(
        self, film: Film, levels: Mapping[Levelled, Levelling], out: Path, report: Report
    ) -> None:
        """The film as a file that is encoded again."""
        sheet = self._sheet(levels)
        maps = ["-map", f"[{film.picture.draw(sheet, film.canvas)}]"]
        if film.sound:
            maps += ["-map", f"[{film.sound.write(sheet, film.canvas)}]"]
        coding = [*Encoding(BETWEEN, film.canvas).arguments(), *SOUNDS[LOSSLESS]]
        self._run(sheet.graph(), maps, coding, film, out, report)

    def _sheet(self, levels: Mapping[Levelled, Levelling]) -> Sheet:
        """Of one run of ffmpeg, with a folder of its own: names begin anew on each."""
        return Sheet(Path(tempfile.mkdtemp(dir=self.folder)), levels)

    def _run(
        self,
        said: Graph,
        maps: Sequence[str],
        coding: Sequence[str],
        film: Film,
        out: Path,
        report: Report,
    ) -> None:
        filters = ["-filter_complex", said.filter_complex] if said.filter_complex else []
        ffmpeg.run(
            ["-copyts", *said.inputs, *filters, *maps, *coding, f"file:{out}"],
            deadline=self.deadline,
            total_frames=film.frames,
            report=report,
            operation=RENDER if "libx264" in coding else MUX,
        )

    def _picture(self, film: Film, sheet: Sheet) -> tuple[list[str], list[str]]:
        take = film.untouched
        if take is None or why_encoded(film):
            label = film.picture.draw(sheet, film.canvas)
            encoding = Encoding(QUALITIES[self.quality], film.canvas)
            return ["-map", f"[{label}]"], encoding.arguments()
        video = take.facts.video
        tag = ["-tag:v", HEVC_TAG] if video.codec == "hevc" else []
        return _copied(take, sheet, "v", video.index), [*tag]


def _sound(film: Film, sheet: Sheet) -> tuple[list[str], list[str]]:
    action, take = audio_action(film), film.untouched_sound
    if film.sound is None or action == NONE:
        return [], ["-an", *SOUNDS[AAC]]
    if action == COPY and take is not None and take.facts.audio:
        copied = _copied(take, sheet, "a", take.facts.audio.index)
        return copied, ["-movflags", "+faststart", "-f", "mp4"]
    return ["-map", f"[{film.sound.write(sheet, film.canvas)}]"], [*SOUNDS[AAC]]


def _captions(film: Film, sheet: Sheet) -> tuple[list[str], list[str]]:
    maps: list[str] = []
    written = ["-map_metadata", "-1", "-map_chapters", "-1", "-dn"] if film.captions else [*PLAIN]
    for at, caption in enumerate(film.captions):
        path = sheet.path("s", ".srt")
        path.write_text(caption.srt(film.duration_sec), encoding="utf-8")
        number = sheet.input(path, partial(ffmpeg.ours, path, "srt"))
        maps += ["-map", f"{number}:s:0"]
        written += ["-c:s", "mov_text", f"-metadata:s:s:{at}", f"language={caption.language}"]
    return maps, written


def _copied(take: Take, sheet: Sheet, kind: str, index: int) -> list[str]:
    """The packets of a stream as they are, but for their times: the first picture is at zero."""
    number = sheet.input(take.seat, lambda: input_of(take.cut))
    zero = f"round({take.facts.video.start_sec:.9f}/TB)"
    moved = f"setts=pts=PTS-{zero}:dts=DTS-{zero}"
    return ["-map", f"{number}:{index}", f"-c:{kind}", "copy", f"-bsf:{kind}", moved]
