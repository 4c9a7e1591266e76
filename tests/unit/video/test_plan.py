"""What a merge does to each clip, and what it is known by."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors import ClipTooLong
from photoai.services.video import MergeSettings, merge_digest, plan_merge
from photoai.services.video.plan import Piece, Stretch

from .making import facts

FADE = MergeSettings(transition="crossfade", transition_sec=1.0)


def test_clips_that_fit_are_copied_and_the_others_say_why_not() -> None:
    odd = facts(2.0, width=640, height=360)
    plan = plan_merge([facts(1.0), odd, facts(3.0)], MergeSettings())
    assert [clip.action for clip in plan.clips] == ["copy", "encode", "copy"]
    assert [clip.reason for clip in plan.clips] == [None, "size 640x360", None]
    assert plan.mode == "mixed"
    assert (plan.frames, plan.encoded_frames) == (180, 60)


@pytest.mark.parametrize(
    ("sizes", "mode"), [((1920, 1920), "copy"), ((640, 640), "encode"), ((1920, 640), "mixed")]
)
def test_the_mode_says_what_becomes_of_all_of_them(sizes: tuple[int, int], mode: str) -> None:
    clips = [facts(1.0, width=width) for width in sizes]
    assert plan_merge(clips, MergeSettings()).mode == mode


def test_a_transition_is_a_piece_of_its_own() -> None:
    plan = plan_merge([facts(3.0), facts(4.0)], FADE)
    assert plan.pieces == (
        Piece((Stretch(0, 0, 60),), "encode"),
        Piece((Stretch(0, 60, 90), Stretch(1, 0, 30)), "encode"),
        Piece((Stretch(1, 30, 120),), "encode"),
    )
    assert plan.frames == 180


def test_what_no_transition_touches_is_copied_between_fresh_frames() -> None:
    fits = facts(5.0, fresh_frames=(0, 45, 100, 149))
    plan = plan_merge([fits, facts(4.0, width=640), fits], FADE)
    assert plan.pieces == (
        Piece((Stretch(0, 0, 100),), "copy"),
        Piece((Stretch(0, 100, 120),), "encode"),
        Piece((Stretch(0, 120, 150), Stretch(1, 0, 30)), "encode"),
        Piece((Stretch(1, 30, 90),), "encode"),
        Piece((Stretch(1, 90, 120), Stretch(2, 0, 30)), "encode"),
        Piece((Stretch(2, 30, 45),), "encode"),
        Piece((Stretch(2, 45, 150),), "copy"),
    )
    assert plan.mode == "mixed"
    assert [clip.reason for clip in plan.clips] == ["transition"] * 3


def test_too_little_to_copy_is_encoded() -> None:
    short = facts(3.0, fresh_frames=(0, 70))
    plan = plan_merge([short, short], FADE)
    assert [piece.action for piece in plan.pieces] == ["encode"] * 3


@given(
    st.lists(
        st.tuples(st.floats(0.04, 20), st.lists(st.integers(0, 1200))), min_size=1, max_size=5
    ),
    st.floats(0.1, 5),
    st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(60)]),
)
def test_with_transitions_of_any_length_every_frame_is_shown_once(
    clips: list[tuple[float, list[int]]], transition_sec: float, fps: Fraction
) -> None:
    settings = MergeSettings(transition="fade", transition_sec=transition_sec)
    known = [facts(sec, fps, fresh_frames=tuple(sorted(fresh))) for sec, fresh in clips]
    plan = plan_merge(known, settings)
    shown: dict[int, list[int]] = {clip.index: [] for clip in plan.clips}
    for piece in plan.pieces:
        for stretch in piece.stretches:
            shown[stretch.clip] += range(stretch.start, stretch.end)
    for clip in plan.clips:
        assert shown[clip.index] == list(range(clip.frames))


def test_a_video_that_would_be_too_long_is_none() -> None:
    plan = plan_merge([facts(3.0), facts(4.0)], MergeSettings())
    plan.check_length(7.0)
    with pytest.raises(ClipTooLong) as refused:
        plan.check_length(6.9)
    assert refused.value.details == {"duration_sec": 7.0, "max_duration_sec": 6.9}


def test_what_makes_no_difference_makes_no_other_merge() -> None:
    same = MergeSettings(fit="crop", background="#ff0000", transition_sec=3.0)
    assert merge_digest(["a"], same) == merge_digest(["a"], MergeSettings(fit="crop"))
    upper, lower = MergeSettings(background="#FF0000"), MergeSettings(background="#ff0000")
    assert merge_digest(["a"], upper) == merge_digest(["a"], lower)


@pytest.mark.parametrize(
    ("contents", "settings"),
    [
        (["b", "a"], MergeSettings()),
        (["a", "b", "b"], MergeSettings()),
        (["a", "b"], MergeSettings(quality="high")),
        (["a", "b"], MergeSettings(aspect_ratio="1:1")),
        (["a", "b"], MergeSettings(background="#ffffff")),
        (["a", "b"], MergeSettings(transition="fade")),
    ],
)
def test_another_order_or_another_look_is_another_merge(
    contents: list[str], settings: MergeSettings
) -> None:
    assert merge_digest(contents, settings) != merge_digest(["a", "b"], MergeSettings())


def test_settings_come_back_from_their_json_as_they_were() -> None:
    assert MergeSettings.from_json(FADE.as_json()) == FADE
