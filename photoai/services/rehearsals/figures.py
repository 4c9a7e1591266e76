"""What an operator's newest photos were like: how long they took, how large they are, what they
cost."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, select

from photoai.db import Database
from photoai.models import Job
from photoai.services.catalogue import ModelEntry

JOBS = cast(Table, Job.__table__)
LATELY = 200
ANY_MODEL = ""
USUAL_BYTES = 1_500_000  # of a finished photo, while there is none


@dataclass(frozen=True)
class Figures:
    """`usual_sec` (median) and `usual_tokens` (mean) by provider, `cost_usd` of the newest photo by
    slot, provider and model (or any), `photo_bytes` of a finished photo on average."""

    usual_sec: Mapping[str, float] = field(default_factory=dict)
    usual_tokens: Mapping[str, float] = field(default_factory=dict)
    cost_usd: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    photo_bytes: float = USUAL_BYTES


def lately(database: Database, user_id: int) -> Figures:
    """Of the account's newest finished photos, tests among them."""
    query = (
        select(JOBS.c.slot_id, JOBS.c.provider, JOBS.c.started, JOBS.c.finished, JOBS.c.result)
        .where(
            JOBS.c.user_id == user_id,
            JOBS.c.result_key.is_not(None),
            JOBS.c.slot_id.is_not(None),
            JOBS.c.finished.is_not(None),
        )
        .order_by(JOBS.c.finished.desc(), JOBS.c.id.desc())
        .limit(LATELY)
    )
    with database.look() as connection:
        return _figures(connection.execute(query).all())


def price_of(
    figures: Figures, slot_id: str, provider_id: str, model: ModelEntry | None
) -> float | None:
    """USD for one more photo of the slot: what its newest with that model cost, else the model's
    lowest price of an image; None when nobody knows."""
    if model is None:
        return figures.cost_usd.get((slot_id, provider_id, ANY_MODEL))
    known = figures.cost_usd.get((slot_id, provider_id, model.id))
    return known if known is not None else min(model.price_per_image.values(), default=None)


def _figures(rows: Iterable[Any]) -> Figures:
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    tokens: defaultdict[str, list[float]] = defaultdict(list)
    costs: dict[tuple[str, str, str], float] = {}
    sizes: list[float] = []
    for slot_id, provider, started, finished, result in rows:
        facts = result or {}
        provider_id = facts.get("provider") or provider or ""
        if started is not None and not facts.get("left"):
            seconds[provider_id].append((finished - started).total_seconds())
        if total := (facts.get("usage") or {}).get("total"):
            tokens[provider_id].append(total)
        if facts.get("cost") is not None:
            for model in {facts.get("model") or "", ANY_MODEL}:
                costs.setdefault((slot_id, provider_id, model), facts["cost"])
        if facts.get("size_bytes"):
            sizes.append(facts["size_bytes"])
    return Figures(
        usual_sec={id_: statistics.median(each) for id_, each in seconds.items()},
        usual_tokens={id_: statistics.mean(each) for id_, each in tokens.items()},
        cost_usd=costs,
        photo_bytes=statistics.mean(sizes) if sizes else USUAL_BYTES,
    )
