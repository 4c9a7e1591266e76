"""What each of the cast gets at the addresses of the rehearsal before an event."""

from __future__ import annotations

from .late_routes import operators

READINESS = "/api/readiness"

ROUTES = [
    ("GET", READINESS, operators(200)),
    ("POST", f"{READINESS}/check", operators(202)),
    ("POST", f"{READINESS}/models", operators(422)),
]
