"""The dashboards, said briefly; `python -m deploy.boards` writes what Grafana reads."""

from .api import API
from .board import Board
from .jobs import JOBS
from .system import SYSTEM

BOARDS = {"api": API, "system": SYSTEM, "jobs": JOBS}

__all__ = ["BOARDS", "Board"]
