"""What each of the cast gets at the addresses of merges and of files, by token and by key. Serg has
merged once, keeps one file and sends another."""

from __future__ import annotations

MERGE, FILES = "/server2/videoapi", "/api/v1/files"
TASK, FILE = f"{MERGE}/task/merge-of-serg", f"{FILES}/file-of-serg"
UPLOAD = f"{FILES}/uploads/upload-of-serg"
DEAD = {"stranger": 401, "revoked_key": 401, "expired_key": 401, "inactive": 403}
LIVING = ("serg", "igor", "admin", "member", "member_key")


def everybody(status: int) -> dict[str, int]:
    return dict.fromkeys(LIVING, status) | DEAD


def owner(status: int) -> dict[str, int]:
    """To the others, operators and administrators among them, it does not exist."""
    return dict.fromkeys(LIVING[1:], 404) | DEAD | {"serg": status}


# What counts of an order is who gets as far as its body.
ROUTES = [
    ("POST", f"{MERGE}/merge", everybody(422)),
    ("POST", f"{MERGE}/merge/plan", everybody(422)),
    ("GET", TASK, owner(200)),
    ("GET", f"{TASK}/events", owner(200)),
    ("DELETE", TASK, owner(409)),
    ("POST", FILES, everybody(415)),
    ("GET", FILES, everybody(200)),
    ("PUT", FILES, everybody(400)),
    ("GET", f"{FILES}/uploads", everybody(200)),
    ("GET", UPLOAD, owner(200)),
    ("POST", UPLOAD, everybody(400)),
    ("PUT", UPLOAD, everybody(400)),
    ("DELETE", UPLOAD, owner(204)),
    ("GET", f"{FILES}/usage", everybody(200)),
    ("GET", FILE, owner(200)),
    ("GET", f"{FILE}/content", owner(200)),
    ("POST", f"{FILE}/link", everybody(422)),
    ("DELETE", FILE, owner(204)),
]
# Links without credentials: who has the number may have the video (test_merge_links.py).
OPEN = {
    f"{MERGE}/", f"{MERGE}/health", f"{MERGE}/download/<task_id>", f"{MERGE}/poster/<task_id>",
}  # fmt: skip
