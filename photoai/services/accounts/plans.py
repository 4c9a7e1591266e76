"""What each plan of an account allows, as `configs/plans.json` (PLANS_FILE) has it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from photoai.config import Config
from photoai.errors import ConfigError

PLAN_NAMES = ("free", "pro", "enterprise")
FREE = PLAN_NAMES[0]
# What callers without an account have; nobody can be given it.
ANONYMOUS = "anonymous"
# Single limits an account has instead of its plan's.
Quotas = Mapping[str, int]
# Of a plan from before videos were analysed.
CENTS_BEFORE = 100


@dataclass(frozen=True)
class Plan:
    """None a day is any number of them; sizes are in megabytes of 10^6 bytes. What an account's
    analyses of videos may cost a day is in cents of a USD."""

    name: str
    merges_at_once: int
    merges_per_day: int | None
    tasks_at_once: int
    tasks_per_day: int | None
    clip_max_mb: int
    storage_mb: int
    reels_cents_per_day: int | None = None


# What of a plan is a number.
LIMITS = tuple(each.name for each in dataclasses.fields(Plan) if str(each.type).startswith("int"))


class Plans:
    """The plans an account may have, and the one of those who run the house. None promises more
    than the server takes."""

    def __init__(self, plans: Mapping[str, Plan], clip_most_mb: int) -> None:
        self._clip_most_mb = clip_most_mb
        self._plans = {name: self._kept(plan) for name, plan in plans.items()}
        given = [self._plans[name] for name in PLAN_NAMES]
        largest = max(given, key=lambda plan: (plan.merges_at_once, plan.storage_mb))
        self.largest = dataclasses.replace(
            largest, merges_per_day=None, tasks_per_day=None, reels_cents_per_day=None
        )

    @classmethod
    def load(cls, config: Config) -> Plans:
        """Read and check PLANS_FILE.

        Raises:
            ConfigError: it is missing, not JSON, lacks a plan or has one nobody knows.
        """
        path = config.path("plans_file")
        try:
            entries = _PlansSchema().load(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path.name} cannot be read: {error}") from None
        except ValidationError as error:
            raise ConfigError(f"{path.name}: {error.messages}") from None
        plans = {name: Plan(name=name, **entry) for name, entry in entries.items()}
        return cls(plans, config.video_max_file_mb)

    def named(self, name: str) -> Plan:
        """The plan with this name; the smallest for a name that was one once."""
        return self._plans.get(name) or self._plans[FREE]

    def with_quotas(self, plan: Plan, quotas: Quotas) -> Plan:
        """The plan with an account's own limits in place of some; what is no limit any more is
        passed over."""
        own: dict[str, Any] = {name: quotas[name] for name in LIMITS if name in quotas}
        return self._kept(dataclasses.replace(plan, **own))

    def _kept(self, plan: Plan) -> Plan:
        return dataclasses.replace(plan, clip_max_mb=min(plan.clip_max_mb, self._clip_most_mb))


def _count(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=1), **options)


class _PlanSchema(Schema):
    """A plan from before there were tasks allows as many of them as merges."""

    merges_at_once = _count(required=True)
    merges_per_day = _count(required=True, allow_none=True)
    tasks_at_once = _count()
    tasks_per_day = _count(allow_none=True)
    clip_max_mb = _count(required=True)
    storage_mb = _count(required=True)
    reels_cents_per_day = _count(allow_none=True, load_default=CENTS_BEFORE)

    @post_load
    def filled(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        as_merges = {
            "tasks_at_once": data["merges_at_once"],
            "tasks_per_day": data["merges_per_day"],
        }
        return as_merges | data


# For plans from before there were callers without an account.
_TIGHT = {
    "merges_at_once": 1, "merges_per_day": 1, "tasks_at_once": 2, "tasks_per_day": 30,
    "clip_max_mb": 20, "storage_mb": 250, "reels_cents_per_day": 20,
}  # fmt: skip
_OF_MEMBERS: dict[str, fields.Field[Any]] = {
    name: fields.Nested(_PlanSchema, required=True) for name in PLAN_NAMES
}
_PlansSchema = Schema.from_dict(
    {**_OF_MEMBERS, ANONYMOUS: fields.Nested(_PlanSchema, load_default=_TIGHT)}, name="_PlansSchema"
)
