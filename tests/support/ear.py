"""Somebody who hears of every nudge."""

from __future__ import annotations


class Ear:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.slots: list[tuple[int, str]] = []
        self.accounts: list[int] = []
        self.looks = 0

    def job_changed(self, job_id: int) -> None:
        self.jobs.append(job_id)

    def slot_changed(self, user_id: int, slot_id: str) -> None:
        self.slots.append((user_id, slot_id))

    def account_changed(self, user_id: int) -> None:
        self.accounts.append(user_id)

    def look_again(self) -> None:
        self.looks += 1
