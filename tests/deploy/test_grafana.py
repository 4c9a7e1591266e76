"""Grafana finds its dashboards, and they fit a wall."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.boards import BOARDS as MADE
from deploy.boards.board import COLUMNS, SCHEMA_VERSION
from tests.support.deployed import BOARDS, DEPLOY, GRAFANA, PROMETHEUS, board, panels, read

PROVISIONING = GRAFANA / "provisioning"
KINDS = {
    "stat", "gauge", "timeseries", "heatmap", "piechart", "bargauge", "state-timeline", "table",
}  # fmt: skip
BUILT_IN = {"__rate_interval", "__range"}
# What seed dashboards of such servers show, and ours do too.
SHOWN = {
    "api": ("Requests a second by route", "Until the answer begins", "Error rate", "Late photos"),
    "system": ("Processor by program", "Memory by program", "Network", "Disks", "Room used"),
    "jobs": ("Waiting by pool", "Workers", "One attempt", "Success by kind", "By end", "By kind"),
}  # fmt: skip

every_board = pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)


def test_the_dashboards_are_those_that_are_written_down() -> None:
    assert {path.stem for path in BOARDS} == MADE.keys()
    for path in BOARDS:
        said = "out of date: python -m deploy.boards"
        assert path.read_text() == MADE[path.stem].text(), said


def test_grafana_reads_prometheus_and_the_folder_the_dashboards_are_in() -> None:
    (source,) = read(PROVISIONING / "datasources" / "prometheus.yml")["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    scrape = read(PROMETHEUS / "prometheus.yml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrape
    (provider,) = read(PROVISIONING / "dashboards" / "photoai.yml")["providers"]
    grafana = read(DEPLOY / "docker-compose.yml")["services"]["grafana"]
    mounts = dict(volume.split(":")[:2][::-1] for volume in grafana["volumes"])
    assert mounts[provider["options"]["path"]] == "./grafana/dashboards"
    assert mounts["/etc/grafana/provisioning"] == "./grafana/provisioning"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert (GRAFANA / "dashboards" / home.name) in BOARDS


@every_board
def test_a_dashboard_is_whole(path: Path) -> None:
    found = board(path)
    assert found["schemaVersion"] == SCHEMA_VERSION
    assert found["description"]
    assert found["title"].startswith("photoai · ")
    numbers = [panel["id"] for panel in found["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert all(panel["type"] in KINDS for panel in panels(path))
    titles = {panel["title"] for panel in panels(path)}
    assert set(SHOWN[path.stem]) <= titles


def test_every_dashboard_has_an_address_of_its_own() -> None:
    addresses = [board(path)["uid"] for path in BOARDS]
    assert len(set(addresses)) == len(addresses) == 3


@every_board
def test_every_panel_says_what_it_shows_in_a_unit(path: Path) -> None:
    for panel in panels(path):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["targets"]
        if panel["type"] not in {"heatmap"}:
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@every_board
def test_panels_stand_side_by_side_and_leave_no_hole(path: Path) -> None:
    """Each fills its place of the grid alone; rows go from edge to edge."""
    taken: dict[tuple[int, int], str] = {}
    for panel in board(path)["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        for cell in itertools.product(columns, range(place["y"], place["y"] + place["h"])):
            assert cell not in taken, f"{panel['title']} lies upon {taken[cell]}"
            taken[cell] = panel["title"]
    lines = {y for _, y in taken}
    assert {x for x, _ in taken} == set(range(COLUMNS))
    assert lines == set(range(max(lines) + 1))
    holes = {(x, y) for x in range(COLUMNS) for y in lines} - taken.keys()
    assert not holes


def variables(path: Path) -> dict[str, Any]:
    return {each["name"]: each for each in board(path)["templating"]["list"]}


@every_board
def test_what_is_asked_for_can_be_chosen(path: Path) -> None:
    known = variables(path)
    text = json.dumps(board(path)["panels"])
    used = set(re.findall(r"\$\{?(\w+)", text))
    assert used <= known.keys() | BUILT_IN
    assert known.keys() <= used, "a choice that changes nothing"
    assert all(choice["label"] for choice in known.values())
