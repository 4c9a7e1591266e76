"""Settings an operator changes while the server runs."""

from .changes import BUDGETS, ModelChange, SettingsChange, sizes_of
from .settings import LONGEST_WAIT_UNDER_DYNO_SEC, KeyState, ModelsInUse, Overview, Settings

__all__ = [
    "BUDGETS",
    "LONGEST_WAIT_UNDER_DYNO_SEC",
    "KeyState",
    "ModelChange",
    "ModelsInUse",
    "Overview",
    "Settings",
    "SettingsChange",
    "sizes_of",
]
