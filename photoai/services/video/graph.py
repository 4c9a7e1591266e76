"""A timeline as one filter graph of ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass

from .canvas import Canvas
from .source import exactly, input_of, on_grid, picture, sound
from .timeline import Joint, Timeline

PICTURE, SOUND = "picture", "sound"


@dataclass(frozen=True)
class Graph:
    """ffmpeg's arguments: its inputs, the graph, and which of its ends to encode."""

    inputs: tuple[str, ...]
    filter_complex: str
    maps: tuple[str, ...]

    def arguments(self) -> list[str]:
        return ["-copyts", *self.inputs, "-filter_complex", self.filter_complex, *self.maps]


def graph(timeline: Timeline) -> Graph:
    """Picture and sound of a timeline.

    Raises:
        NoFilter: an effect has none.
    """
    return _graph_of(timeline, [*_pictures(timeline), *_sounds(timeline)], (PICTURE, SOUND))


def sound_graph(timeline: Timeline) -> Graph:
    """The sound alone; all of it can always be said."""
    return _graph_of(timeline, _sounds(timeline), (SOUND,))


def _graph_of(timeline: Timeline, parts: list[str], ends: tuple[str, ...]) -> Graph:
    inputs = [word for cut in timeline.cuts for word in input_of(cut)]
    maps = [word for end in ends for word in ("-map", f"[{end}]")]
    return Graph(tuple(inputs), ";".join(parts), tuple(maps))


def _pictures(timeline: Timeline) -> list[str]:
    canvas, cuts = timeline.canvas, timeline.cuts
    first = PICTURE if len(cuts) == 1 else "v0"
    names = [first, *(f"v{at}" for at in range(1, len(cuts)))]
    parts = [
        picture(cut, canvas, f"{at}:{cut.facts.video.index}", name)
        for at, (cut, name) in enumerate(zip(cuts, names, strict=True))
    ]
    so_far = first
    for at, joint in enumerate(timeline.joints, 1):
        name = PICTURE if at == len(timeline.joints) else f"vv{at}"
        end = joint.start_frame + cuts[at].frames(canvas)
        parts.append(f"{picture_joint(joint, canvas, (so_far, f'v{at}'), end)}[{name}]")
        so_far = name
    return parts


def picture_joint(joint: Joint, canvas: Canvas, pair: tuple[str, str], end_frame: int) -> str:
    """The graph that joins the pictures `pair` to `end_frame` frames. `concat` counts in
    microseconds; then everything is put back onto the grid."""
    before, after = pair
    if joint.transition is None:
        joined = f"[{before}][{after}]concat=n=2:v=1:a=0"
    else:
        where = (joint.start_frame, joint.frames)
        joined = joint.transition.picture_filters(canvas, pair, *where)
    return f"{joined},{on_grid(canvas)},{exactly(end_frame)}"


def _sounds(timeline: Timeline) -> list[str]:
    canvas, cuts = timeline.canvas, timeline.cuts
    first = SOUND if len(cuts) == 1 else "a0"
    names = [first, *(f"a{at}" for at in range(1, len(cuts)))]
    parts = [
        sound(cut, canvas, at, name) for at, (cut, name) in enumerate(zip(cuts, names, strict=True))
    ]
    so_far = first
    for at, joint in enumerate(timeline.joints, 1):
        name = SOUND if at == len(timeline.joints) else f"aa{at}"
        end = joint.start_frame + cuts[at].frames(canvas)
        parts.append(f"[{so_far}][a{at}]{sound_joint(joint, canvas, end)}[{name}]")
        so_far = name
    return parts


def sound_joint(joint: Joint, canvas: Canvas, end_frame: int) -> str:
    """The filters that join two sounds to as much as goes with `end_frame` frames."""
    if joint.transition is None:
        joined = "concat=n=2:v=0:a=1"
    else:
        joined = joint.transition.sound_filters(canvas, joint.frames)
    samples = canvas.samples_in(end_frame)
    return f"{joined},asetpts=N/SR/TB,apad=whole_len={samples},atrim=end_sample={samples}"
