"""One attempt at an analysis: the video is measured here while it is on its way to the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoai.db import Database
from photoai.errors import DatabaseBusy, JobCancelled, ProviderNotConfigured
from photoai.models import UserFile
from photoai.services.jobs import Child, Run
from photoai.services.measuring import MEASURING
from photoai.services.providers import Footage, Providers, Sent

from .analysis import CHECKING, WATCHING, Analysis, Analyst, Wish
from .beside import Beside
from .budget import Budget
from .known import KnownAnswers
from .order import ReelOrder
from .progress import CHECKED, MEASURED_TO, SENDING, ticking, while_measuring
from .records import Records
from .remote_files import RemoteFiles
from .timings import Timings

PROVIDER = "gemini"
# How often what was answered is tried to be written down while the database is away.
WRITE_AGAIN_SEC = 0.5


@dataclass(frozen=True)
class Means:
    """What attempts are made with."""

    database: Database
    providers: Providers
    records: Records
    known: KnownAnswers
    remote_files: RemoteFiles
    budget: Budget


@dataclass(frozen=True)
class Analysed:
    """How an attempt ends well; `cache_hit`: the answer was there before."""

    facts: Mapping[str, Any]
    analysis: Analysis
    cache_hit: bool


class Attempt:
    """`file` lies at `path`; `measure` makes the child that measures it."""

    def __init__(
        self,
        means: Means,
        run: Run,
        order: ReelOrder,
        file: UserFile,
        path: Path,
        measure: Callable[[], Child],
    ) -> None:
        self._means = means
        self._run = run
        self._order = order
        self._file = file
        self._path = path
        self._measure = measure
        self._over = threading.Event()
        self._at_provider: str | None = None
        self._mind = means.providers.videos(PROVIDER, run.job.public_id)
        self.timings = Timings()

    def result(self) -> Analysed:
        """The video measured and understood; nothing of it is left at the provider, but for what
        `RemoteFiles.tidy` is still to delete.

        Raises:
            PhotoaiError: it cannot be measured.
            BudgetSpent: what its account's analyses may cost today is spent.
            ProviderError: the model has not answered, or not so that it could be used.
            JobCancelled
        """
        known = self._known()
        sending = None
        if known is None and self._mind.configured():
            sending = Beside(self._sent, "reel-sending")
        try:
            facts = self._facts()
            if known is not None:
                return Analysed(facts, known, cache_hit=True)
            if sending is None:
                raise ProviderNotConfigured
            return Analysed(facts, self._analysed(sending, facts), cache_hit=False)
        finally:
            self._over.set()
            if sending is not None:
                sending.wait()
            self._remove()

    def _known(self) -> Analysis | None:
        models = self._mind.video_models()
        return self._means.known.find(self._file.sha256, self._order, models[0]) if models else None

    def _facts(self) -> dict[str, Any]:
        """What an earlier attempt has measured is not measured again."""
        kept = self._means.records.of(self._run.job)
        if kept is not None and kept.facts is not None:
            return kept.facts
        run = self._run
        with self.timings.of(MEASURING):
            run.child = self._measure()
            made = run.child.run(
                lambda fraction, stage, eta: run.progress(while_measuring(fraction), MEASURING)
            )
        run.check()
        pictures = self._path.with_name(Path(made["pictures"]).name)
        facts: dict[str, Any] = made["facts"]
        self._means.records.measured(run.job, facts, pictures)
        return facts

    def _sent(self) -> Sent:
        means, job = self._means, self._run.job
        with self.timings.of(SENDING):
            means.remote_files.end_of_earlier(self._mind, job)
            with means.database.look() as db:
                means.budget.check(db, job.user_id)
            file = self._file
            footage = Footage(self._path, file.mime, file.size_bytes, file.duration_sec)
            self._at_provider = name = means.remote_files.begin(job, PROVIDER)
            sent = self._mind.send(footage, name, self._run.deadline, self._check)
            if not sent.uri:
                means.remote_files.never_sent(name)
                self._at_provider = None
            return sent

    def _analysed(self, sending: Beside[Sent], facts: Mapping[str, Any]) -> Analysis:
        run, means = self._run, self._means
        run.progress(MEASURED_TO, SENDING)
        sent = sending.result()
        wish = Wish(self._order.target_language, self._order.variants)
        analyst = Analyst(self._mind)
        try:
            with ticking(run, WATCHING, float(facts["duration_sec"])):
                analysis = analyst.analysed(
                    sent, facts, wish, run.deadline, self.timings.now_in, self._check
                )
        finally:
            self.timings.now_in("")
            spent = analyst.spent
            self._written(lambda: means.budget.book(run.job, spent.model, spent.usage, spent.cost))
        with suppress(DatabaseBusy):
            run.progress(CHECKED, CHECKING)
        self._written(
            lambda: means.known.remember(self._file.sha256, self._order, run.job, analysis)
        )
        return analysis

    def _written(self, write: Callable[[], None]) -> None:
        """What was answered has been paid for: while the database is away it is kept, not asked
        anew. Raises DatabaseBusy: for as long as the job may last."""
        while True:
            try:
                return write()
            except DatabaseBusy:
                if time.monotonic() + WRITE_AGAIN_SEC >= self._run.deadline:
                    raise
            time.sleep(WRITE_AGAIN_SEC)

    def _remove(self) -> None:
        if self._at_provider is not None:
            self._means.remote_files.end(self._mind, self._at_provider)

    def _check(self) -> None:
        if self._over.is_set():
            raise JobCancelled
        self._run.check()
