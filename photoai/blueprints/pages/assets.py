"""What pages are dressed in: our own styles and modules, and the two documentation viewers of a
package, under an address that changes with their content, so that browsers keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import mimetypes
from functools import cached_property
from pathlib import Path

from babel.messages.mofile import read_mo
from flask import Blueprint, Response, request, send_file, url_for

from photoai.config import ROOT
from photoai.errors import NotFound

STATIC = ROOT / "photoai" / "static"
WORDS = ROOT / "photoai" / "translations"
VIEWER = "viewers/"
FOR_EVER = "public, max-age=31536000, immutable"
MIMES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# Packages that bring the viewers of our API's description and the letters of ASCII videos, and
# where in them; none is imported.
VIEWERS = {
    "swagger": ("flask_swagger_ui", "dist"),
    "redoc": ("flask_openapi3_redoc", "templates"),
    "letters": ("fontpkg_fira_code", "files"),
}
# ReDoc shows its maker's picture from the maker's host; a visitor of ours is none of theirs.
FOREIGN_PICTURE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
blp = Blueprint("assets", __name__)


class Assets:
    """Every file as it is sent; read once, when the first is asked for."""

    @cached_property
    def files(self) -> dict[str, bytes]:
        paths = sorted(path for path in STATIC.rglob("*") if path.is_file())
        found = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}
        for catalogue in sorted(WORDS.glob("*/LC_MESSAGES/scripts.mo")):
            found[f"words/{catalogue.parts[-3]}.js"] = _words(catalogue)
        return found

    @cached_property
    def release(self) -> str:
        """What all of them are now, in twelve characters."""
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(name.encode() + b"\0" + content + b"\0")
        return digest.hexdigest()[:12]

    @cached_property
    def packed(self) -> dict[str, bytes]:
        return {name: gzip.compress(content, mtime=0) for name, content in self.files.items()}

    @cached_property
    def viewers(self) -> dict[str, Path]:
        """The viewers' files by name: only these are ever opened."""
        folders = {name: _folder(*where) for name, where in VIEWERS.items()}
        return {
            f"{VIEWER}{name}/{path.relative_to(folder).as_posix()}": path
            for name, folder in folders.items()
            for path in folder.rglob("*.*")
        }


assets = Assets()


def asset(name: str) -> str:
    """The address of a file of `static/`, of words or of a viewer."""
    return url_for("assets.file", release=assets.release, name=name)


@blp.get("/assets/<release>/<path:name>")
def file(release: str, name: str) -> Response:
    if name in assets.files:
        response = _ours(name)
    elif name.startswith(VIEWER) and name in assets.viewers:
        response = _of_viewer(name)
    else:
        raise NotFound
    # A page of the release before, or the one after, gets what there is and asks again.
    response.headers["Cache-Control"] = FOR_EVER if release == assets.release else "no-cache"
    return response


def _ours(name: str) -> Response:
    packs = "gzip" in request.accept_encodings
    content = assets.packed[name] if packs else assets.files[name]
    response = Response(content, mimetype=MIMES.get(Path(name).suffix) or _mime(name))
    response.headers["Vary"] = "Accept-Encoding"
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _of_viewer(name: str) -> Response:
    path = assets.viewers[name]
    if "redoc" not in name:
        return send_file(path, mimetype=_mime(name))
    content = path.read_bytes().replace(FOREIGN_PICTURE, asset("icon.svg").encode())
    return Response(content, mimetype=_mime(name))


def _folder(package: str, inner: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package} is one of our dependencies."
    assert spec.origin is not None, f"{package} is a folder with code."
    return Path(spec.origin).parent / inner


def _mime(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _words(catalogue: Path) -> bytes:
    """A translation of what our modules say, as a module."""
    with catalogue.open("rb") as file:
        said = {each.id: each.string for each in read_mo(file) if each.id}
    return f"export default {json.dumps(said, ensure_ascii=False)};\n".encode()
