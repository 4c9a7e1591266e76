"""Who may see what has a number: its account, and of what was ordered without an account whoever
knows that number."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from photoai.errors import Forbidden, NotFound, TooManyWrongKeys, Unauthorized
from photoai.services.accounts import Caller

from .context import services
from .guard import OR_NONE, act_for_guest, brings_credentials, identified
from .limits import caller_address, throttles

View = TypeVar("View", bound=Callable[..., Any])


def known_by_number(
    view: View,
    facade: str,
    own: Callable[[Caller, str], object],
    guest_of: Callable[[str], Caller],
    name: str,
) -> View:
    """The view is of what its argument `name` numbers; `caller()` is whose it is. `own` raises
    NotFound for what is not the caller's, `guest_of` for what is no guest's of this façade."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        number = kwargs[name]
        refusal = _refusal(own, number)
        if refusal is not None:
            _act_for_guest(facade, guest_of, number, refusal)
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


def _act_for_guest(
    facade: str, guest_of: Callable[[str], Caller], number: str, refusal: Exception
) -> None:
    """Only here guessing could be of use; who guesses cannot shut out who has an account."""
    if not services().guests.may_use(facade):
        raise refusal
    misses, address = throttles().missed_downloads, caller_address()
    misses.check(address)
    try:
        guest = guest_of(number)
    except NotFound as unknown:
        misses.count(address)
        raise (unknown if isinstance(refusal, Unauthorized) else refusal) from None
    act_for_guest(guest)
