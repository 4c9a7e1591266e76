"""Reading the names of looks in a wish."""

from __future__ import annotations

import pytest

from photoai.services.providers.local.presets import PRESETS, named_in, presets

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ("Make it black-and-white, please", ["black and white"]),
        ("B&W + Vignette", ["black and white", "vignette"]),
        ("ч/б", ["black and white"]),
        ("Чёрно-белое фото", ["black and white"]),
        ("черно-белую, с виньеткой", ["black and white", "vignette"]),
        ("СЕПИЯ, виньетка", ["sepia", "vignette"]),
        ("сделай сепию и чуть теплее", ["sepia", "warm"]),
        ("oil painting", ["oil paint"]),
        ("картина маслом", ["oil paint"]),
        ("набросок карандашом", ["pencil sketch"]),
        ("bright colours", ["vivid"]),
        ("brighter", ["brighten"]),
        ("комикс", ["comic"]),
        ("HDR", ["clarity"]),
        ("винтаж", ["vintage"]),
        ("мягкая кожа, резкость", ["soft skin", "sharpen"]),
        ("sepia sepia СЕПИЯ", ["sepia"]),
        ("turmoil in boiling swarms", []),
        ("sepia without vignette", ["sepia"]),
        ("сепия без виньетки", ["sepia"]),
        ("not warm, but cool", ["cool"]),
        ("a dragon on the moon", []),
        ("", []),
    ],
)
def test_a_wish_is_read_as_these_presets(wish, names):
    assert named_in(wish) == names


@pytest.mark.parametrize("name", PRESETS)
def test_every_word_of_a_preset_asks_for_it_and_for_nothing_else(name):
    for word in presets()[name]:
        assert named_in(word.replace("*", "")) == [name]


def test_a_long_wish_is_read_quickly():
    assert named_in("не " * 600 + "а-б " * 200 + "sepia") == ["sepia"]
