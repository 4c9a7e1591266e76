"""What every page is: HTML in the visitor's language, behind a strict policy, that sends who is
not signed in to sign in and back again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.exceptions import HTTPException

from photoai import __version__
from photoai.errors import CsrfFailed, Malformed, PhotoaiError, Unauthorized
from photoai.services.accounts import Caller

from .. import errors, guard
from ..context import config
from . import site
from .assets import asset
from .forms import receive_files, refused
from .wire import masked, pack, unmasked

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
CSRF_FIELD = "csrf_token"
LANGUAGE, LANGUAGES = "lang", {"ru": "Русский", "en": "English"}
LANGUAGE_LIVES_SEC = 365 * 86_400
# A slot's images and the photo it is tried on.
FILES_AT_ONCE = 4
View = TypeVar("View", bound=Callable[..., Any])


class Pages(Blueprint):
    """A family of pages. Their forms bring the session's CSRF token in a field; whoever posts from
    another site is refused, signed in or not."""

    def __init__(
        self, name: str, large: Collection[str] = (), most_bytes: Callable[[], int] | None = None
    ) -> None:
        """`large` are its views that take forms with files, of so many bytes together."""
        super().__init__(name, __name__)
        self.large = frozenset(f"{name}.{view}" for view in large)
        self._most_bytes = most_bytes or _some_images
        self.before_request(_check_origin)
        self.before_request(self._receive)
        self.after_request(dressed)
        self.register_error_handler(PhotoaiError, answer)
        self.register_error_handler(HTTPException, answer_http)
        self.register_error_handler(Exception, answer_unexpected)

    def _receive(self) -> None:
        if request.endpoint in self.large and request.method == "POST":
            if not guard.is_signed_in_unread():
                raise Unauthorized  # and nothing of theirs is kept
            receive_files(self._most_bytes())


def _some_images() -> int:
    return config().media_max_file_size_mb * 1_000_000 * FILES_AT_ONCE


def for_anybody(view: View) -> View:
    """The page is there for strangers too; `visitor()` is None for them."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.visitor = guard.who_is_here()
        return view(*args, **kwargs)

    return cast(View, guarded)


def for_members(view: View) -> View:
    """The page needs an account."""
    return _guarded(view, guard.signed_in)


def for_operators(view: View) -> View:
    """The page needs an operator."""
    return _guarded(view, guard.operator_only)


def visitor() -> Caller | None:
    """Who is signed in, where that is known."""
    if "caller" in g:
        return guard.caller()
    return cast("Caller | None", g.get("visitor"))


def shown(template: str, status: int = 200, **facts: Any) -> Response:
    """A page of `templates/`."""
    response = make_response(render_template(template, **facts), status)
    response.headers["Cache-Control"] = "no-store" if visitor() else "no-cache"
    return response


def see_other(address: str) -> Response:
    """Where a form leads to when it has been taken."""
    return cast(Response, redirect(address, 303))


def start_page(caller: Caller) -> str:
    return url_for("slot_pages.slots" if caller.is_operator else "merge_pages.merge")


def local_path(given: str | None) -> str | None:
    """A path of ours, as a form or a link may carry it; None for whatever leads elsewhere."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")):
        return None
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or any(ord(character) < 32 for character in given):
        return None
    return given


def here() -> str:
    """The address of this page, to come back to."""
    address = request.full_path if request.query_string else request.path
    return request.script_root + address


def context() -> dict[str, Any]:
    """What every template may use."""
    locale, here_is = get_locale(), visitor()
    return {
        "asset": asset,
        "visitor": here_is,
        "navigation": site.links(site.PLACES, here_is),
        "tools": site.links(site.TOOLS, here_is),
        "docs_address": url_for(site.DOCS),
        "version": __version__,
        "locale": str(locale) if locale else "ru",
        "languages": LANGUAGES,
        "here": here,
        "csrf": masked(request.cookies.get("csrf_access_token", "")),
        "csrf_field": CSRF_FIELD,
    }


def answer(error: PhotoaiError) -> Response:
    """A refusal as a page; who has to sign in first is sent there, and back."""
    if isinstance(error, Unauthorized) and request.method in {"GET", "HEAD"}:
        return see_other(url_for("entrance.login", next=here()))
    if errors.status_of(error) == 500:
        errors.answer(error)  # it logs it
    return refused(error, _refusal(error))


def _refusal(error: PhotoaiError) -> Response:
    return shown("refusal.html", refusal=error, said=gettext(error.message))


def answer_http(error: HTTPException) -> Response | HTTPException:
    """What Flask raises, as a page."""
    if error.code is None or error.code < 400:
        return error
    kind = errors.BY_STATUS.get(error.code, Malformed if error.code < 500 else PhotoaiError)
    return answer(kind())


def answer_unexpected(error: Exception) -> Response:
    errors.answer_unexpected(error)  # it logs it
    return refused(PhotoaiError(), _refusal(PhotoaiError()))


def language() -> str:
    """The language of a page: the visitor's choice, Russian until there is one."""
    chosen = request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else "ru"


def _guarded(view: View, guarded: Callable[[Any], Any]) -> View:
    inner = guarded(view)

    @wraps(view)
    def with_form_token(*args: Any, **kwargs: Any) -> Any:
        masked = request.form.get(CSRF_FIELD) if request.method == "POST" else None
        if masked and guard.CSRF_HEADER not in request.headers:
            token = unmasked(masked)
            request.environ["HTTP_" + guard.CSRF_HEADER.replace("-", "_")] = token
        return inner(*args, **kwargs)

    return cast(View, with_form_token)


def _check_origin() -> None:
    """A form of another site can bring no session, for the cookie stays away; but it could sign a
    visitor in as somebody else."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.host
    if not is_ours:
        raise CsrfFailed
    if request.mimetype not in {"", "application/x-www-form-urlencoded", "multipart/form-data"}:
        raise Malformed


def dressed(response: Response) -> Response:
    """With what every page carries."""
    if response.mimetype == "text/html":
        pack(response)
        response.headers.setdefault("Content-Security-Policy", CSP)
        # Without a referrer browsers would not say where a form comes from either.
        response.headers["Referrer-Policy"] = "same-origin"
        response.vary.update(("Cookie", "Accept-Encoding"))
        if LANGUAGE not in request.cookies and LANGUAGE not in _cookies_set(response):
            keep_language(response, language())
    return response


def keep_language(response: Response, chosen: str) -> None:
    """What the API says to this page's modules is said in the page's language too."""
    response.set_cookie(
        LANGUAGE,
        chosen,
        max_age=LANGUAGE_LIVES_SEC,
        samesite="Lax",
        secure=request.is_secure,
    )


def _cookies_set(response: Response) -> set[str]:
    return {line.partition("=")[0] for line in response.headers.getlist("Set-Cookie")}
