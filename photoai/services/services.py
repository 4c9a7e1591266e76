"""All services in one: what the outside may call, and the switch of what runs in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photoai.db import Database
from photoai.offload import Offload
from photoai.services.accounts import (
    Accounts,
    Credentials,
    Guests,
    Keys,
    Operators,
    Registrations,
    Sessions,
)
from photoai.services.administration import Administration
from photoai.services.alerts import Alerts
from photoai.services.backups import DailyBackup
from photoai.services.board import Board
from photoai.services.booth_events import BoothEvents
from photoai.services.budgets import Budgets
from photoai.services.catalogue import Catalogue
from photoai.services.conversions import (
    Batches,
    Conversions,
    Downloads,
)
from photoai.services.drills import Drills
from photoai.services.edits import (
    Edits,
    FilePreviews,
)
from photoai.services.events import LocalEvents
from photoai.services.failures import Failures
from photoai.services.files import Files, Uploads
from photoai.services.galleries import Galleries
from photoai.services.ingest import Ingest, Previews, SlotTests
from photoai.services.jobs import (
    Evening,
    Jobs,
    Outlooks,
    Queue,
    Replays,
    Spares,
)
from photoai.services.live import Live
from photoai.services.media import Media
from photoai.services.merges import (
    MergePlans,
    Merges,
)
from photoai.services.metrics import Metrics
from photoai.services.pickups import Pickups
from photoai.services.providers import Providers
from photoai.services.readiness import Readiness
from photoai.services.reels import Reels
from photoai.services.rehearsals import Rehearsals
from photoai.services.secrets import Secrets
from photoai.services.settings import Settings
from photoai.services.slot_history import SlotHistory
from photoai.services.slots import Slots
from photoai.services.statistics import Statistics
from photoai.services.stopping import Stop
from photoai.services.storage import Store
from photoai.services.summaries import Summaries
from photoai.services.upkeep import Upkeep
from photoai.services.viewing import Viewing
from photoai.services.webhooks import Webhooks

if TYPE_CHECKING:
    from photoai.services.working import Working


@dataclass(frozen=True)
class Services:
    """Everything the outside may call, and the switch of what runs in the background."""

    database: Database
    metrics: Metrics
    store: Store
    secrets: Secrets
    operators: Operators
    accounts: Accounts
    keys: Keys
    guests: Guests
    sessions: Sessions
    registrations: Registrations
    settings: Settings
    catalogue: Catalogue
    media: Media
    slots: Slots
    slot_history: SlotHistory
    statistics: Statistics
    board: Board
    failures: Failures
    providers: Providers
    jobs: Jobs
    replays: Replays
    evening: Evening
    previews: Previews
    galleries: Galleries
    booth_events: BoothEvents
    budgets: Budgets
    drills: Drills
    pickups: Pickups
    webhooks: Webhooks
    outlooks: Outlooks
    live: Live
    alerts: Alerts
    summaries: Summaries
    viewing: Viewing
    ingest: Ingest
    files: Files
    uploads: Uploads
    merges: Merges
    merge_plans: MergePlans
    edits: Edits
    file_previews: FilePreviews
    conversions: Conversions
    batches: Batches
    downloads: Downloads
    reels: Reels
    slot_tests: SlotTests
    administration: Administration
    upkeep: Upkeep
    backups: DailyBackup
    readiness: Readiness
    rehearsals: Rehearsals
    stop: Stop
    offload: Offload
    working: Working | None
    _spares: tuple[Spares, ...]
    _events: LocalEvents
    _queue: Queue
    _credentials: Credentials

    def prepare(self) -> None:
        """Bring operators and their slots in line with the credentials."""
        with self.database.alone("prepare"):
            for operator in self.operators.sync(self._credentials):
                self.slots.prepare(operator)

    def start(self) -> None:
        """Begin to work in the background."""
        self._events.start()
        self.live.start()
        self._queue.start()
        self.upkeep.start(on_duty=lambda: self._queue.elected)
        self.backups.start(on_duty=lambda: self._queue.elected)
        self.alerts.start()
        self.webhooks.start(on_duty=lambda: True)  # tries are claimed: any process may send

    def shut_down(self) -> None:
        """Let go of everything; what was accepted stays accepted."""
        self.alerts.stop()
        self.upkeep.stop()
        self.backups.stop()
        self.webhooks.stop()
        self.providers.venue.stop()
        self._queue.stop()
        for spares in self._spares:
            spares.close()
        self.live.stop()
        self._events.stop()
        self.database.dispose()
