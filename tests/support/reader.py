"""Somebody who reads pages and sends their forms without JavaScript."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Flask, Response
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from photoai.blueprints.guard import issue_token, open_session
from photoai.services.accounts import Caller

TAGS = re.compile(r"<[^>]*>")


class Reader:
    """Signed in as `caller`, with the cookies a browser would have."""

    def __init__(self, app: Flask, caller: Caller) -> None:
        self.caller = caller
        self._client = app.test_client()
        with app.test_request_context():
            given = Response()
            open_session(given, issue_token(caller))
        for line in given.headers.getlist("Set-Cookie"):
            name, value = line.partition(";")[0].split("=", 1)
            self._client.set_cookie(name, value)
        self.language("en")

    def language(self, code: str) -> None:
        self._client.set_cookie("lang", code)

    @property
    def token(self) -> str:
        cookie = self._client.get_cookie("csrf_access_token")
        assert cookie is not None
        return str(cookie.value)

    def get(self, path: str) -> TestResponse:
        return self._client.get(path)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.location)
        return answer.text

    def send(self, path: str, *, token: str | None = None, **fields: Any) -> TestResponse:
        """The form with its hidden token; with another one, or none, if a test says so."""
        hidden = {"csrf_token": self.token if token is None else token}
        return self._client.post(path, data=hidden | fields)

    def send_files(self, path: str, name: str, *files: tuple[bytes, str]) -> TestResponse:
        """The form with large files, of which nothing is kept on the disk here."""
        fields: list[tuple[str, Any]] = [("csrf_token", self.token)]
        fields += [(name, FileStorage(io.BytesIO(data), called)) for data, called in files]
        boundary, body = encode_multipart(MultiDict(fields))
        kind = f"multipart/form-data; boundary={boundary}"
        return self._client.post(path, data=body, content_type=kind)


def inputs(page: str) -> dict[str, str]:
    """The value of every named input of a page, as it is written."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        written = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in written:
            found[written["name"]] = written.get("value", "")
    return found


def words(markup: str) -> str:
    """What a person reads of it."""
    return " ".join(TAGS.sub(" ", markup).split())


def element(page: str, id_: str) -> str:
    """The page from within the element with this id up to the next element that has one."""
    start = page.index(">", page.index(f'id="{id_}"')) + 1
    next_one = page.find(' id="', start)
    return page[start:] if next_one < 0 else page[start : page.rindex("<", start, next_one)]
