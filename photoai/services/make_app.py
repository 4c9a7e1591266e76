"""The files of a custom app for make.com, with this server's address in them.

Their form is that of https://developers.make.com/custom-apps-documentation: JSON with comments.
"""

from __future__ import annotations

from pathlib import Path

from urllib3.util import parse_url

from photoai.config import ROOT
from photoai.errors import ConfigError

TEMPLATES = ROOT / "integrations" / "make"
PLACEHOLDER = "%BASE_URL%"


def write_app(base_url: str, folder: Path) -> list[Path]:
    """Write every file of the app into `folder`, which is made; their paths.

    Raises:
        ConfigError: `base_url` is no address of a server.
    """
    base = _checked(base_url)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for template in sorted(TEMPLATES.glob("*.jsonc")):
        target = folder / template.name
        target.write_text(template.read_text("utf-8").replace(PLACEHOLDER, base), "utf-8")
        written.append(target)
    return written


def _checked(base_url: str) -> str:
    """The address without a slash at its end, in the characters a URL has, so also JSON's."""
    try:
        parts = parse_url(base_url.strip())
    except ValueError:
        parts = None
    if not parts or parts.scheme not in {"http", "https"} or not parts.host:
        raise ConfigError(
            f"{base_url!r} is no address of a server, like https://video.example.com."
        )
    if parts.auth or parts.query or parts.fragment:
        raise ConfigError("The server's address has no password, question mark or hash.")
    return parts.url.rstrip("/")
