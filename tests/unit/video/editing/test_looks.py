"""Thumbnails and probes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from photoai.errors import EditFileUnfit, EditStartsTooLate
from tests.support.clips import BT709, Clips, color_of

from .ordering import Studio, counted, drawn_png, op, planned


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_a_thumbnail_is_the_very_picture_of_its_moment(
    clips: Clips, studio: Studio, form: str
) -> None:
    path = counted(clips, sec=1)
    order = [op("thumbnail", 0, at_sec=0.56, width=160, format=form)]
    made = studio.make(order, path)
    with Image.open(made.path) as image:
        assert (image.format, image.size) == (form.upper(), (160, 90))
        luma = np.asarray(image.convert("L")).mean() * 219 / 255 + 16
    assert round((luma - 16) / 2) == 14
    assert (made.mime, made.facts["mode"]) == (f"image/{form}", "look")
    assert planned(order, path)["canvas"] == {"width": 160, "height": 90, "fps": 25.0}


@pytest.mark.slow
def test_thumbnails_are_upright_and_in_ordinary_light(clips: Clips, studio: Studio) -> None:
    turned = studio.make([op("thumbnail", 0)], clips.turned(clips.make("red"), 90))
    bright = studio.make([op("thumbnail", 0)], clips.hdr("white"))
    with Image.open(turned.path) as image:
        assert image.size == (180, 320)
        assert color_of(np.asarray(image)[160, 90]) == "red"
    with Image.open(bright.path) as image:
        assert np.asarray(image).mean() > 200


@pytest.mark.slow
def test_a_thumbnail_from_late_in_a_long_video(clips: Clips, studio: Studio) -> None:
    grey = "geq=lum='16+2*mod(N,100)':cb=128:cr=128"
    path = clips.make("black", sec=12, filters=f"{grey},{BT709}", beep_at=None)
    made = studio.make([op("thumbnail", 0, at_sec=11.0, format="png")], path)
    with Image.open(made.path) as image:
        luma = np.asarray(image.convert("L")).mean() * 219 / 255 + 16
    assert round((luma - 16) / 2) == 75


def test_there_is_no_thumbnail_after_the_end(clips: Clips, tmp_path_factory) -> None:
    with pytest.raises(EditStartsTooLate):
        planned([op("thumbnail", 0, at_sec=1.0)], clips.make("red"))
    with pytest.raises(EditFileUnfit):
        planned([op("thumbnail", 0)], drawn_png(tmp_path_factory.mktemp("p"), (4, 4), (0, 0, 0)))


def test_a_probe_says_what_is_in_a_file(clips: Clips, studio: Studio) -> None:
    made = studio.make([op("probe", 0)], clips.make("red"))
    found = json.loads(made.path.read_text())
    assert (found["kind"], found["video"]["codec"], found["duration_sec"]) == ("video", "h264", 1.0)
    picture = drawn_png(studio.folder, (40, 20), (255, 0, 0))
    found = json.loads(studio.make([op("probe", 0)], picture).path.read_text())
    assert (found["kind"], found["width"], found["height"]) == ("image", 40, 20)
