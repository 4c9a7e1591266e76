"""A slot's ladder: what else is tried with a photo, and from which second after its arrival on, so
that its booth, which prints the original when it has waited too long, gets something good in time.

The slot's own provider is rung 0. A rung is left at once when it says no or cannot be asked, and
at the latest when the next one begins. When that is, its operator says, or it is planned backwards
from the booth's time-out: each rung has at least its provider's `rung_sec` left. What an operator
said is held to that plan again for every photo, because the time-out may have become shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from photoai.errors import Sentence, SettingsInvalid
from photoai.errors.ladder import LadderTooLong, RungSaysNothingNew
from photoai.services.catalogue import Catalogue

MOST_RUNGS = 4  # besides the slot's own provider
# The last rung ends so long before the answer leaves: its photo is finished and stored meanwhile.
FINISHING_SEC = 0.5
# The provider without key, network and cost, and what it does where nobody has said it.
LOCAL, FREE_OPERATION, AUTO = "local", "change_image", "auto"


@dataclass(frozen=True)
class Rung:
    """What is done from `from_sec` after the arrival on; None: as late as it can be."""

    provider_id: str
    operation_id: str
    settings: Mapping[str, Any]
    from_sec: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As a slot keeps it."""
        return {
            "provider_id": self.provider_id,
            "operation_id": self.operation_id,
            "settings_json": dict(self.settings),
            "from_sec": self.from_sec,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Rung:
        """The same, from what a slot keeps."""
        return cls(
            kept["provider_id"], kept["operation_id"], kept["settings_json"], kept.get("from_sec")
        )


@dataclass(frozen=True)
class Step:
    """A rung of one photo: it is left `until_sec` after the photo's arrival."""

    provider: str
    operation: str
    settings: Mapping[str, Any]
    until_sec: float

    def as_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return asdict(self)


class Ladders:
    """`patience_sec()` is how long after its arrival a booth's answer leaves; `is_ready(provider)`
    whether that has what it needs to be asked."""

    def __init__(
        self,
        catalogue: Catalogue,
        patience_sec: Callable[[], float],
        is_ready: Callable[[str], bool],
    ) -> None:
        self._catalogue = catalogue
        self._patience_sec = patience_sec
        self._is_ready = is_ready

    def checked(self, own: Rung, above: Sequence[Rung]) -> list[Rung]:
        """The rungs above a slot's own, as they would be saved.

        Raises:
            SettingsInvalid: one of them does not fit its operation, has no key, begins before the
                one before it, or later than it could still end in time.
            RungSaysNothingNew: one asks for what one before it has asked for.
            LadderTooLong: they cannot all be tried in time; `details` have the arithmetic.
        """
        rungs = [own, *(self._settled(at, rung) for at, rung in enumerate(above))]
        asked = [_asks(rung) for rung in rungs]
        for at, each in enumerate(asked):
            if (first := asked.index(each)) < at:
                again = Sentence("Rung {number} asks for the same.", number=first)
                raise RungSaysNothingNew(details={f"ladder.{at - 1}.provider_id": [again]})
        self._check_times(rungs)
        return rungs[1:]

    def steps(self, own: Rung, above: Sequence[Rung]) -> list[Step]:
        """The ladder as one photo climbs it: no step is left later than the next can begin."""
        rungs, patience = [own, *above], self._patience_sec()
        latest = self._latest(rungs, patience)
        begins = [
            at_latest if rung.from_sec is None else min(rung.from_sec, at_latest)
            for rung, at_latest in zip(rungs, latest, strict=True)
        ]
        untils = [*begins[1:], patience - FINISHING_SEC]
        return [
            Step(rung.provider_id, rung.operation_id, rung.settings, round(until, 3))
            for rung, until in zip(rungs, untils, strict=True)
        ]

    def differ(self, rungs: Sequence[Rung]) -> bool:
        """Whether each asks for something that none before it has asked for."""
        asked = [_asks(rung) for rung in rungs]
        return len(set(asked)) == len(asked)

    def free(self, settings: Mapping[str, Any]) -> Step:
        """What costs nothing and is always here, for a slot whose own ways are closed: a local
        effect, as its prompt names it or else one that fits the photo."""
        asked = {"prompt": str(settings.get("prompt") or "").strip() or AUTO}
        local = self._catalogue.settled(LOCAL, FREE_OPERATION, asked)
        return Step(LOCAL, FREE_OPERATION, local, round(self._patience_sec() - FINISHING_SEC, 3))

    def least_sec(self, provider_id: str) -> float:
        """What a rung at a provider has at least."""
        entry = self._catalogue.providers.get(provider_id)
        return entry.rung_sec if entry else 0.0

    def _settled(self, at: int, rung: Rung) -> Rung:
        where = f"ladder.{at}."
        try:
            settings = self._catalogue.settled(rung.provider_id, rung.operation_id, rung.settings)
        except SettingsInvalid as error:
            details = {where + path: said for path, said in error.details.items()}
            raise SettingsInvalid(details=details) from None
        if not self._is_ready(rung.provider_id):
            title = self._catalogue.providers[rung.provider_id].title
            keyless = Sentence("{provider} has no key yet.", provider=title)
            raise SettingsInvalid(details={where + "provider_id": [keyless]})
        return Rung(rung.provider_id, rung.operation_id, settings, rung.from_sec)

    def _check_times(self, rungs: Sequence[Rung]) -> None:
        patience, least = self._patience_sec(), [self.least_sec(each.provider_id) for each in rungs]
        if len(rungs) > 1 and sum(least) > patience:
            parts = " + ".join(map(_short, least))
            wrong = Sentence(
                "Its rungs need {parts} = {sum} s, and the booth's time-out leaves {all} s.",
                parts=parts, sum=_short(sum(least)), all=_short(patience),
            )  # fmt: skip
            raise LadderTooLong(details={"ladder": [wrong]})
        before = 0.0
        latest = self._latest(rungs, patience)
        for at, (rung, at_latest) in enumerate(zip(rungs[1:], latest[1:], strict=True)):
            if rung.from_sec is None:
                continue
            where = f"ladder.{at}.from_sec"
            if rung.from_sec > at_latest:
                late = Sentence(
                    "At most {most}: this rung and those after it need {needed} of {all} s.",
                    most=_short(at_latest), needed=_short(sum(least[at + 1 :])),
                    all=_short(patience),
                )  # fmt: skip
                raise SettingsInvalid(details={where: [late]})
            if rung.from_sec <= before:
                early = Sentence("More than {least}: the rung before it begins then.", least=before)
                raise SettingsInvalid(details={where: [early]})
            before = rung.from_sec

    def _latest(self, rungs: Sequence[Rung], patience: float) -> list[float]:
        """When each rung begins at the latest, planned backwards; where there is less time than
        they need, each has its part of it."""
        least = [self.least_sec(each.provider_id) for each in rungs]
        part = min(1.0, patience / sum(least)) if sum(least) else 1.0
        return [patience - part * sum(least[at:]) for at in range(len(rungs))]


def _asks(rung: Rung) -> tuple[str, str, str]:
    return rung.provider_id, rung.operation_id, repr(sorted(rung.settings.items()))


def _short(seconds: float) -> str:
    return f"{seconds:g}"
