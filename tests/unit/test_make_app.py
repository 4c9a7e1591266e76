"""The custom app for make.com: rendered, readable, and about calls that exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from photoai.app import MOUNT
from photoai.config import ROOT
from photoai.errors import ConfigError
from photoai.services.make_app import TEMPLATES, write_app

BASE = "https://video.example.com"
MODULES = ("scotch-merge", "scotch-task", "scotch-download")
NAMES = {"scotch-base", "scotch-connection", *MODULES}
# A string, which may hold slashes, or a comment.
STRING_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
EXPRESSION = re.compile(r"\{\{[^{}]*\}\}")


def without_comments(text: str) -> str:
    return STRING_OR_COMMENT.sub(lambda found: found[1] or "", text)


@pytest.fixture
def rendered(tmp_path: Path) -> dict[str, Any]:
    """What each file holds."""
    paths = write_app(BASE, tmp_path / "make")
    return {path.stem: json.loads(without_comments(path.read_text("utf-8"))) for path in paths}


def calls(rendered: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The method and the whole address of every request, expressions replaced by a word."""
    base = rendered["scotch-base"]["baseUrl"]
    for name, content in rendered.items():
        if name != "scotch-base":
            request = content["communication"]
            url = request["url"] if "://" in request["url"] else base + request["url"]
            yield request["method"], EXPRESSION.sub("x", url)


def test_every_file_is_there_and_can_be_read(rendered: dict[str, Any]) -> None:
    assert set(rendered) == NAMES
    for name in MODULES:
        assert set(rendered[name]) == {
            "communication", "mappable_parameters", "interface", "samples",
        }  # fmt: skip
        outputs = [field["name"] for field in rendered[name]["interface"]]
        assert outputs == list(rendered[name]["samples"])


def test_the_address_is_in_every_place_and_no_placeholder_is_left(rendered: dict[str, Any]) -> None:
    assert "%" not in json.dumps(rendered, ensure_ascii=False).replace("Progress, %", "")
    for _, url in calls(rendered):
        assert url.startswith(f"{BASE}{MOUNT}/server2/videoapi/")


def test_the_key_is_a_secret_and_goes_where_our_api_wants_it(rendered: dict[str, Any]) -> None:
    base, connection = rendered["scotch-base"], rendered["scotch-connection"]
    (field,) = connection["parameters"]
    assert (field["name"], field["type"], field["required"]) == ("apiKey", "password", True)
    assert base["headers"]["Authorization"] == "Bearer {{connection.apiKey}}"
    asked = connection["communication"]
    assert asked["headers"]["Authorization"] == "Bearer {{parameters.apiKey}}"
    for sends in (base, asked):
        assert sends["log"]["sanitize"] == ["request.headers.authorization"]
        assert "{{body.error.message}}" in sends["response"]["error"]["message"]


def test_modules_use_the_parameters_they_ask_for(rendered: dict[str, Any]) -> None:
    for name in MODULES:
        asked = {field["name"] for field in rendered[name]["mappable_parameters"]}
        used = re.findall(r"parameters\.(\w+)", json.dumps(rendered[name]["communication"]))
        assert set(used) == (set() if name == "scotch-merge" else asked)
    assert rendered["scotch-merge"]["communication"]["body"] == "{{parameters}}"


def test_every_call_is_one_of_ours(rendered: dict[str, Any], app: Flask) -> None:
    known = app.url_map.bind("video.example.com")
    for method, url in calls(rendered):
        path = url.removeprefix(BASE + MOUNT)
        try:
            known.match(path, method)
        except HTTPException as error:
            raise AssertionError(f"{method} {path}: {error}") from None


def test_every_field_of_a_merge_is_one_of_ours(rendered: dict[str, Any], app: Flask) -> None:
    document = app.test_client().get("/openapi.json").get_json()
    body = document["paths"]["/server2/videoapi/merge"]["post"]["requestBody"]
    schema = resolved(document, body["content"]["application/json"]["schema"])
    for field in rendered["scotch-merge"]["mappable_parameters"]:
        taken = resolved(document, schema["properties"][field["name"]])
        offered = [option["value"] for option in field.get("options", ())]
        assert set(offered) <= set(taken.get("enum", offered)), field["name"]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where there is a reference to it."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


@pytest.mark.parametrize(
    "base",
    ["", "video.example.com", "ftp://a.example", "https://", "https://u:p@a.example",
     "https://a.example/?x=1", "https://a.example/#x", "https://a b.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(base: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        write_app(base, tmp_path / "make")
    assert not (tmp_path / "make").exists()


@pytest.mark.parametrize(
    ("base", "written"),
    [
        (f" {BASE}/ ", BASE),
        (f'{BASE}/a"b\\c', f"{BASE}/a%22b%5Cc"),
        ("http://127.0.0.1:8000/photo/", "http://127.0.0.1:8000/photo"),
    ],
)
def test_an_address_is_written_as_json_can_hold_it(base: str, written: str, tmp_path: Path) -> None:
    for path in write_app(base, tmp_path):
        content = json.loads(without_comments(path.read_text("utf-8")))
        if path.stem == "scotch-base":
            assert content["baseUrl"] == f"{written}{MOUNT}/server2/videoapi"


@pytest.mark.slow
def test_the_command_writes_the_app_for_the_public_address(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "photoai", "make-app"]
    inside = {"INSTANCE_DIR": str(tmp_path), "PATH": ""}

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], cwd=ROOT, env=inside | env, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip

    refused = run(PUBLIC_BASE_URL="")
    assert (refused.returncode, "--base-url" in refused.stderr) == (1, True)
    done = run(PUBLIC_BASE_URL=BASE)
    assert done.returncode == 0, done.stderr
    assert {Path(line) for line in done.stdout.split()} == {
        tmp_path / "make" / f"{name}.jsonc" for name in NAMES
    }
    other = run("--base-url", "https://other.example", "--out", str(tmp_path / "two"))
    assert other.returncode == 0, other.stderr
    assert "https://other.example/scotch" in (tmp_path / "two/scotch-base.jsonc").read_text()


def test_the_templates_are_templates() -> None:
    for path in TEMPLATES.glob("*.jsonc"):
        assert "://" not in path.read_text("utf-8").replace("https://developers.make.com", "")
