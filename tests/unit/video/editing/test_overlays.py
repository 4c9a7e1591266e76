"""Pictures over pictures: where, when, how much of them is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photoai.errors import EditEndsTooSoon, EditFileUnfit, EditStartsTooLate
from tests.support.clips import Clips, beeps, color_of, ffmpeg, pictures

from .ordering import Studio, changes, counted, counts, drawn_png, op, packets, planned

pytestmark = pytest.mark.slow
RED = (255, 0, 0)


def is_red(picture: np.ndarray, x: int, y: int) -> bool:
    return color_of(picture[y, x]) == "red"


def box_of(picture: np.ndarray) -> tuple[int, int, int, int]:
    """From where to where red is seen on blue: left, top, right, bottom."""
    red = picture[..., 0].astype(int) - picture[..., 2] > 60
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("config", "box"),
    [
        ({}, (0, 0, 40, 20)),
        ({"anchor": "bottom-right"}, (280, 160, 320, 180)),
        ({"anchor": "center"}, (140, 80, 180, 100)),
        ({"x": 31, "y": 17}, (31, 17, 71, 37)),
        ({"x": 100, "y": 100, "anchor": "bottom-right"}, (60, 80, 100, 100)),
        ({"x": 300, "y": -10}, (300, 0, 320, 10)),
        ({"scale": 0.5}, (0, 0, 160, 80)),
        ({"scale": 0.5, "anchor": "top-right"}, (160, 0, 320, 80)),
    ],
    ids=str,
)
def test_a_picture_stands_where_it_is_wished(
    clips: Clips, studio: Studio, tmp_path: Path, config: dict, box: tuple[int, ...]
) -> None:
    logo = drawn_png(tmp_path, (40, 20), RED)
    made = studio.make([op("video_overlay", 0, 1, **config)], clips.make("blue", sec=0.2), logo)
    found = box_of(pictures(made.path)[-1])
    assert np.abs(np.subtract(found, box)).max() <= 1


def test_it_is_seen_from_frame_to_frame_and_the_sound_is_copied(
    clips: Clips, studio: Studio, tmp_path: Path
) -> None:
    path, logo = clips.make("blue", sec=2), drawn_png(tmp_path, (40, 20), RED)
    made = studio.make([op("video_overlay", 0, 1, start_sec=0.52, end_sec=1.2)], path, logo)
    assert changes(made.path, lambda picture: is_red(picture, 5, 5)) == [13, 30]
    assert packets(made.path, "audio") == packets(path, "audio")
    assert beeps(made.path) == [0.4]
    assert (made.facts["video"], made.facts["audio"], made.facts["passes"]) == ("encode", "copy", 1)


@pytest.mark.parametrize("suffix", ["png", "webp", "gif"])
def test_what_is_transparent_is_not_seen(
    clips: Clips, studio: Studio, tmp_path: Path, suffix: str
) -> None:
    logo = tmp_path / f"half.{suffix}"
    image = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 40, 40))
    image.save(logo, **({"lossless": True} if suffix == "webp" else {}))
    made = studio.make([op("video_overlay", 0, 1)], clips.make("blue", sec=0.2), logo)
    last = pictures(made.path)[-1]
    assert (color_of(last[20, 20]), color_of(last[20, 60])) == ("red", "blue")


@pytest.mark.parametrize(("alpha", "opacity"), [(255, 0.5), (128, 1.0), (128, 0.5), (255, 0.0)])
def test_how_much_of_it_is_seen(
    clips: Clips, studio: Studio, tmp_path: Path, alpha: int, opacity: float
) -> None:
    logo = drawn_png(tmp_path, (60, 60), (255, 255, 255, alpha))
    order = [op("video_overlay", 0, 1, opacity=opacity)]
    made = studio.make(order, clips.make("black", sec=0.2), logo)
    seen = pictures(made.path)[-1][30, 30].mean()
    assert seen == pytest.approx(255 * alpha / 255 * opacity, abs=3)


def test_a_picture_that_was_taken_sideways_is_turned(
    clips: Clips, studio: Studio, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    logo = drawn_png(tmp_path, (40, 20), RED, suffix="jpg", exif=exif)
    made = studio.make([op("video_overlay", 0, 1)], clips.make("blue", sec=0.2), logo)
    found = box_of(pictures(made.path)[-1])
    assert np.abs(np.subtract(found, (0, 0, 20, 40))).max() <= 1


def test_a_video_in_the_video_lasts_as_long_as_it_does(clips: Clips, studio: Studio) -> None:
    base, other = clips.make("blue", sec=2), clips.make("red", sec=0.6, beep_at=0.1)
    order = [op("video_overlay", 0, 1, scale=0.25, start_sec=0.4)]
    made = studio.make(order, base, other)
    assert changes(made.path, lambda picture: is_red(picture, 30, 20)) == [10, 25]
    assert beeps(made.path) == [0.4]
    assert len(pictures(made.path)) == 50


@pytest.mark.parametrize(("fps", "off"), [("25", 0.01), ("10", 0.9), ("50", 1.0), ("30", 1.0)])
def test_each_of_its_frames_is_shown_in_its_time(
    clips: Clips, studio: Studio, fps: str, off: float
) -> None:
    other = counted(clips, sec=1, fps=fps, beep_at=None)
    order = [op("video_overlay", 0, 1, start_sec=0.2, end_sec=1.0)]
    made = studio.make(order, clips.make("white", sec=1.4), other)
    shown = counts(made.path)[5:25]
    assert shown == pytest.approx([at * int(fps) / 25 for at in range(20)], abs=off)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_loop_goes_on_from_its_first_frame(clips: Clips, studio: Studio, suffix: str) -> None:
    other = counted(clips, sec=0.4, beep_at=0.1, suffix=suffix)
    made = studio.make([op("video_overlay", 0, 1, loop=True)], clips.make("white", sec=2), other)
    assert counts(made.path) == [at % 10 for at in range(50)]


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
@pytest.mark.parametrize(("loop", "ends"), [(False, 30), (True, 50)])
def test_a_picture_that_moves(
    clips: Clips, studio: Studio, tmp_path: Path, suffix: str, loop: bool, ends: int
) -> None:
    moving = tmp_path / f"moving.{suffix}"
    paints = ["#ff0000", "#00ff00", "#ffffff"]
    first, *others = (Image.new("RGB", (40, 40), paint) for paint in paints)
    more = {"lossless": True} if suffix == "webp" else {}
    first.save(moving, save_all=True, append_images=others, duration=400, loop=1, **more)
    base = clips.make("blue", sec=2)
    made = studio.make([op("video_overlay", 0, 1, loop=loop)], base, moving)
    seen = [color_of(picture[20, 20]) for picture in pictures(made.path)]
    wanted = (["red"] * 10 + ["lime"] * 10 + ["white"] * 10) * 2
    assert seen == [*wanted[:ends], *["blue"] * (50 - ends)]


def test_what_is_green_is_left_out(clips: Clips, studio: Studio) -> None:
    keyed = clips.make("lime", sec=0.4, filters="drawbox=x=100:y=50:w=120:h=80:color=red:t=fill")
    order = [op("video_overlay", 0, 1, chroma_key={"color": "#00ff00"})]
    made = studio.make(order, clips.make("blue", sec=0.4), keyed)
    last = pictures(made.path)[-1]
    assert [color_of(last[y, x]) for y, x in ((90, 160), (90, 40), (10, 160))] == [
        "red", "blue", "blue",
    ]  # fmt: skip


def test_a_video_that_is_partly_transparent(clips: Clips, studio: Studio) -> None:
    clear = clips.folder / "clear.webm"
    hole = "format=yuva420p,geq=lum='p(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*lt(X,40)'"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=80x40:d=0.4", "-vf", hole, "-c:v", "libvpx-vp9",
           "-auto-alt-ref", "0", clear)  # fmt: skip
    made = studio.make([op("video_overlay", 0, 1)], clips.make("blue", sec=0.4), clear)
    last = pictures(made.path)[-1]
    assert (color_of(last[20, 20]), color_of(last[20, 60])) == ("red", "blue")


def test_an_overlay_that_is_longer_than_its_base_ends_with_it(clips: Clips, studio: Studio) -> None:
    base, other = clips.make("blue", sec=0.6), clips.make("red", sec=2)
    made = studio.make([op("video_overlay", 0, 1, scale=0.5)], base, other)
    assert made.facts["duration_sec"] == pytest.approx(0.6)


def test_what_cannot_be_is_refused(clips: Clips, tmp_path: Path) -> None:
    base, logo = clips.make("blue"), drawn_png(tmp_path, (40, 20), RED)
    with pytest.raises(EditStartsTooLate):
        planned([op("video_overlay", 0, 1, start_sec=1.0)], base, logo)
    with pytest.raises(EditEndsTooSoon):
        planned([op("video_overlay", 0, 1, start_sec=0.5, end_sec=0.5)], base, logo)
    with pytest.raises(EditFileUnfit) as failed:
        planned([op("video_overlay", 0, 1)], logo, base)
    assert failed.value.details["input_index"] == 0
