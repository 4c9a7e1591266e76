"""Which models watch videos, and what they cost on which day."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from photoai.config import ROOT
from photoai.errors import ConfigError
from photoai.services.catalogue import Catalogue, VideoEntry
from photoai.services.providers.gemini.videos import GeminiVideos, cost_of
from photoai.services.providers.gemini.wire import Wire
from tests.support.reels import CATALOGUE, FIRST, SECOND, THIRD

LONG_AGO, FAR_AWAY = date(2020, 1, 1), date(2999, 1, 1)


def video() -> VideoEntry:
    entry = CATALOGUE.providers["gemini"].video
    assert entry is not None
    return entry


def models(first: str = "", second: str = "", *, retired: Collection[str] = ()) -> list[str]:
    """Those that are asked when some are retired and the others will be."""
    entry = video()
    known = {
        id_: dataclasses.replace(model, retired_on=LONG_AGO if id_ in retired else FAR_AWAY)
        for id_, model in entry.models.items()
    }
    changed = dataclasses.replace(entry, models=known)
    return GeminiVideos(Wire("", 1), changed, lambda: "", first, second).video_models()


def test_the_default_comes_first_and_the_others_after_it() -> None:
    assert models() == [FIRST, SECOND, THIRD]
    assert models(THIRD) == [THIRD, SECOND]
    assert models(THIRD, FIRST) == [THIRD, FIRST]
    assert models(FIRST, FIRST) == [FIRST]


def test_what_is_retired_is_left_out_unless_nothing_else_is_left() -> None:
    assert models(retired=[FIRST]) == [SECOND, THIRD]
    assert models(FIRST, SECOND, retired=[FIRST, SECOND]) == [FIRST, SECOND]


def test_prices_change_on_their_day() -> None:
    model = video().models[FIRST]
    usage = {"input": 1_000_000, "audio": 0, "text": 500_000, "thoughts": 500_000}
    assert model.token_prices(date(2026, 12, 31)) == {"input": 0.75, "text": 3.75}
    assert model.token_prices(date(2027, 1, 1)) == {"input": 1.5, "text": 7.5}
    always = dataclasses.replace(model, later_prices_per_million_tokens={})
    assert cost_of(always, usage) == 4.5
    dear = dataclasses.replace(
        always, price_per_million_tokens={"input": 0.75, "text": 3.75, "audio": 1.0}
    )
    assert cost_of(dear, {**usage, "audio": 400_000}) == pytest.approx(4.6)
    assert cost_of(None, usage) is None
    assert cost_of(model, {}) is None


def test_a_catalogue_has_one_default_for_videos(tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads((ROOT / "configs" / "providers.json").read_text())
    gemini = next(each for each in told["providers"] if each["id"] == "gemini")
    gemini["video"]["models"][0]["default"] = False
    path = tmp_path / "providers.json"
    path.write_text(json.dumps(told))
    with pytest.raises(ConfigError, match="one default model"):
        Catalogue.load(path)
