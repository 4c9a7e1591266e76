"""What is written down is what is so."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from marshmallow import Schema

from photoai.config import ROOT, Config, env_example
from photoai.errors import ConfigError
from photoai.services.video import ClipLimits, probe
from tests.support import photos
from tests.support.server import Server

METHODS = {"get", "put", "post", "patch", "delete"}
# By design: ways in, health, and what a password, a token or a number in the call itself opens.
OPEN_TO_ALL = {
    "/", "/healthz", "/readyz", "/api/login", "/api/webhooks/{provider_id}/{token}",
    "/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh", "/api/v1/health",
    "/ingest/{link}",
    "/public/media/{media_id}", "/server2/videoapi/", "/server2/videoapi/health",
    "/server2/videoapi/auth/login", "/server2/videoapi/auth/register",
}  # fmt: skip


def test_env_example_is_generated_from_the_settings() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_the_committed_openapi_is_the_served_one(app: Flask) -> None:
    served = app.test_client().get("/openapi.json").get_json()
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == served


def test_the_lock_holds_every_dependency() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lock = (ROOT / "requirements.txt").read_text().lower()
    lines = parser["options"]["install_requires"].splitlines()
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        name = re.split(r"[\s\[<>=]", line)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), name


def test_the_readmes_curl_line_finishes_the_sample_photo(server: Server, tmp_path: Path) -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    line = next(line for line in lines if line.startswith("curl "))
    target = tmp_path / "finished.jpg"
    line = line.replace("secrets/runtime_credentials.json", str(server.folder / "credentials.json"))
    line = line.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    line = line.replace("finished.jpg", str(target))
    subprocess.run(["bash", "-c", line], cwd=ROOT, check=True, timeout=60)
    finished = photos.opened(target.read_bytes())
    assert finished.format == "JPEG"
    assert finished.size == photos.opened(photos.guest()).size
    assert photos.difference(finished, photos.opened(photos.guest())) > 2


@pytest.mark.slow
def test_the_readmes_clips_are_merged_written_on_and_drawn(server: Server, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text()
    script = ""
    for beginning in ("API=http://", "TASK=$(", "JOB=$("):
        start = text.index(beginning)
        script += text[start : text.index("```", start)]
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    for made in ("merged.mp4", "written.mp4", "ascii.mp4"):
        script = script.replace(made, str(tmp_path / made))
    script = f"set -euo pipefail\n{script}"
    subprocess.run(["bash", "-c", script], cwd=ROOT, check=True, timeout=150)
    video = probe(tmp_path / "merged.mp4", ClipLimits()).video
    assert (video.width, video.height, video.frames) == (1080, 1920, 75)
    source = probe(ROOT / "docs" / "sample" / "clip-1.mp4", ClipLimits())
    for made in ("written.mp4", "ascii.mp4"):
        found = probe(tmp_path / made, ClipLimits())
        assert found.duration_sec == pytest.approx(source.duration_sec, abs=0.1)


def test_booth_send_does_the_same_for_operators(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    command = [
        sys.executable, "-m", "photoai", "booth", "send", str(photos.GUEST), "--slot", "slot-001",
        "--url", server.url, "--password", server.ingest_password(), "--out", str(target),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, check=True, timeout=60, capture_output=True, text=True)
    assert "rung 0:local" in done.stdout
    assert photos.opened(target.read_bytes()).format == "JPEG"
    command[command.index("--password") + 1] = "wrong-password"
    failed = subprocess.run(command, cwd=ROOT, timeout=60, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "wrong_ingest_password" in failed.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("RATE_LIMIT_ENABLED", "perhaps"),
        ("SYNC_RESPONSE_TIMEOUT_SEC", "4"),
        ("ASCII_DEFAULT_WIDTH", "9"),
        ("ASCII_DEFAULT_FPS", "61"),
        ("ASCII_DEFAULT_CRF", "52"),
        ("ASCII_TTL_HOURS", "0"),
        ("ALLOW_ANONYMOUS", "ascii,merge"),
        ("QUEUE_MAX_SIZE", "0"),
        ("QUEUE_BACKEND", "rabbits"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_that_cannot_work_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environ({name: value})


def test_empty_settings_mean_the_default_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9000\nHOST='0.0.0.0'\n")
    config = Config.from_environ({"PORT": "9001", "PUBLIC_BASE_URL": " "}, file)
    assert (config.port, config.host, config.public_base_url) == (9001, "0.0.0.0", "")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("postgres://a:b@c/d", "postgresql+psycopg2://a:b@c/d"),
        ("sqlite:///instance/x.db", f"sqlite:///{ROOT}/instance/x.db"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_database_addresses_are_understood_as_hosts_give_them(given: str, meant: str) -> None:
    assert Config(database_url=given).sqlalchemy_url == meant


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The API's description, which a test above holds to what is served."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each with its name and the path it stands under."""
    for path, under in document["paths"].items():
        for method in sorted(METHODS & under.keys()):
            yield f"{method} {path}", under[method], under


def json_contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON that an operation takes and that it answers when all is well."""
    holders = {"body": operation.get("requestBody", {})}
    holders |= {s: answer for s, answer in operation["responses"].items() if s.startswith("2")}
    for name, holder in holders.items():
        if content := holder.get("content", {}).get("application/json"):
            yield name, content


def wrong_in(example: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": document["components"]}
    found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(example)
    return [f"{each.json_path}: {each.message}" for each in found]


def test_every_call_says_what_it_does_and_what_it_needs(described: dict[str, Any]) -> None:
    for name, operation, _ in operations(described):
        assert operation.get("summary"), name
    needs = {
        name: op.get("security", described["security"]) for name, op, _ in operations(described)
    }
    known = set(described["components"]["securitySchemes"])
    assert {scheme for need in needs.values() for one in need for scheme in one} <= known
    open_to_all = {name.split()[1] for name, need in needs.items() if not need}
    assert open_to_all == OPEN_TO_ALL


def test_every_json_body_and_answer_has_an_example_that_its_schema_takes(
    described: dict[str, Any],
) -> None:
    wrong: dict[str, object] = {}
    for name, operation, _ in operations(described):
        for where, content in json_contents(operation):
            found: object = "none"
            if "example" in content:
                found = wrong_in(content["example"], content["schema"], described)
            if found:
                wrong[f"{name} {where}"] = found
    assert not wrong


def test_every_parameter_has_an_example_that_its_schema_takes(described: dict[str, Any]) -> None:
    for name, operation, path in operations(described):
        for parameter in [*operation.get("parameters", []), *path.get("parameters", [])]:
            assert not wrong_in(parameter["example"], parameter["schema"], described), name


def test_what_the_examples_send_is_taken() -> None:
    """Marshmallow knows more than a JSON schema can say."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    schemas = {f"#/components/schemas/{kind.__name__[:-6]}": kind for kind in every_schema()}
    for name, operation, _ in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body and "$ref" in body["schema"]:
            assert not schemas[body["schema"]["$ref"]]().validate(body["example"]), name


def every_schema(of: type[Schema] = Schema) -> Iterator[type[Schema]]:
    for kind in of.__subclasses__():
        yield from every_schema(kind)
        yield kind
