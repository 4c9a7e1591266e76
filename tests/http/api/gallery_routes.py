"""What each of the cast gets at the addresses of galleries and of slots' history. Serg has a
gallery that is open to others, and a photo that was finished late."""

from __future__ import annotations

LINK = "gallery-of-serg"


def operators(status: int, others: int | None = None) -> dict[str, int]:
    """What serg gets, and igor, where that is something else."""
    return {"igor": others or status, "member": 403, "stranger": 401, "serg": status}


ROUTES = [
    ("GET", "/api/gallery", operators(200)),
    ("GET", "/api/gallery.zip", operators(200, others=404)),
    ("GET", "/api/slots/slot-001/results", operators(200)),
    ("GET", "/api/slots/slot-001/history", operators(200)),
    ("GET", "/api/slots/slot-001/history/1", operators(200)),
    ("POST", "/api/slots/slot-001/history/1/restore", operators(200)),
    ("GET", "/api/gallery/links", operators(200)),
    ("POST", "/api/gallery/links", operators(201)),
    ("DELETE", f"/api/gallery/links/{LINK}", operators(204, others=404)),
]
