"""What clients send becomes an order: complete, in one form, or refused with the field at fault."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from photoai.schemas.edits import TaskOrderSchema
from photoai.services.edits import EditOrder

VIDEO, SOUND = ("video",), ("audio", "video")


def order(kind: str, *files: str, **config: Any) -> EditOrder:
    body = {"type": kind, "input_files": [*files], "config": config}
    found: EditOrder = TaskOrderSchema().load(body)
    return found


def refused(kind: str, *files: str, **config: Any) -> Any:
    with pytest.raises(ValidationError) as refusal:
        order(kind, *files, **config)
    return refusal.value.normalized_messages()


def text(**given: Any) -> dict[str, Any]:
    """A text as the work gets it."""
    found: dict[str, Any] = order("text_overlay", "a", texts=[{"content": "x", **given}]).config
    return dict(found["texts"][0])


def test_an_order_is_read_back_as_it_was_kept() -> None:
    made = order("trim", "a", start_sec=1)
    assert made.config == {"start_sec": 1.0, "end_sec": None, "precise": True, "quality": "medium"}
    again = EditOrder.from_json("trim", made.as_json())
    assert (again.operations, again.inputs, again.quality) == (
        made.operations, made.inputs, "medium",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, (None, "#000000", None)),
        ({"outline": True, "box": False}, (None, "#000000", None)),
        ({"outline": False, "box": True}, (0, "#000000", "#000000b3")),
        ({"outline": 3, "box": "#FFEEDD"}, (3, "#000000", "#ffeeddff")),
        ({"outline": "#FF0000", "box": "#11223344"}, (None, "#ff0000", "#11223344")),
        ({"outline": False, "outline_px": 2}, (2, "#000000", None)),
    ],
)
def test_outline_and_box_are_short_for_the_fields_in_full(
    given: dict[str, Any], made: tuple[Any, ...]
) -> None:
    found = text(**given)
    assert (found["outline_px"], found["outline_color"], found["box_color"]) == made
    assert not {"outline", "box"} & set(found)


def test_a_text_stands_at_the_bottom_or_where_it_is_put() -> None:
    assert text()["anchor"] == "bottom"
    assert text(x=1, y=2)["anchor"] == "top-left"
    assert text(x=1, y=2, anchor="center")["anchor"] == "center"


def test_a_colour_alone_is_a_key() -> None:
    key = {"color": "#00ff00", "similarity": 0.15, "blend": 0.05}
    assert order("video_overlay", "a", "b", chroma_key="#00FF00").config["chroma_key"] == key
    assert order("video_overlay", "a", "b").config["chroma_key"] is None


def test_a_transition_without_a_direction_gets_one() -> None:
    assert order("join", "a", "b", transition="slide").config["transition"] == "slide-left"


def test_the_files_of_the_whole_come_before_the_first_operations_own() -> None:
    operations = [
        {"type": "join", "input_files": ["b"]},
        {"type": "audio_overlay", "input_files": ["c"], "config": {"volume": 2}},
        {"type": "trim"},
    ]
    made = order("combined", "a", operations=operations, quality="high")
    assert [each.input_files for each in made.operations] == [("a", "b"), ("c",), ()]
    assert [(each.operation, each.index, each.file_id) for each in made.inputs] == [
        (0, 0, "a"), (0, 1, "b"), (1, 0, "c"),
    ]  # fmt: skip
    assert made.takes == (VIDEO, VIDEO, SOUND)
    assert made.quality == "high"


def test_fonts_are_found_wherever_they_are_named() -> None:
    operations = [
        {"type": "text_overlay", "config": {"texts": [{"content": "a", "font": "One"}]}},
        {"type": "subtitles", "input_files": ["s"], "config": {"font": "Two"}},
    ]
    assert order("combined", "a", operations=operations).fonts == {"One", "Two"}


CUE = {"start_sec": 0, "end_sec": 1, "text": "Hello"}
WORD = {"start_sec": 0, "end_sec": 0.5, "text": "Hel"}


def test_cues_are_read() -> None:
    cues = order("subtitles", "a", cues=[CUE | {"words": [WORD]}, CUE]).config["cues"]
    assert cues == [CUE | {"words": [WORD]}, CUE]


@pytest.mark.parametrize(
    ("cue", "field"),
    [
        ({"text": "a"}, None),
        (CUE | {"end_sec": 0}, "end_sec"),
        (CUE | {"start_sec": -1}, "start_sec"),
        (CUE | {"start_sec": float("nan")}, "start_sec"),
        (CUE | {"end_sec": 10**400}, "end_sec"),
        (CUE | {"end_sec": True}, "end_sec"),
        (CUE | {"text": ""}, "text"),
        (CUE | {"text": 5}, "text"),
        (CUE | {"surprise": 1}, "surprise"),
        (CUE | {"words": 5}, "words"),
        (CUE | {"words": [WORD] * 201}, "words"),
        (CUE | {"words": [WORD | {"words": []}]}, "words"),
        ("Hello", None),
    ],
)
def test_a_cue_that_cannot_be_is_named(cue: Any, field: str | None) -> None:
    found = refused("subtitles", "a", cues=[CUE, cue])["config"]["cues"]
    assert list(found) == [1]
    assert isinstance(found[1], list) if field is None else list(found[1]) == [field]


@pytest.mark.parametrize("cues", [[], [CUE] * 10_001, "Hello"])
def test_there_are_one_to_ten_thousand_cues(cues: Any) -> None:
    assert isinstance(refused("subtitles", "a", cues=cues)["config"]["cues"], list)


TRIM = {"type": "trim"}


@pytest.mark.parametrize(
    ("kind", "files", "config", "path"),
    [
        ("x", "a", {}, "type"),
        ("trim", "a", {"start_sec": -1}, "config.start_sec"),
        ("trim", "a", {"start_sec": 2, "end_sec": 2}, "config.end_sec"),
        ("trim", "a", {"surprise": 1}, "config.surprise"),
        ("trim", "a", {"quality": "best"}, "config.quality"),
        ("trim", "ab", {}, "input_files"),
        ("trim", "", {}, "input_files"),
        ("join", "a", {}, "input_files"),
        ("join", "a" * 21, {}, "input_files"),
        ("video_overlay", "ab", {"opacity": 7}, "config.opacity"),
        ("video_overlay", "ab", {"opacity": float("inf")}, "config.opacity"),
        ("video_overlay", "ab", {"x": 5}, "config.y"),
        ("video_overlay", "ab", {"y": 5}, "config.x"),
        ("video_overlay", "ab", {"scale": 0}, "config.scale"),
        ("video_overlay", "ab", {"chroma_key": "green"}, "config.chroma_key.color"),
        ("video_overlay", "ab", {"chroma_key": 5}, "config.chroma_key"),
        ("audio_overlay", "ab", {"volume": 11}, "config.volume"),
        ("audio_overlay", "ab", {"loudness": 0}, "config.loudness"),
        ("audio_overlay", "ab", {"fade_in_sec": 61}, "config.fade_in_sec"),
        ("text_overlay", "a", {}, "config.texts"),
        ("text_overlay", "a", {"texts": []}, "config.texts"),
        ("text_overlay", "a", {"texts": [{"content": "a"}] * 51}, "config.texts"),
        ("text_overlay", "a", {"texts": [{"content": "a" * 2001}]}, "config.texts.0.content"),
        ("text_overlay", "a", {"texts": [{"content": "a", "box": 5}]}, "config.texts.0.box"),
        ("text_overlay", "a", {"texts": [{"content": "a", "outline": []}]},
         "config.texts.0.outline"),
        ("text_overlay", "a", {"texts": [5]}, "config.texts.0"),
        ("subtitles", "a", {}, "input_files"),
        ("subtitles", "ab", {"cues": [CUE]}, "input_files"),
        ("subtitles", "abc", {}, "input_files"),
        ("probe", "a", {"deep": True}, "config.deep"),
        ("combined", "a", {"operations": []}, "config.operations"),
        ("combined", "a", {"operations": [TRIM] * 51}, "config.operations"),
        ("combined", "a", {"operations": [{"type": "probe"}]}, "config.operations.0.type"),
        ("combined", "a", {"operations": [TRIM, {"type": "join"}]},
         "config.operations.1.input_files"),
        ("combined", "", {"operations": [TRIM]}, "config.operations.0.input_files"),
        ("combined", "ab", {"operations": [TRIM]}, "input_files"),
        ("combined", "a", {"operations": [TRIM, {"type": "trim", "config": {"quality": "low"}}]},
         "config.operations.1.config.quality"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(
    kind: str, files: str, config: dict[str, Any], path: str
) -> None:
    assert list(places(refused(kind, *files, **config))) == [path]


def test_fifty_operations_are_taken() -> None:
    assert len(order("combined", "a", operations=[TRIM] * 50).operations) == 50


def places(told: Any, at: str = "") -> Any:
    """The paths of all that is complained of."""
    if not isinstance(told, dict):
        yield at
        return
    for name, inner in told.items():
        here = f"{at}.{name}" if at else str(name)
        yield from places(inner, at if name == "_schema" else here)
