"""A dashboard: rows of panels that flow from left to right, and what is chosen above them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .panels import SOURCE, Panel

# The last one of the classic form (Grafana's DASHBOARD_SCHEMA_VERSION since 12.2).
SCHEMA_VERSION = 42
COLUMNS = 24


@dataclass(frozen=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Variable:
    """A choice of some values of a label; all of them at first."""

    name: str
    label: str
    values: str  # a query of Grafana's own: label_values(…)

    def as_json(self) -> dict[str, Any]:
        editor = "PrometheusVariableQueryEditor-VariableQuery"
        return {
            "name": self.name,
            "label": self.label,
            "type": "query",
            "datasource": SOURCE,
            "definition": self.values,
            "query": {"qryType": 1, "query": self.values, "refId": editor},
            "refresh": 2,
            "regex": "",
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
            "options": [],
            "hide": 0,
            "skipUrlSync": False,
        }


# Prometheus and the containers' health checks ask all the time, and quickly.
BY_PEOPLE = 'route!~"/metrics|/healthz|/readyz"'
INSTANCE = Variable("instance", "Process", 'label_values(up{job=~"photoai.*"}, instance)')
KIND = Variable("kind", "Kind of job", "label_values(photoai_jobs, kind)")


@dataclass(frozen=True)
class Board:
    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def panels(self) -> Iterator[Panel]:
        for row in self.rows:
            yield from row.panels

    def text(self) -> str:
        return json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n"

    def as_json(self) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["photoai"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": True,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "liveNow": False,
            "preload": False,
            "refresh": "10s",
            "time": {"from": "now-3h", "to": "now"},
            "timepicker": {"refresh_intervals": ["5s", "10s", "30s", "1m", "5m"]},
            "timezone": "browser",
            "weekStart": "",
            "annotations": {"list": [_alarms()]},
            "links": [_other_boards()],
            "templating": {"list": [_source(), *(each.as_json() for each in self.variables)]},
            "panels": list(self._placed()),
        }

    def _placed(self) -> Iterator[dict[str, Any]]:
        number = top = 0
        for row in self.rows:
            number += 1
            yield _heading(row.title, number, top)
            top += 1
            left = height = 0
            for panel in row.panels:
                if left + panel.width > COLUMNS:
                    left, top, height = 0, top + height, 0
                number += 1
                place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
                yield {"id": number, "gridPos": place, **panel.as_json()}
                left, height = left + panel.width, max(height, panel.height)
            top += height


def _heading(title: str, number: int, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {
        "id": number,
        "gridPos": place,
        "type": "row",
        "title": title,
        "collapsed": False,
        "panels": [],
    }


def _source() -> dict[str, Any]:
    return {
        "name": "source",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "refresh": 1,
        "multi": False,
        "includeAll": False,
        "current": {},
        "options": [],
        "hide": 0,
        "skipUrlSync": False,
    }


def _alarms() -> dict[str, Any]:
    """A mark on every graph where an alarm began."""
    return {
        "name": "Alarms",
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "step": "30s",
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}} {{pool}} {{kind}} {{provider}} {{instance}}",
        "tagKeys": "severity",
    }


def _other_boards() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "",
        "tags": ["photoai"],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }
