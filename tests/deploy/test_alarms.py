"""Prometheus's own word on what it is told, and what somebody who is called finds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from photoai.config import ROOT
from tests.support.deployed import PROMETHEUS, alarms, read

# Set where Prometheus's own checks have to run: there, a missing promtool is a failure.
REQUIRED = "PROMTOOL_REQUIRED"
TOKEN_FILE = "/run/secrets/metrics_token"
OF_ALARM = re.compile(r'alertname="(\w+)"')


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found:
        return found
    if os.environ.get(REQUIRED):
        pytest.fail("The alarms' tests need promtool (Debian: package prometheus).")
    pytest.skip("there is no promtool (Debian: package prometheus)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the container of Prometheus has, and the token it is given."""
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    token = tmp_path / "token"
    token.write_text("secret")
    config = tmp_path / "prometheus" / "prometheus.yml"
    text = config.read_text()
    assert TOKEN_FILE in text
    config.write_text(text.replace(TOKEN_FILE, str(token)))
    return config.parent


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("config", ["prometheus.yml", "one-machine.yml"])
def test_prometheus_takes_its_configuration(promtool: str, folder: Path, config: str) -> None:
    said = run(promtool, "check", "config", config, cwd=folder)
    assert f"{len(alarms())} rules found" in said


@pytest.mark.slow
def test_every_alarm_fires_when_it_should_and_is_silent_when_it_should_be(
    promtool: str, folder: Path
) -> None:
    assert "SUCCESS" in run(promtool, "test", "rules", "alerts.test.yml", cwd=folder)


@pytest.mark.slow
def test_an_alarm_that_is_wrong_fails_its_test(promtool: str, folder: Path) -> None:
    rules = folder / "alerts.yml"
    rules.write_text(rules.read_text().replace("> 36 * 3600", "> 12 * 3600"))
    with pytest.raises(AssertionError, match="BackupTooOld"):
        run(promtool, "test", "rules", "alerts.test.yml", cwd=folder)


def expected() -> dict[str, list[Any]]:
    """What the tests of each alarm expect of it."""
    found: dict[str, list[Any]] = {}
    for test in read(PROMETHEUS / "alerts.test.yml")["tests"]:
        for question in test.get("promql_expr_test", []):
            (name,) = OF_ALARM.findall(question["expr"])
            found.setdefault(name, []).append(question["exp_samples"])
    return found


@pytest.mark.parametrize("alarm", alarms(), ids=lambda alarm: alarm["alert"])
def test_every_alarm_is_tried_both_ways(alarm: dict[str, Any]) -> None:
    tried = expected()[alarm["alert"]]
    assert any(tried), "it never fires"
    assert not all(tried), "it always fires"


@pytest.mark.parametrize("alarm", alarms(), ids=lambda alarm: alarm["alert"])
def test_who_is_called_finds_what_to_do(alarm: dict[str, Any]) -> None:
    assert alarm["labels"]["severity"] in {"page", "ticket"}
    words = alarm["annotations"]
    assert words.keys() == {"summary", "description", "runbook_url"}
    assert words["summary"].endswith(".")
    page, _, anchor = words["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
    assert anchor == alarm["alert"].lower()


def test_every_target_is_a_job_the_alarms_know() -> None:
    jobs = {each["job_name"] for each in read(PROMETHEUS / "prometheus.yml")["scrape_configs"]}
    named = {job for alarm in alarms() for job in re.findall(r'job="([\w-]+)"', alarm["expr"])}
    assert named <= jobs
    assert {"photoai", "photoai-worker"} <= named
