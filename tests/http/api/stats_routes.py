"""What each of the cast gets at the addresses of what photos failed with."""

from __future__ import annotations

from .late_routes import operators

ROUTES = [("GET", "/api/stats/failures", operators(200))]
