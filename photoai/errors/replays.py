"""What can be wrong with a replay."""

from __future__ import annotations

from .kinds import Invalid


class OnlyPhotosCount(Invalid):
    """Only a slot's photo can be made again to be counted, and to come into the late tray."""


class SettingsOnlyAsThen(Invalid):
    """Only a slot's photo can be made again with other settings than it had."""
