"""Alerts: what an operator should hear of while the evening goes on."""

from .alerts import Alerts
from .watchers import Kind, Limits, Sight, Watcher, of_budgets, of_database, of_process

__all__ = [
    "Alerts",
    "Kind",
    "Limits",
    "Sight",
    "Watcher",
    "of_budgets",
    "of_database",
    "of_process",
]
