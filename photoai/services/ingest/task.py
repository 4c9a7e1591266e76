"""The kind of job a booth's photo is: slot settings, provider, finished photo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from photoai.db import Executor
from photoai.errors import (
    InputGone,
    PhotoaiError,
    ProviderBadAnswer,
    ProviderNotConfigured,
    ProviderTimeout,
    StorageUnavailable,
)
from photoai.models import Job, LogStatus
from photoai.offload import Offload, Turnstile, for_image, run_here
from photoai.services import photos
from photoai.services.catalogue import Catalogue, ProviderEntry
from photoai.services.jobs import Done, Run
from photoai.services.media import Media
from photoai.services.providers import Answer, Ask, Providers
from photoai.services.stats import log_outcome
from photoai.services.storage import Store

from .climbing import Climb, Foothold, steps_of
from .hedging import Lane, hedged
from .renewing import MODELS
from .softening import softening
from .tokens import with_tokens

FORMATS = {"jpeg": photos.JPEG, "png": photos.PNG, "webp": photos.WEBP}
ENDINGS = {photos.JPEG: "jpg", photos.PNG: "png", photos.WEBP: "webp"}
QUALITY = 92
# What a photo brings where its provider takes a seed and its slot names none: the same one for
# whoever replays it.
SEED = "seed"
FIRST_WAIT_SEC, LONGEST_WAIT_SEC = 0.5, 10.0
Prepared = dict[tuple[Any, ...], photos.Picture]
Lost = Callable[[float], None]


class Ledger(Protocol):
    """Where it is written down what photos cost, in USD."""

    def book(self, db: Executor, job: Job, usd: float) -> None:
        """With the end of a job, in its transaction."""

    def book_apart(self, job: Job, usd: float) -> None:
        """What the end of a job does not tell, or has not told."""


class PhotoTask:
    """Runs one photo through its slot, as the slot stood when the photo was accepted."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        media: Media,
        providers: Providers,
        offload: Offload,
        turns: Turnstile,
        ledger: Ledger,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._catalogue = catalogue
        self._media = media
        self._providers = providers
        self._offload = offload
        self._turns = turns

    def run(self, run: Run) -> Done:
        """Raises PhotoaiError: why there is no finished photo."""
        prepared: Prepared = {}

        def lost(usd: float) -> None:
            self._ledger.book_apart(run.job, usd)

        return Climb(run, lambda hold: self._finished(run, hold, prepared, lost), lost).done()

    def _finished(self, run: Run, hold: Foothold, prepared: Prepared, lost: Lost) -> Done:
        """The photo as one rung of its ladder makes it. Raises PhotoaiError: why it does not."""

        def call(ask: Ask, lane: Lane) -> tuple[Answer, photos.Finished | None]:
            def use(answer: Answer) -> photos.Finished | None:
                if lane.is_over():
                    return None
                with told_if_lost(answer, lost):
                    run.check()
                return self._usable(answer, ask.output)

            run.check()
            return self._providers.finish(
                hold.step.provider, ask, use, lane.pause, hurried=not hold.is_last, lost=lost
            )

        ask = self._ask(run, hold, prepared)
        answer, finished = softening(ask, lambda ask: hedged(run, ask, call, lost), lost)
        with told_if_lost(answer, lost):
            return self._published(run, ask, hold, answer, finished)

    def unsaid(self, job: Job, end: Done | PhotoaiError) -> None:
        """What a photo has cost that nobody gets: its job was cancelled, or taken over, in the very
        moment in which it was made."""
        cost = end.facts.get("cost") if isinstance(end, Done) else getattr(end, "cost", 0.0)
        if cost:
            self._ledger.book_apart(job, cost)

    def ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        """One row in the processing log, in the transaction that ends the job; none for a test."""
        asked = {job.provider or "", *(step.provider for step in steps_of(job))}
        for provider_id in sorted(asked):
            self._providers.ended(db, provider_id, job.public_id)
        cost = getattr(error, "cost", 0.0) if error else (job.result or {}).get("cost")
        self._ledger.book(db, job, cost or 0.0)
        if job.slot_id is None or job.is_test:
            return
        late = isinstance(error, ProviderTimeout)
        status = LogStatus.TIMEOUT if late else LogStatus.ERROR if error else LogStatus.SUCCESS
        log_outcome(
            db,
            user_id=job.user_id,
            slot_id=job.slot_id,
            received=job.created,
            job_id=job.public_id,
            provider_id=(job.result or {}).get("provider") or job.provider,
            cost=(cost or None) if error else cost,
            status=status,
            error=error,
        )

    def _ask(self, run: Run, hold: Foothold, prepared: Prepared) -> Ask:
        job, step = run.job, hold.step
        entry = self._catalogue.providers.get(step.provider)
        if entry is None:  # no longer
            raise ProviderNotConfigured
        facts = photos.PhotoFacts(**job.params["photo"])
        settings = with_tokens(step.settings, job.params.get("tokens", {}))
        if SEED in entry.settings_extensions.get(step.operation, {}) and SEED in job.params:
            settings.setdefault(SEED, job.params[SEED])
        if entry.models and (model := job.params.get(MODELS, {}).get(step.provider)):
            settings.setdefault("model", model)
        return Ask(
            job_id=job.public_id,
            user_id=job.user_id,
            operation=step.operation,
            prompt=settings.get("prompt", ""),
            photo=self._prepared(job, facts, entry, prepared),
            images=self._media.pictures(job.user_id, settings, entry.allowed_mime),
            settings=settings,
            output=_output(job.params["settings"], facts),  # the booth gets the same from all rungs
            deadline=hold.deadline,
        )

    def _prepared(
        self, job: Job, facts: photos.PhotoFacts, entry: ProviderEntry, prepared: Prepared
    ) -> photos.Picture:
        """The photo as the provider takes it; providers that take the same share it."""
        taken = (entry.allowed_mime, entry.max_side_px, entry.max_file_size_mb)
        if taken not in prepared:
            original = self._original(job)
            # A job that starts when it is accepted is here in the turn that accepted it, unless it
            # had to wait for its original.
            here = self._turns.run if self._store.far else run_here
            place = for_image(self._offload, here, facts.width * facts.height, len(original))
            prepared[taken] = place(
                photos.prepare,
                original,
                self._media.limits,
                accepted=entry.allowed_mime,
                max_side_px=entry.max_side_px,
                facts=facts,
                max_bytes=round(entry.max_file_size_mb * 1_000_000),
            )
        return prepared[taken]

    def _original(self, job: Job) -> bytes:
        if job.input_key is None:
            raise InputGone
        try:
            with self._store.open(job.input_key) as file:
                return file.read()
        except FileNotFoundError:
            raise InputGone from None

    def _usable(self, answer: Answer, output: photos.Output) -> photos.Finished:
        """What the provider sent, made into the booth's photo; nothing it says is trusted."""
        try:
            pixels, size_bytes = output.width * output.height, len(answer.image)
            limits = self._media.answer_limits
            place = for_image(self._offload, self._turns.run, pixels, size_bytes)
            if place is not self._offload and photos.must_be_searched(answer.image, output, limits):
                place = self._offload
            finished: photos.Finished = place(
                photos.finish_with_notes, answer.image, output, limits
            )
        except PhotoaiError as error:
            raise ProviderBadAnswer(vendor=f"unusable image: {error.code}") from error
        return finished

    def _published(
        self, run: Run, ask: Ask, hold: Foothold, answer: Answer, finished: photos.Finished
    ) -> Done:
        job = run.job
        # The attempt is part of the key: an attempt that lost its job cannot overwrite.
        key = f"results/{job.public_id}.{job.attempt}.{ENDINGS[ask.output.mime]}"
        run.check()
        self._keep(run, key, finished.data)
        facts = {
            "mime": ask.output.mime,
            "size_bytes": len(finished.data),
            "width": ask.output.width,
            "height": ask.output.height,
            "rung": hold.name,
            "provider": hold.step.provider,
            "operation": ask.operation,
            "model": answer.model,
            "model_version": answer.model_version,
            "cost": (answer.cost or 0.0) + hold.spent if hold.spent else answer.cost,
            "usage": dict(answer.usage),
            "notes": {**answer.notes, **finished.notes},
        }
        if SEED in ask.settings:
            facts[SEED] = ask.settings[SEED]
        if hold.left:
            facts["left"] = list(hold.left)
        return Done(key, facts)

    def _keep(self, run: Run, key: str, image: bytes) -> None:
        """Store a finished photo, as long as its job may last: while the storage is away for a
        moment, no second photo is ordered and paid."""
        wait_sec = FIRST_WAIT_SEC
        while True:
            try:
                with self._store.write(key, durable=False) as file:
                    file.write(image)
                return
            except StorageUnavailable:
                if time.monotonic() + wait_sec >= run.deadline:
                    raise
            run.pause(wait_sec)
            wait_sec = min(2 * wait_sec, LONGEST_WAIT_SEC)


@contextmanager
def told_if_lost(answer: Answer, lost: Lost) -> Iterator[None]:
    """What an answer has cost that comes to nothing after all."""
    try:
        yield
    except BaseException:
        if answer.cost:
            lost(answer.cost)
        raise


def _output(settings: dict[str, Any], photo: photos.PhotoFacts) -> photos.Output:
    wanted = settings.get("output", {})
    width, height = photos.output_size(photo.width, photo.height, wanted.get("max_side_px"))
    mime = FORMATS[wanted.get("format", "jpeg")]
    return photos.Output(
        mime,
        wanted.get("quality", QUALITY),
        width,
        height,
        fit=wanted.get("fit", photos.CROP),
        border=wanted.get("border", photos.BLUR),
        dpi=photo.dpi,
    )


def _provider(job: Job) -> str:
    return job.provider or ""
