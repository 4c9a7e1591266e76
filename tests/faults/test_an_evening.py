"""Whatever becomes of the vendors, each of three hundred guests has a photo in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.guests import GUESTS_A_PHASE, PHASES, SLOTS, Evening
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


def test_no_guest_waits_in_vain_and_none_gets_nothing(tmp_path: Path) -> None:
    with Evening.begun(tmp_path) as night:
        night.pass_by()
        assert len(night.served) == len(PHASES) * GUESTS_A_PHASE
        bad = [each for each in night.served if not each.is_good]
        assert not bad, [(each.phase, each.slot, each.answer.status) for each in bad]

        def first_choice(phase: str) -> int:
            return sum(count for rung, count in night.rungs(phase).items() if rung[0] == "0")

        assert first_choice("well") == GUESTS_A_PHASE
        # What is made here, by one slot of six, and now and then a vendor that is tried again.
        in_trouble = [first_choice(phase) for phase in PHASES[1:4]]
        assert max(in_trouble) < GUESTS_A_PHASE / 2, in_trouble
        numbers = iter(range(1000, 2000))
        for slot in SLOTS:
            wait_until(
                lambda slot=slot: night.send(slot, next(numbers)).rung[0] == "0",
                90,
                f"{slot} is back at its first choice",
            )
