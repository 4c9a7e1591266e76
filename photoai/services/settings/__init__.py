"""Settings an operator changes while the server runs."""

from .changes import BUDGETS, ModelChange, SettingsChange, sizes_of
from .settings import KeyState, ModelsInUse, Overview, Settings

__all__ = [
    "BUDGETS",
    "KeyState",
    "ModelChange",
    "ModelsInUse",
    "Overview",
    "Settings",
    "SettingsChange",
    "sizes_of",
]
