"""What deploy/ tells Prometheus and Grafana, read as they read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from photoai.config import ROOT

DEPLOY = ROOT / "deploy"
PROMETHEUS, GRAFANA = DEPLOY / "prometheus", DEPLOY / "grafana"
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))


@dataclass(frozen=True)
class Question:
    """An expression, where it stands, and the words around it that put labels in."""

    where: str
    expr: str
    words: str


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def board(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def panels(path: Path) -> list[dict[str, Any]]:
    return [panel for panel in board(path)["panels"] if panel["type"] != "row"]


def alarms() -> list[dict[str, Any]]:
    rules = read(PROMETHEUS / "alerts.yml")
    return [rule for group in rules["groups"] for rule in group["rules"]]


def questions() -> Iterator[Question]:
    """Everything dashboards and alarms ask Prometheus."""
    for alarm in alarms():
        words = " ".join(alarm["annotations"].values())
        yield Question(f"alarm {alarm['alert']}", alarm["expr"], words)
    for path in BOARDS:
        for panel in panels(path):
            for target in panel["targets"]:
                where = f"{path.stem}: {panel['title']}"
                legend = target["legendFormat"].replace("__auto", "")
                yield Question(where, target["expr"], legend)
