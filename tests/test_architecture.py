"""The house as `docs/architecture.md` describes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from photoai.config import ROOT

LAYERS = (
    "errors", "config", "logs", "offload", "flushing", "db", "migrating", "backups", "restoring",
    "models",
    "services", "schemas", "blueprints", "app",
)  # fmt: skip
TOP = {"__main__", "wsgi", "worker"}
# The order in which `services.build` makes them: each may know those before it.
SERVICES = (
    "clock", "background", "metrics", "backups", "secrets", "storage", "fetch", "events",
    "stopping", "accounts", "calls", "catalogue", "settings", "photos", "booth", "make_app",
    "media", "slots", "stats", "statistics", "providers", "jobs", "video", "webhooks", "live",
    "ingest", "files", "merges", "upkeep", "working", "readiness",
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
        "services/video/probe.py",
        "services/video/remux.py",
        "services/video/verify.py",
    },
    "moviepy": {
        "services/video/effects/drawn.py",
        "services/video/effects/fits.py",
        "services/video/effects/native.py",
        "services/video/effects/port.py",
        "services/video/effects/transitions.py",
        "services/video/effects/trim.py",
        "services/video/frames.py",
    },
    "gevent": {"offload.py"},
    "google": {"services/providers/gemini/wire.py"},
    "gunicorn": {"worker.py"},
    "procrastinate": {"services/jobs/postgres/queue.py", "services/jobs/postgres/worker.py"},
    "asyncio": {"services/jobs/postgres/worker.py"},
    "prometheus_client": {"services/metrics/looks.py", "services/metrics/metrics.py"},
    "psycopg2": {"services/events/link.py"},
    "pillow_heif": {"services/photos/headers.py"},
}
CEILING = 400
PACKAGE = ROOT / "photoai"
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imported(file: str) -> Iterator[str]:
    """Every module a file imports, as an absolute name."""
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


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down_only(file: str) -> None:
    here = layer(file)
    if here in TOP or here == "__init__":
        return
    above = LAYERS[LAYERS.index(here) + 1 :]
    assert not ours(file) & {*above, *TOP}


@pytest.mark.parametrize("file", FILES)
def test_only_the_edge_names_flask(file: str) -> None:
    if layer(file) in {"app", "db", "migrating", "blueprints"}:
        return
    assert not [name for name in imported(file) if name.split(".")[0] in FLASK]


@pytest.mark.parametrize("file", [file for file in FILES if layer(file) == "blueprints"])
def test_blueprints_never_touch_the_database(file: str) -> None:
    assert "db" not in ours(file)
    allowed = {
        "photoai.models",
        "photoai.models.Job",
        "photoai.models.JobState",
        "photoai.models.MediaObject",
        "photoai.models.Slot",
        "photoai.models.UserFile",
    }
    assert {name for name in imported(file) if name.startswith("photoai.models")} <= allowed


@pytest.mark.parametrize("file", [file for file in FILES if layer(file) == "services"])
def test_services_know_only_those_made_before_them(file: str) -> None:
    parts = Path(file).parts
    if len(parts) == 2 and parts[1] in {"__init__.py", "house.py"}:
        return
    here = parts[1].removesuffix(".py")
    known = {name.split(".")[2] for name in imported(file) if name.startswith("photoai.services.")}
    later = set(SERVICES[SERVICES.index(here) + 1 :])
    assert not known & later


@pytest.mark.parametrize("file", [file for file in FILES if layer(file) == "services"])
def test_services_enter_each_other_through_the_front_door(file: str) -> None:
    here = Path(file).parts[1].removesuffix(".py")
    for name in imported(file):
        parts = name.split(".")
        if parts[:2] != ["photoai", "services"] or len(parts) < 4 or parts[2] == here:
            continue
        inside = PACKAGE / "services" / parts[2] / f"{parts[3]}.py"
        assert not inside.exists(), f"{file} imports {name}"


@pytest.mark.parametrize(("power", "homes"), HOMES.items())
def test_each_outside_power_has_one_home(power: str, homes: set[str]) -> None:
    users = {file for file in FILES if power in {name.split(".")[0] for name in imported(file)}}
    assert users == homes


def test_the_child_process_knows_no_database() -> None:
    assert not ours("services/jobs/child.py") & {"db", "models"}


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("photoai", "tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_file_is_longer_than_the_ceiling(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= CEILING


def test_every_error_has_a_sentence_and_a_code_of_its_own() -> None:
    from photoai.errors import every_error

    kinds = list(dict.fromkeys(every_error()))
    assert all(kind.explain().endswith((".", ").")) for kind in kinds)
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)
