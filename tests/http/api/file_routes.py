"""Who may call what of the files; `test_files.py` has somebody own one."""

from __future__ import annotations

from .account_routes import EVERYBODY, NOBODY

FILES = "/api/v1/files"
NOBODYS = dict.fromkeys(EVERYBODY, 404) | NOBODY
ROUTES = [
    ("POST", FILES, dict.fromkeys(EVERYBODY, 415) | NOBODY),
    ("GET", FILES, EVERYBODY | NOBODY),
    ("GET", f"{FILES}/usage", EVERYBODY | NOBODY),
    ("GET", f"{FILES}/file-1", NOBODYS),
    ("DELETE", f"{FILES}/file-1", NOBODYS),
    ("GET", f"{FILES}/file-1/content", NOBODYS),
    ("POST", f"{FILES}/file-1/link", dict.fromkeys(EVERYBODY, 422) | NOBODY),
]
