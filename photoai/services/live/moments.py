"""What a listener is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from photoai.models import Job, JobState, Slot
from photoai.services.jobs import Outlook

Key = int | tuple[int, str]  # a job's id, or a slot's owner and id


class Kind(StrEnum):
    STATE = "state"  # a job, in another state than before
    PROGRESS = "progress"  # a job that goes on
    SLOT = "slot"
    END = "end"  # the last of a stream about one job
    ALERTS = "alerts"  # the account's have changed: they are read by who wants to know
    BYE = "bye"  # the server restarts
    HERE = "here"  # nothing but the id to come back with
    BEAT = "beat"  # nothing at all


@dataclass(frozen=True, eq=False)
class Moment:
    """A row as it stood at one version, shared by all who are told and never changed."""

    kind: Kind
    key: Key
    version: int
    user_id: int
    row: Job | Slot
    outlook: Outlook | None = None  # of jobs
    _texts: dict[Hashable, bytes] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return isinstance(self.row, Job) and JobState(self.row.state).ended

    def going_on(self) -> Moment:
        """The same of a job that is in the state it was in before."""
        return dataclasses.replace(self, kind=Kind.PROGRESS)

    def once(self, manner: Hashable, write: Callable[[], bytes]) -> bytes:
        """What `write` makes of it, made once for each manner of writing."""
        text = self._texts.get(manner)
        if text is None:
            text = self._texts[manner] = write()
        return text


@dataclass(frozen=True)
class Event:
    """`version` is the id to come back with, None where there is none to tell."""

    kind: Kind
    moment: Moment | None = None
    version: int | None = None


ALERTS, BEAT, BYE = Event(Kind.ALERTS), Event(Kind.BEAT), Event(Kind.BYE)
