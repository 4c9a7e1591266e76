"""What each of the cast gets at the addresses of the late tray. Serg has a photo that is late."""

from __future__ import annotations

LATE = "/api/late"
OF_SERG = f"{LATE}/late-of-serg/done"


def operators(status: int) -> dict[str, int]:
    return {"serg": status, "igor": status, "member": 403, "admin": 403, "stranger": 401}


def his(status: int) -> dict[str, int]:
    """To the other operator it does not exist."""
    return operators(status) | {"igor": 404}


ROUTES = [
    ("GET", LATE, operators(200)),
    ("GET", f"{LATE}.zip", operators(200)),
    ("POST", f"{LATE}/done", operators(200)),
    ("POST", f"{LATE}/undo", operators(422)),
    ("POST", OF_SERG, his(200)),
    ("DELETE", OF_SERG, his(200)),
]
