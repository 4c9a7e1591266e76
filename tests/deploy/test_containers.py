"""docker-compose.yml and the Dockerfile, as far as they can be judged without Docker."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from photoai.config import ROOT, Config
from tests.support.deployed import DEPLOY, PROMETHEUS, read
from tests.support.image import DOCKERFILE, VARIABLE, Image, sent_to_build

COMPOSE = DEPLOY / "docker-compose.yml"
SERVICES: dict[str, Any] = read(COMPOSE)["services"]
OURS = {"web", "worker", "release"}
ONCE = {"release", "bucket", "folders"}
SETTINGS = {each.name.upper() for each in fields(Config)}
# What an image's name ends with: v3.13.4, 1.30.4-alpine, RELEASE.2025-09-07T16-13-09Z.
VERSION = re.compile(r"(v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)*|RELEASE\.[\dTZ-]+)")
# What a container has that has no program to ask another with.
CANNOT_ASK = {"process-exporter"}
every_service = pytest.mark.parametrize("name", SERVICES)


def example() -> dict[str, str]:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and line[0] != "#")


def test_everything_the_issue_names_is_there() -> None:
    assert OURS | {"nginx", "postgres", "minio", "bucket", "prometheus", "grafana"} <= set(SERVICES)
    assert {"postgres-exporter", "node-exporter", "process-exporter"} <= set(SERVICES)


@every_service
def test_every_image_is_pinned(name: str) -> None:
    image, _, version = SERVICES[name]["image"].rpartition(":")
    if name in OURS:
        assert (image, version) == ("photoai", "local")
        assert SERVICES[name]["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
    else:
        assert VERSION.fullmatch(version), SERVICES[name]["image"]


def test_only_nginx_is_published() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["nginx"]
    # The one on the machine's own network listens where only containers are.
    on_host = {name for name, each in SERVICES.items() if each.get("network_mode") == "host"}
    assert on_host == {"node-exporter"}
    (watch,) = read(COMPOSE)["networks"]["watch"]["ipam"]["config"]
    assert f"--web.listen-address={watch['gateway']}:9100" in SERVICES["node-exporter"]["command"]
    assert SERVICES["prometheus"]["extra_hosts"] == [f"node-exporter:{watch['gateway']}"]


@every_service
def test_what_ends_is_started_again_and_what_lives_is_asked(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE:
        assert service["restart"].startswith("on-failure")
        return
    assert service["restart"] == "unless-stopped"
    if name in CANNOT_ASK:
        assert service["healthcheck"] == {"disable": True}
    elif name == "web":
        assert any(step.word == "HEALTHCHECK" for step in Image().last)
    else:
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@every_service
def test_what_a_service_waits_for_can_come_true(name: str) -> None:
    for other, wish in SERVICES[name].get("depends_on", {}).items():
        if wish["condition"] == "service_completed_successfully":
            assert other in ONCE
        elif wish["condition"] == "service_healthy":
            assert other == "web" or "test" in SERVICES[other]["healthcheck"]
        else:
            assert other in SERVICES


@every_service
def test_volumes_networks_and_files_are_there(name: str) -> None:
    whole, service = read(COMPOSE), SERVICES[name]
    assert set(service.get("networks", [])) <= whole["networks"].keys()
    assert set(service.get("secrets", [])) <= whole["secrets"].keys()
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (DEPLOY / source).exists(), source
            assert volume.endswith(":ro"), "nobody writes into the project"
        elif not source.startswith("/"):
            assert source in whole["volumes"], source


def test_every_volume_is_used() -> None:
    whole = read(COMPOSE)
    used = {each.split(":")[0] for one in SERVICES.values() for each in one.get("volumes", [])}
    assert whole["volumes"].keys() <= used


def test_photoai_is_told_documented_settings_that_it_takes() -> None:
    known = (ROOT / ".env.example").read_text()
    told = SERVICES["web"]["environment"]
    assert told.keys() <= SETTINGS
    assert all(f"#{name}=" in known for name in told)
    assert all(SERVICES[name]["environment"] == told for name in OURS)
    assert Image().environment.keys() - SETTINGS == {
        "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "TMPDIR",
    }  # fmt: skip


def test_every_variable_is_in_the_example_and_no_secret_is() -> None:
    asked = {name for name, _, _ in VARIABLE.findall(COMPOSE.read_text())}
    asked |= {each["environment"] for each in read(COMPOSE)["secrets"].values()}
    assert asked - {"BACKUPS_KEPT"} == example().keys()
    secret = re.compile("PASSWORD|SECRET|TOKEN|KEY")
    assert not any(value for name, value in example().items() if secret.search(name))
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if secret.search(key) and not key.endswith("__FILE"):
                assert value.startswith("${") or key == "BACKUPS_KEPT", f"{name} {key}"


def test_secrets_are_ignored_by_git_and_by_builds() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/.env", "/deploy/photoai.env", "/secrets/"} <= set(ignored)
    for name in (".env", "deploy/.env", "secrets", "instance", ".git", "tests", "photoai/.env"):
        assert not sent_to_build(name), name
    assert sent_to_build("photoai/app.py")


def test_the_scrape_knows_the_containers_and_their_ports() -> None:
    for job in read(PROMETHEUS / "prometheus.yml")["scrape_configs"]:
        hosts = [name for each in job.get("dns_sd_configs", []) for name in each["names"]]
        for each in job.get("static_configs", []):
            hosts += [target.split(":")[0] for target in each["targets"]]
        assert set(hosts) <= SERVICES.keys() | {"127.0.0.1"}
        for host in set(hosts) & SERVICES.keys() - {"node-exporter"}:
            assert "watch" in SERVICES[host]["networks"], host
    (token,) = SERVICES["prometheus"]["secrets"]
    (web, worker, *_) = read(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    assert web["authorization"]["credentials_file"] == f"/run/secrets/{token}"
    assert str(web["dns_sd_configs"][0]["port"]) == Image().environment["PORT"]
    told = SERVICES["worker"]["environment"]["WORKER_METRICS_PORT"]
    assert str(worker["dns_sd_configs"][0]["port"]) == told


def test_photos_that_wait_are_given_their_time() -> None:
    grace = int(SERVICES["web"]["stop_grace_period"].removesuffix("s"))
    assert grace > Config().photo_grace_sec + 3


def test_the_containers_run_what_the_procfile_runs() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    commands = dict(line.split(": ", 1) for line in lines)
    assert {name: " ".join(SERVICES[name]["command"]) for name in OURS} == commands


def test_the_image_has_a_user_and_no_way_to_more() -> None:
    image = Image()
    assert image.one("USER").rest == "10001:10001"
    assert "--uid 10001" in DOCKERFILE.read_text()
    for name in OURS:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["read_only"] is True
    for name in SERVICES.keys() - ONCE - OURS:
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_the_python_the_tests_run_on_with_the_locks_own_files() -> None:
    steps = Image().steps
    bases = {step.rest.split()[0] for step in steps if step.word == "FROM"}
    (base,) = bases
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", base)
    assert found
    assert (int(found[1]), int(found[2])) >= (3, 11)
    installs = [step.rest for step in steps if "pip install" in step.rest]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert installs[0].endswith("-r requirements.txt")


def test_what_the_image_holds_of_the_project_is_what_the_code_reaches_for() -> None:
    """Every folder and file the package or gunicorn's configuration names below the root."""
    sources = [*(ROOT / "photoai").rglob("*.py"), ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
    asked = {
        name for path in sources for name in re.findall(r'ROOT / "([\w.-]+)"', path.read_text())
    }
    defaults = [each.default for each in fields(Config) if isinstance(each.default, Path)]
    shipped = {path.parts[0] for path in defaults} - {"instance", "secrets"}
    needed = asked | shipped | {"photoai", "wsgi.py"}
    assert needed - {".env"} == set(Image().copied)


def test_the_dockerfile_has_nothing_to_complain_about() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
