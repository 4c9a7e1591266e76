"""Kinds of panels, with what all of one kind have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${source}"}
GOOD, FAIR, BAD, CALM, QUIET = "green", "orange", "red", "blue", "text"
# What a series is about has one colour on every board.
COLOURS = {
    "2xx": GOOD, "3xx": CALM, "4xx": FAIR, "5xx": BAD,
    "succeeded": GOOD, "failed": BAD, "cancelled": QUIET, "queued": "yellow", "running": CALM,
    "half": GOOD, "95 %": FAIR, "99 %": BAD,
}  # fmt: skip
LETTERS = "ABCDEFGHIJ"
Steps = Sequence[tuple[float | None, str]]  # from which value on which colour
NEUTRAL: Steps = ((None, CALM),)


@dataclass(frozen=True)
class Query:
    """PromQL and the name of its series. `now` asks for the last value only."""

    expr: str
    legend: str = ""
    now: bool = False
    form: str = "time_series"  # or table, heatmap

    def as_json(self, letter: str) -> dict[str, Any]:
        return {
            "refId": letter,
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend or "__auto",
            "format": self.form,
            "instant": self.now,
            "range": not self.now,
        }


@dataclass(frozen=True)
class Panel:
    type: str
    title: str
    description: str
    queries: tuple[Query, ...]
    width: int
    height: int
    defaults: Mapping[str, Any]
    options: Mapping[str, Any]
    overrides: Sequence[Mapping[str, Any]] = ()
    transformations: Sequence[Mapping[str, Any]] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "title": self.title,
            "description": self.description,
            "datasource": SOURCE,
            "targets": [each.as_json(LETTERS[index]) for index, each in enumerate(self.queries)],
            "fieldConfig": {"defaults": dict(self.defaults), "overrides": list(self.overrides)},
            "options": dict(self.options),
            "transformations": list(self.transformations),
        }


def stat(
    title: str,
    description: str,
    expr: str,
    unit: str = "short",
    steps: Steps = NEUTRAL,
    *,
    width: int = 3,
    decimals: int | None = None,
    empty: str = "–",
) -> Panel:
    """One large number, readable from across the room."""
    defaults = {**_field(unit, steps, decimals), "noValue": empty}
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "background" if steps is not NEUTRAL else "value",
        "graphMode": "area",
        "justifyMode": "center",
        "orientation": "auto",
        "textMode": "auto",
        "wideLayout": True,
    }
    return Panel("stat", title, description, (Query(expr),), width, 4, defaults, options)


def gauge(title: str, description: str, expr: str, unit: str, steps: Steps, top: float) -> Panel:
    """How much of something that has an end."""
    defaults = {**_field(unit, steps), "min": 0, "max": top, "noValue": "–"}
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "auto",
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
    }
    return Panel("gauge", title, description, (Query(expr),), 3, 4, defaults, options)


def lines(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "short",
    width: int = 8,
    stacked: bool = False,
    steps: Steps = (),
    low: float | None = 0,
    top: float | None = None,
    below: str | None = None,
) -> Panel:
    """Series over time; `steps` are drawn as dashed lines, series that match `below` hang from
    zero."""
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "smooth",
        "lineWidth": 1 if stacked else 2,
        "fillOpacity": 35 if stacked else 10,
        "gradientMode": "opacity",
        "showPoints": "never",
        "spanNulls": 60_000,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if steps else "off"},
        "axisSoftMin": 0,
    }
    defaults = {**_field(unit, steps or NEUTRAL), "color": {"mode": "palette-classic"}}
    limits = {"min": low, "max": top}
    defaults |= {name: value for name, value in limits.items() if value is not None}
    overrides = [_colour(name, colour) for name, colour in COLOURS.items()]
    if below:
        matcher = {"id": "byRegexp", "options": below}
        turned = [{"id": "custom.transform", "value": "negative-Y"}]
        overrides.append({"matcher": matcher, "properties": turned})
    options = {
        "legend": {
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": True,
            "calcs": ["lastNotNull", "max"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    defaults["custom"] = custom
    return Panel("timeseries", title, description, queries, width, 8, defaults, options, overrides)


def quantiles(title: str, description: str, buckets: str, **more: Any) -> Panel:
    """Half, 95 % and 99 % of a histogram; `buckets` selects its buckets."""
    queries = [
        Query(f"histogram_quantile({part}, sum by (le) (rate({buckets}[$__rate_interval])))", name)
        for part, name in ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
    ]
    return lines(title, description, *queries, unit="s", **more)


def heat(title: str, description: str, buckets: str, *, width: int = 8) -> Panel:
    """How many took how long, over time."""
    expr = f"sum by (le) (increase({buckets}[$__rate_interval]))"
    options = {
        "calculate": False,
        "color": {
            "mode": "scheme",
            "scheme": "Turbo",
            "steps": 64,
            "exponent": 0.5,
            "fill": "dark-orange",
            "reverse": False,
        },
        "cellGap": 1,
        "filterValues": {"le": 1e-9},
        "yAxis": {"axisPlacement": "left", "unit": "s", "reverse": False},
        "rowsFrame": {"layout": "auto"},
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": True},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "showValue": "never",
    }
    queries = (Query(expr, "{{le}}", form="heatmap"),)
    return Panel("heatmap", title, description, queries, width, 8, {}, options)


def pie(title: str, description: str, query: Query, *, width: int = 6) -> Panel:
    """Parts of a whole, over the time that is shown."""
    defaults = {**_field("short", NEUTRAL, 0), "color": {"mode": "palette-classic"}}
    options = {
        "pieType": "donut",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "displayLabels": ["percent"],
        "legend": {
            "displayMode": "table",
            "placement": "right",
            "showLegend": True,
            "values": ["value", "percent"],
        },
        "tooltip": {"mode": "single", "sort": "none"},
    }
    overrides = [_colour(name, colour) for name, colour in COLOURS.items()]
    return Panel("piechart", title, description, (query,), width, 8, defaults, options, overrides)


def bars(
    title: str, description: str, query: Query, unit: str, steps: Steps, *, width: int = 8
) -> Panel:
    """One bar for each of a few things, as they are now."""
    defaults = {**_field(unit, steps), "min": 0}
    if unit == "percentunit":
        defaults["max"] = 1
    options = {
        "displayMode": "gradient",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
        "namePlacement": "auto",
        "sizing": "auto",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "maxVizHeight": 300,
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
    }
    return Panel("bargauge", title, description, (query,), width, 8, defaults, options)


def states(title: str, description: str, query: Query, *, width: int = 8) -> Panel:
    """What was well and what was not, over time: 1 is well."""
    words = {"0": {"text": "left alone", "color": BAD}, "1": {"text": "well", "color": GOOD}}
    defaults = {
        **_field("short", ((None, BAD), (1, GOOD))),
        "mappings": [{"type": "value", "options": words}],
        "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": 60_000},
    }
    options = {
        "mergeValues": True,
        "alignValue": "center",
        "rowHeight": 0.8,
        "showValue": "auto",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel("state-timeline", title, description, (query,), width, 8, defaults, options)


def table(
    title: str,
    description: str,
    columns: Sequence[tuple[str, str, Query]],
    *,
    width: int = 12,
    sort_by: str,
) -> Panel:
    """One line for each set of labels; a column is its name, unit and query, the first of which
    is the largest."""
    # Grafana adds the query's letter where there are several.
    lettered = [f"Value #{LETTERS[index]}" for index in range(len(columns))]
    values = lettered if len(columns) > 1 else ["Value"]
    renamed = {value: column[0] for value, column in zip(values, columns, strict=True)}
    organize = {
        "id": "organize",
        "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": renamed},
    }
    overrides = [_unit(name, unit) for name, unit, _ in columns]
    options = {
        "cellHeight": "sm",
        "showHeader": True,
        "sortBy": [{"displayName": sort_by, "desc": True}],
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
    }
    defaults = {**_field("short", NEUTRAL), "custom": {"align": "auto", "filterable": False}}
    queries = tuple(query for _, _, query in columns)
    transformations = ({"id": "merge", "options": {}}, organize)
    return Panel(
        "table", title, description, queries, width, 8, defaults, options, overrides,
        transformations,
    )  # fmt: skip


def _field(unit: str, steps: Steps, decimals: int | None = None) -> dict[str, Any]:
    colours = [{"value": value, "color": colour} for value, colour in steps]
    found: dict[str, Any] = {
        "unit": unit,
        "color": {"mode": "thresholds"},
        "mappings": [],
        "thresholds": {"mode": "absolute", "steps": colours},
    }
    return found if decimals is None else {**found, "decimals": decimals}


def _colour(name: str, colour: str) -> dict[str, Any]:
    fixed = {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}
    return {"matcher": {"id": "byName", "options": name}, "properties": [fixed]}


def _unit(name: str, unit: str) -> dict[str, Any]:
    found = [{"id": "unit", "value": unit}, {"id": "decimals", "value": 2}]
    return {"matcher": {"id": "byName", "options": name}, "properties": found}
