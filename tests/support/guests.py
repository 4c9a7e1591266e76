"""An evening of three hundred guests: eight booths, while the vendors behind
their slots slow down, refuse, run out of quota and vanish."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.emulators import gemini, openai, turbotext
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server, free_port
from tests.support.waiting import outlast

TIMEOUT_SEC = 30
BOOTHS = 8
NEXT_GUEST_SEC = 2.5  # until a booth's next guest has posed
SIZE = 900, 600
PHASES = ("well", "slow", "refusing", "out of quota", "vanished", "well again")
GUESTS_A_PHASE = 50


def _rung(provider: str, operation: str = "change_image", **settings: Any) -> dict[str, Any]:
    from_sec = settings.pop("from_sec", None)
    rung = {"provider_id": provider, "operation_id": operation, "settings_json": settings}
    return rung if from_sec is None else rung | {"from_sec": from_sec}


LITE = "gemini-3.1-flash-lite-image"
GEMINI, OPENAI = _rung("gemini", prompt="a poster"), _rung("openai", prompt="a pencil sketch")
SEPIA, FRAME = _rung("local", prompt="sepia"), _rung("local", "frame")
# Each slot's own provider, and what its operator put above it.
SLOTS: dict[str, Sequence[dict[str, Any]]] = {
    "slot-001": (GEMINI, SEPIA | {"from_sec": 7}, FRAME),
    "slot-002": (OPENAI, GEMINI | {"from_sec": 5}, SEPIA | {"from_sec": 10}),
    "slot-003": (_rung("turbotext", prompt="oil painting"), SEPIA | {"from_sec": 8}),
    "slot-004": (_rung("gemini", prompt="stickers", model=LITE), OPENAI | {"from_sec": 5}, FRAME),
    "slot-005": (SEPIA,),
    "slot-006": (GEMINI, FRAME),
}


@dataclass(frozen=True)
class Served:
    """One guest's answer, and what the vendors were like when the photo was sent."""

    phase: str
    slot: str
    answer: BoothAnswer

    @property
    def is_good(self) -> bool:
        """A whole picture of the guest's size, within the booth's time-out."""
        whole = self.answer.status == 200 and photos.opened(self.answer.body).size == SIZE
        return whole and self.answer.seconds < TIMEOUT_SEC

    @property
    def rung(self) -> str:
        return self.answer.headers.get("X-Photoai-Rung", "none")


@dataclass
class Vendors:
    google: gemini.GeminiEmulator
    drawer: openai.OpenaiEmulator
    painter: turbotext.TurbotextEmulator

    def become(self, phase: str) -> None:
        if phase == "well again":
            self.google.start()
            self.drawer.start()
        elif phase == "vanished":
            self.google.vanish()
            self.drawer.vanish()
            return
        words = {
            "slow": ("delay=40", "delay=40", "delay=40"),
            "refusing": ("finish=IMAGE_SAFETY", "say=blocked", "say=face"),
            "out of quota": ("say=quota", "say=limit", "say=limit"),
        }.get(phase, ("", "", "delay=0.2"))
        for vendor, said in zip((self.google, self.drawer, self.painter), words, strict=True):
            vendor.let(said)


@dataclass
class Evening:
    """A server with its slots, and those it depends on."""

    server: Server
    vendors: Vendors
    served: list[Served] = field(default_factory=list)
    _phase: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def begun(cls, folder: Path) -> Iterator[Self]:
        """`folder` is the server's."""
        port = free_port()
        with ExitStack() as running:
            vendors = Vendors(
                running.enter_context(gemini.GeminiEmulator()),
                running.enter_context(openai.OpenaiEmulator()),
                running.enter_context(turbotext.TurbotextEmulator()),
            )
            env = {
                "GEMINI_API_KEY": gemini.KEY,
                "GEMINI_BASE_URL": vendors.google.url,
                "OPENAI_API_KEY": openai.KEY,
                "OPENAI_BASE_URL": vendors.drawer.base_url,
                "TURBOTEXT_API_KEY": turbotext.KEY,
                "TURBOTEXT_BASE_URL": f"{vendors.painter.url}/api_ai",
                "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
                "SYNC_RESPONSE_TIMEOUT_SEC": str(TIMEOUT_SEC),
            }
            server = running.enter_context(Server(folder, env=env, port=port))
            with server.session("serg") as serg:
                for slot_id, (own, *above) in SLOTS.items():
                    update = {"name": slot_id, **own, "ladder": above}
                    serg.put(f"/api/slots/{slot_id}", json=update).raise_for_status()
            yield cls(server, vendors)

    def pass_by(self) -> None:
        """All guests, each at the next free booth; what a phase is like begins while photos of
        the one before are under way."""
        guests = range(len(PHASES) * GUESTS_A_PHASE)
        with ThreadPoolExecutor(BOOTHS) as booths:
            self.served.extend(booths.map(self._guest, guests))

    def send(self, slot: str, number: int) -> Served:
        phase = self._phase
        return Served(
            phase, slot, self.server.booth.send(photos.jpeg(*SIZE, seed=number), slot=slot)
        )

    def _guest(self, number: int) -> Served:
        with self._lock:
            phase = PHASES[number // GUESTS_A_PHASE]
            if phase != self._phase:
                self.vendors.become(phase)
                self._phase = phase
        served = self.send(list(SLOTS)[number % len(SLOTS)], number)
        outlast(NEXT_GUEST_SEC)
        return served

    def cost_usd(self, serg: Client, phase: str) -> float:
        """What a phase's photos have cost, by their jobs."""
        ids = [each.answer.headers["X-Photoai-Job"] for each in self.of(phase)]
        results = [serg.get(f"/api/tasks/{id_}").json()["result"] for id_ in ids]
        return sum(result["cost"] or 0.0 for result in results)

    def of(self, phase: str) -> list[Served]:
        return [each for each in self.served if each.phase == phase]

    def rungs(self, phase: str) -> Counter[str]:
        """How many guests of a phase each rung has served, as `X-Photoai-Rung` names it."""
        return Counter(each.rung for each in self.of(phase))
