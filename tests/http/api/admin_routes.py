"""What each of the cast gets at the addresses of administration: nobody but administrators."""

from __future__ import annotations

ADMIN = "/api/v1/admin"
USER, TASK = f"{ADMIN}/users/1", f"{ADMIN}/tasks/job-of-serg"


def administrators(status: int) -> dict[str, int]:
    """Nobody else, whoever it is about: serg's account, and his job."""
    others = dict.fromkeys(("serg", "igor", "member", "member_key", "inactive"), 403)
    dead = dict.fromkeys(("stranger", "revoked_key", "expired_key"), 401)
    return others | dead | {"admin": status, "admin_key": status}


ROUTES = [
    ("GET", f"{ADMIN}/users", administrators(200)),
    ("GET", USER, administrators(200)),
    # A change of nothing, by two.
    ("PATCH", USER, administrators(200)),
    ("POST", f"{USER}/sign-out", administrators(200)),
    ("GET", f"{ADMIN}/tasks", administrators(200)),
    # The second of them comes too late.
    ("DELETE", TASK, administrators(409) | {"admin": 202}),
    ("GET", f"{ADMIN}/usage", administrators(200)),
    ("GET", f"{ADMIN}/audit", administrators(200)),
]
