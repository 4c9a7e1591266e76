"""A ladder's arithmetic: when each rung begins, and what cannot fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors import SettingsInvalid
from photoai.errors.ladder import LadderTooLong, RungSaysNothingNew
from photoai.services.catalogue import Catalogue
from photoai.services.ladder import FINISHING_SEC, Ladders, Rung

CATALOGUE = Catalogue.load(Path("configs/providers.json"))
PATIENCE = 48.0
POSTER = CATALOGUE.settled("gemini", "change_image", {"prompt": "a poster"})
OWN = Rung("gemini", "change_image", POSTER)
LITE = Rung(
    "gemini", "change_image", {"prompt": "a poster", "model": "gemini-3.1-flash-lite-image"}
)
LOCAL = Rung("local", "change_image", {"prompt": "vivid"})
FRAME = Rung("local", "frame", {})
ANY_RUNG = st.sampled_from(["gemini", "turbotext", "local"])


def ladders(patience: float = PATIENCE, keyless: str = "") -> Ladders:
    return Ladders(CATALOGUE, lambda: patience, lambda provider: provider != keyless)


def begun(rung: Rung, sec: float) -> Rung:
    return Rung(rung.provider_id, rung.operation_id, rung.settings, sec)


def test_what_is_not_said_is_planned_backwards() -> None:
    steps = ladders().steps(OWN, [LITE, LOCAL, FRAME])
    assert [step.until_sec for step in steps] == [32.0, 42.0, 45.0, PATIENCE - FINISHING_SEC]
    assert [step.provider for step in steps] == ["gemini", "gemini", "local", "local"]


def test_what_is_said_holds_as_long_as_it_fits() -> None:
    above = [begun(LITE, 20), begun(LOCAL, 30)]
    assert [step.until_sec for step in ladders().steps(OWN, above)] == [20, 30, 47.5]
    assert [step.until_sec for step in ladders(28).steps(OWN, above)] == [15, 25, 27.5]


@given(
    st.lists(st.tuples(ANY_RUNG, st.none() | st.floats(0.1, 120)), min_size=1, max_size=4),
    st.floats(3, 108),
)
def test_every_rung_has_its_time_and_the_last_ends_in_time(
    said: list[tuple[str, float | None]], patience: float
) -> None:
    above = [Rung(provider, "change_image", {"prompt": "x"}, sec) for provider, sec in said]
    untils = [step.until_sec for step in ladders(patience).steps(OWN, above)]
    assert untils[-1] == pytest.approx(patience - FINISHING_SEC, abs=0.001)
    assert all(0 < until <= patience for until in untils[:-1])
    planned = [Rung(rung.provider_id, "change_image", {}) for rung in above]
    latest = [step.until_sec for step in ladders(patience).steps(OWN, planned)]
    assert latest[:-1] == sorted(latest[:-1])
    assert all(until <= most for until, most in zip(untils[:-1], latest[:-1], strict=True))


def test_a_ladder_that_cannot_fit_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(LadderTooLong) as refused:
        ladders(22).checked(OWN, [LITE, LOCAL])
    (said,) = refused.value.details["ladder"]
    assert "need 10 + 10 + 3 = 23 s" in said
    assert "leaves 22 s" in said


@pytest.mark.parametrize(
    ("above", "path", "said"),
    [
        ([begun(LOCAL, 45.5)], "ladder.0.from_sec", "At most 45"),
        ([begun(LITE, 36), LOCAL], "ladder.0.from_sec", "At most 35"),
        ([begun(LITE, 20), begun(LOCAL, 20)], "ladder.1.from_sec", "More than 20"),
        ([Rung("local", "change_image", {})], "ladder.0.settings_json.prompt", "Missing"),
        ([Rung("local", "upscale", {})], "ladder.0.operation_id", "no such operation"),
        ([Rung("nobody", "change_image", {})], "ladder.0.provider_id", "no such provider"),
        ([Rung("turbotext", "change_image", {"prompt": "x"})], "ladder.0.provider_id", "no key"),
    ],
)
def test_a_rung_that_cannot_work_is_named(above: list[Rung], path: str, said: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        ladders(keyless="turbotext").checked(OWN, above)
    assert said in str(refused.value.details[path])


@pytest.mark.parametrize("above", [[OWN], [LOCAL, begun(LOCAL, 40)], [LOCAL, LITE, LOCAL]])
def test_a_ladder_goes_round_in_no_circle(above: list[Rung]) -> None:
    with pytest.raises(RungSaysNothingNew):
        ladders().checked(OWN, above)
