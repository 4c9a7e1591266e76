"""Where all parts meet. `build` makes each, in the order in which they may know each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from photoai.config import Config
from photoai.db import Database
from photoai.models import PHOTO
from photoai.offload import PHOTO_NICE, PHOTO_THREADS, Turnstile, make_offload
from photoai.services.accounts import (
    Accounts,
    Allowance,
    Guests,
    Keys,
    Operators,
    Passwords,
    Plans,
    Registrations,
    Sessions,
    load_credentials,
)
from photoai.services.administration import Administration
from photoai.services.alerts import Alerts, Limits, of_budgets, of_database, of_process
from photoai.services.backups import DailyBackup
from photoai.services.board import Board
from photoai.services.booth_events import BoothEvents
from photoai.services.budgets import Budgets
from photoai.services.calls import Calls
from photoai.services.catalogue import Catalogue
from photoai.services.conversions import (
    ASCII,
    DRAWING,
    Batches,
    Conversions,
    ConversionTask,
    Downloads,
)
from photoai.services.drills import Drills
from photoai.services.edits import (
    KINDS,
    MAKING,
    Edits,
    EditTask,
    FilePreviews,
    OperationLogs,
    OwnFonts,
)
from photoai.services.events import LocalEvents, PostgresEvents
from photoai.services.failures import Failures
from photoai.services.fetch import Fetcher
from photoai.services.files import make_files, probes_apart
from photoai.services.galleries import make_galleries
from photoai.services.gates import Gates
from photoai.services.ingest import Ingest, Intake, PhotoTask, Previews, Renewing, SlotTests
from photoai.services.jobs import (
    AdvisoryLock,
    Backlog,
    EngineLock,
    Evening,
    FileLock,
    Jobs,
    LocalQueue,
    Outlooks,
    Queue,
    Replays,
    Runner,
    Spares,
    Tasks,
    observed,
)
from photoai.services.kinds import (
    conversion_kind,
    edit_kind,
    merge_kind,
    photo_kind,
    reel_kind,
)
from photoai.services.ladder import LOCAL, Ladders
from photoai.services.live import Live
from photoai.services.media import Media
from photoai.services.merges import (
    MERGE,
    MERGING,
    KnownMerges,
    MergePlans,
    Merges,
    MergeTask,
)
from photoai.services.metrics import Metrics
from photoai.services.pickup_links import PickupLinks
from photoai.services.pickups import Pickups
from photoai.services.providers import PROVIDERS, Means, Provider, Providers
from photoai.services.readiness import Readiness, own_parts
from photoai.services.reels import MEASURED_BY, REELS, make_reels
from photoai.services.rehearsals import make_rehearsals
from photoai.services.secrets import Secrets
from photoai.services.services import Services
from photoai.services.settings import Settings
from photoai.services.slot_history import SlotHistory
from photoai.services.slots import Slots
from photoai.services.statistics import Statistics
from photoai.services.stopping import Stop
from photoai.services.storage import CountedStore, make_store
from photoai.services.summaries import Summaries
from photoai.services.upkeep import Upkeep
from photoai.services.viewing import PROJECTING, Viewing
from photoai.services.webhooks import Webhooks

if TYPE_CHECKING:
    from photoai.services.jobs.postgres import PostgresQueue
    from photoai.services.working import Working

ProviderTable = Mapping[str, Callable[[Means], Provider]]


def build(config: Config, database: Database, minds: ProviderTable = PROVIDERS) -> Services:
    """Make every service, in dependency order.

    Raises:
        ConfigError: the credentials, the plans, the catalogue or the bucket's settings cannot work.
    """
    credentials = load_credentials(config)
    secrets = Secrets(credentials.secret_key)
    offload = make_offload(PHOTO_THREADS, nice=PHOTO_NICE)
    metrics = Metrics()
    store = CountedStore(make_store(config), metrics)
    events = _events(config, database)
    stop = Stop(config, events)
    operators = Operators(database, secrets)
    plans = Plans.load(config)
    passwords = Passwords(offload)
    counted = {"merges": (MERGE,), "tasks": (*KINDS, ASCII, REELS)}
    accounts = Accounts(database, passwords, plans, counted)
    guests = Guests(database, secrets, config)
    catalogue = Catalogue.load(config.path("providers_file"))
    settings = Settings(database, config, secrets, operators, catalogue)
    media = Media(database, store, config, offload)
    ladders = Ladders(catalogue, settings.patience_sec, lambda id_: providers.configured(id_))
    slots = Slots(database, operators, catalogue, media, ladders, events)
    calls = Calls(database)
    means = Means(
        offload=offload,
        config=config,
        catalogue=catalogue,
        key_of=settings.key_of,
        publish=media.publish_link,
        calls=calls,
        choices=settings,
    )
    known = {id_: make(means) for id_, make in minds.items() if id_ in catalogue.providers}
    providers = Providers(catalogue, known, metrics, choices=settings, key_of=settings.key_of)

    turns = Turnstile()
    budgets = Budgets(database, settings.budgets, lambda provider: provider != LOCAL)
    booth_events = BoothEvents(database)
    drills = Drills(database, catalogue)
    photo = PhotoTask(store, catalogue, media, providers, offload, turns, budgets)
    webhooks = Webhooks(database, Fetcher(config.fetch_allowed_hosts), secrets, config)
    spares = Spares(("av", MERGING, MAKING, DRAWING, MEASURED_BY))
    projectors = Spares((PROJECTING,))
    probes = probes_apart(config, spares)
    files, uploads = make_files(config, database, store, secrets, accounts, probes, offload)
    known_merges = KnownMerges(database, config.result_ttl_hours)
    merge = MergeTask(store, files, known_merges, spares, config)
    logs = OperationLogs(database, config.result_ttl_hours)
    fonts = OwnFonts(files)
    planning = make_offload(1, nice=PHOTO_NICE)
    edit = EditTask(store, files, fonts, merge.folders, logs, spares, config)
    conversion = ConversionTask(database, store, files, merge.folders, spares, config)
    reels = make_reels(config, database, store, files, accounts, providers, merge.folders, spares)
    of_tasks = Allowance(accounts, "tasks")
    kinds = webhooks.telling(
        {
            PHOTO: photo_kind(photo, catalogue, config),
            MERGE: merge_kind(merge, Allowance(accounts, "merges"), config),
            **dict.fromkeys(KINDS, edit_kind(edit, of_tasks, config)),
            ASCII: conversion_kind(conversion, of_tasks, guests, config),
            REELS: reel_kind(reels, of_tasks, guests, config),
        }
    )
    tasks: Tasks = {kind: observed(kind, task, metrics) for kind, task in kinds.items()}
    scaled_out = _queue_of_many(config, database, tasks)
    runner = Runner(database, store, events, tasks, scaled_out)
    queue: Queue = scaled_out or LocalQueue(database, runner, tasks, _engine_lock(config, database))
    jobs = Jobs(database, store, events, queue, tasks, config)
    outlooks = Outlooks(database, tasks)
    live = Live(database, events, stop, accounts, outlooks, config)
    watchers = (
        of_database(database, Limits.of(config)),
        of_process(providers),
        of_budgets(budgets),
    )
    alerts = Alerts(database, watchers, live.alerts_changed)
    summaries = Summaries(database, webhooks)
    gates = Gates((budgets, drills))
    intake = Intake(database, store, media, jobs, ladders, gates, offload, turns)
    ingest = Ingest(database, slots, intake, jobs, settings, stop, metrics, config)
    merges = Merges(database, store, accounts, files, jobs, known_merges, merge, config)
    conversions = Conversions(database, files, jobs, config)
    batches = Batches(database, files, conversions)
    administration = Administration.of(database, accounts, jobs, events)
    upkeep = Upkeep(
        database,
        store,
        runner,
        config,
        settings,
        often=(
            accounts.forget_expired_tokens,
            calls.forget_old,
            summaries.put_due,
            *reels.often,
            media.remove_expired,
            files.remove_deleted,
            uploads.remove_expired,
        ),
        seldom=(
            webhooks.forget_old,
            known_merges.forget_old,
            logs.forget_old,
            batches.forget_old,
            guests.forget_old,
            booth_events.forget_old,
            budgets.forget_old,
            merge.folders.remove_leftovers,
            administration.audit.forget_old,
            alerts.forget_old,
            *reels.seldom,
        ),
    )
    backups = DailyBackup(config, metrics, make_offload(1, nice=PHOTO_NICE))
    if not config.s3_bucket:
        metrics.watch_folder(config.path("media_root"))
    metrics.listeners.set_function(lambda: live.listeners)
    metrics.watch_queue(Backlog(database, tasks).look)
    metrics.watch_readiness(queue.ready)
    metrics.watch_providers(providers.health)
    metrics.watch_venue(lambda: not providers.venue.is_offline)
    metrics.watch_backups(backups.newest)
    viewing = Viewing(files, accounts, events, stop, projectors, merge.folders, config)
    metrics.viewers.set_function(lambda: viewing.viewers)
    parts = own_parts(database, store, lambda: queue.ready() and not stop.requested, config)
    slot_tests = SlotTests(slots, intake, jobs)
    return Services(
        database=database,
        metrics=metrics,
        store=store,
        secrets=secrets,
        operators=operators,
        accounts=accounts,
        keys=Keys(database),
        guests=guests,
        sessions=Sessions(database, accounts),
        registrations=Registrations(database, passwords, config),
        settings=settings,
        catalogue=catalogue,
        media=media,
        slots=slots,
        slot_history=SlotHistory(database, slots, catalogue, providers.configured),
        statistics=Statistics(database, events),
        board=Board(database),
        failures=Failures(database),
        providers=providers,
        jobs=jobs,
        replays=Replays(store, jobs, tasks, {PHOTO: Renewing(slots)}),
        evening=Evening(database),
        previews=Previews(store, jobs, media, offload),
        galleries=make_galleries(database, secrets, jobs, store),
        booth_events=booth_events,
        budgets=budgets,
        drills=drills,
        pickups=Pickups(PickupLinks(secrets), jobs),
        webhooks=webhooks,
        outlooks=outlooks,
        live=live,
        alerts=alerts,
        summaries=summaries,
        viewing=viewing,
        ingest=ingest,
        files=files,
        uploads=uploads,
        merges=merges,
        merge_plans=MergePlans(merges, known_merges, merge, config.video_max_duration_sec),
        edits=Edits(database, store, files, fonts, jobs, logs, planning, config),
        file_previews=FilePreviews(files, spares, offload, config),
        conversions=conversions,
        batches=batches,
        downloads=Downloads(store, offload),
        reels=reels.open(jobs),
        slot_tests=slot_tests,
        administration=administration,
        upkeep=upkeep,
        backups=backups,
        readiness=Readiness(parts, catalogue, providers, slots),
        rehearsals=make_rehearsals(
            config,
            database,
            catalogue,
            settings,
            ladders,
            slots,
            providers,
            jobs,
            slot_tests,
            (spares, projectors),
            parts,
            offload,
        ),
        stop=stop,
        offload=offload,
        working=_worker_side(
            database, runner, tasks, scaled_out, upkeep, webhooks, alerts, metrics, config
        ),
        _spares=(spares, projectors),
        _events=events,
        _queue=queue,
        _credentials=credentials,
    )


def _events(config: Config, database: Database) -> LocalEvents:
    """Several processes tell each other what changed through the database."""
    return PostgresEvents(database) if config.queue_backend == "postgres" else LocalEvents()


def _engine_lock(config: Config, database: Database) -> EngineLock:
    if config.on_sqlite:
        return FileLock.of(config)
    return AdvisoryLock(database)


# What only serves many processes is loaded only there: the one that does it all stays small.


def _queue_of_many(config: Config, database: Database, tasks: Tasks) -> PostgresQueue | None:
    if config.queue_backend != "postgres":
        return None
    from photoai.services.jobs.postgres import PostgresQueue

    return PostgresQueue(database, tasks)


def _worker_side(
    database: Database,
    runner: Runner,
    tasks: Tasks,
    queue: PostgresQueue | None,
    upkeep: Upkeep,
    webhooks: Webhooks,
    alerts: Alerts,
    metrics: Metrics,
    config: Config,
) -> Working | None:
    if queue is None:
        return None
    from photoai.services.working import Working

    return Working(database, runner, tasks, queue, upkeep, webhooks, alerts, metrics, config)
