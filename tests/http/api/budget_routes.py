"""What each of the cast gets at the addresses of money and drills."""

from __future__ import annotations

from .late_routes import operators

ROUTES = [
    ("GET", "/api/budget", operators(200)),
    ("GET", "/api/event", operators(200)),
    ("PUT", "/api/event", operators(200)),
    ("DELETE", "/api/event", operators(204)),
    ("GET", "/api/event/past", operators(200)),
    ("GET", "/api/drills", operators(200)),
    ("POST", "/api/drills", operators(422)),
    ("DELETE", "/api/drills/gemini", operators(204)),
]
