"""Who may see a conversion: its account, and of one that was ordered without an account whoever
knows its number."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from photoai.errors import (
    BatchUnknown,
    ConversionUnknown,
    Forbidden,
    NotFound,
    TooManyWrongKeys,
    Unauthorized,
)
from photoai.services.accounts import Caller

from .context import services
from .guard import OR_NONE, act_for_guest, brings_credentials, identified
from .limits import caller_address, throttles

ASCII = "ascii"  # as ALLOW_ANONYMOUS names it
View = TypeVar("View", bound=Callable[..., Any])


def of_conversion(view: View) -> View:
    """The view is of one conversion; `caller()` is whose it is."""
    return _guarded(
        view,
        lambda caller, job_id: services().conversions.get(caller, job_id),
        lambda job_id: services().conversions.guest_of(job_id),
        "job_id",
    )


def of_batch(view: View) -> View:
    """The same for a batch."""
    return _guarded(
        view,
        lambda caller, batch_id: services().batches.get(caller, batch_id),
        lambda batch_id: services().batches.guest_of(batch_id),
        "batch_id",
    )


def _guarded(
    view: View, own: Callable[[Caller, str], object], guest_of: Callable[[str], Caller], name: str
) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        number = kwargs[name]
        refusal = _refusal(own, number)
        if refusal is not None:
            _act_for_guest(guest_of, number, refusal)
        return view(*args, **kwargs)

    facts = getattr(view, "_apidoc", {})
    manual = {**facts.get("manual_doc", {}), "security": OR_NONE}
    guarded._apidoc = {**facts, "manual_doc": manual}  # type: ignore[attr-defined]
    return cast(View, guarded)


def _refusal(own: Callable[[Caller, str], object], number: str) -> Exception | None:
    """Why it is not the caller's by what the request brings; None when it is."""
    if not brings_credentials():
        return Unauthorized()
    try:
        own(identified(), number)
    except (Unauthorized, Forbidden, TooManyWrongKeys, NotFound) as error:
        return error
    return None


def _act_for_guest(guest_of: Callable[[str], Caller], number: str, refusal: Exception) -> None:
    """Only here guessing could be of use; who guesses cannot shut out who has an account."""
    if not services().guests.may_use(ASCII):
        raise refusal
    misses, address = throttles().missed_downloads, caller_address()
    misses.check(address)
    try:
        guest = guest_of(number)
    except (ConversionUnknown, BatchUnknown) as unknown:
        misses.count(address)
        raise (unknown if isinstance(refusal, Unauthorized) else refusal) from None
    act_for_guest(guest)
